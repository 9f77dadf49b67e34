/**
 * Inputs that are wrong, by the code of the error that they must give: every kind of mistake that there is a sentence for.
 * bad-inputs.txt has the sentences.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c, distillery, exporters, importers, root, smallPlan } from '../node/support.js';

export const instance = await distillery.loadPlanner();
export const table = instance.generate('moons', { rows: 200, noise: 0.2, seed: 1 });
export const shape = { inputs: 2, hidden: [4], classes: 2 };
export const train = (change, options, samples = table) => instance.createTrainer({ ...shape, ...change }, samples, options);
const bench = (plan, samples = table) => instance.createWorkbench(samples, { ...smallPlan, ...plan });
const change = (array, index, value) => Object.assign(array.slice(), { [index]: value });

const modelFile = (() => {
  const trainer = train();
  const model = trainer.model();
  const file = model.save();
  trainer.dispose();
  model.dispose();
  return file;
})();
const tableFile = instance.saveTable(table);

function newerFile(file) {
  const newer = file.slice();
  const view = new DataView(newer.buffer);
  view.setUint32(4, 99, true);
  view.setUint32(newer.length - 4, crc32c(newer.subarray(0, -4)), true);
  return newer;
}

/** What a call on a model gives, which is gone afterwards. */
function withModel(call) {
  const model = instance.loadModel(modelFile);
  try {
    return call(model);
  } finally {
    model.dispose();
  }
}

const text = (content) => new TextEncoder().encode(content);
const csv = (content, options) => () => distillery.readCsv(text(content), options);
const good = 'x,y,class\n1,2,a\n2,1,b\n3,4,a\n4,3,b\n';
const run = (options) => () => distillery.distil(table, smallPlan, options).report;
const { fromJson, fromOnnx, fromSafetensors } = importers;
const { toJson, toOnnx } = exporters;
const fixture = (name) => readFileSync(join(root, 'tests/fixtures', name));
/** Another's safetensors file with its header changed. */
function withHeader(change) {
  const file = fixture('imports/f32.safetensors'), size = Number(file.readBigUInt64LE());
  const header = Buffer.from(change(file.toString('utf8', 8, 8 + size))), front = Buffer.alloc(8);
  front.writeBigUInt64LE(BigInt(header.length));
  return new Uint8Array(Buffer.concat([front, header, file.subarray(8 + size)]));
}
/** The JSON of a model with something else in it. */
const json = (change) => () => fromJson(JSON.stringify(Object.assign(JSON.parse(toJson(modelFile)), change)));

/** What a call on a plan of one's own to run gives, which is gone afterwards. */
function withPlan(call, plan) {
  const made = bench(plan);
  const pipeline = made.createPipeline();
  try {
    return call(pipeline, made);
  } finally {
    pipeline.dispose();
    made.dispose();
  }
}
/** The same of a job's run. */
const withRun = (call) => withPlan((pipeline, made) => {
  const job = made.createJobRun(0);
  try {
    return call(job, pipeline, made);
  } finally {
    job.dispose();
  }
});
const unlabelled = { ...table, unlabelled: new Float32Array(20) };

export const wrong = {
  shape_mismatch: {
    'unlabelled rows of other columns': () => bench({}, { ...table, unlabelled: new Float32Array(21) }),
    'answers of an ensemble on fewer rows': () => bench({}, { ...table, ensemble: new Float32Array(20).fill(0.5) }),
    'answers of an ensemble without the unlabelled rows': () => bench({}, { ...unlabelled, ensemble: new Float32Array(400).fill(0.5) }),
    'class weights for other classes': () => train({}, { classWeights: [1, 2, 3] }),
    "another job's checkpoint": () => withRun((job, pipeline, made) => made.createJobRun(1, new Uint8Array(), job.checkpoint())),
    "another plan's saved run": () => withPlan((pipeline) => withPlan((_, made) => made.createPipeline(pipeline.save()), { seed: 5 })),
    'a checkpoint of other options': () => {
      const trainer = train({}, { training: { epochs: 3, batchSize: 10 } });
      trainer.advance(30);
      const checkpoint = trainer.checkpoint();
      trainer.dispose();
      instance.resumeTrainer(checkpoint, table, { training: { epochs: 3, batchSize: 7 } });
    },
    'feature names for other inputs': () => toJson(modelFile, { featureNames: ['a'] }),
    'class names for other classes, imported': () => fromSafetensors(fixture('imports/f32.safetensors'), { classNames: ['a'] }),
    'a scaling for other inputs, imported': () => fromSafetensors(fixture('imports/f32.safetensors'), { mean: [1] }),
    'predictions on other rows': () => instance.comparePredictions(new Int32Array(3), new Int32Array(3), new Int32Array(2)),
    'features that are no whole rows': () => train({}, {}, { ...table, features: new Float32Array(399) }),
    'more labels than rows': () => train({}, {}, { ...table, labels: new Int32Array(201) }),
    'a network for other columns': () => train({ inputs: 3 }),
    'a network for other classes': () => train({ classes: 3 }),
    'soft targets for other rows': () => train({}, { softWeight: 1 }, { ...table, softTargets: new Float32Array(100).fill(0.5) }),
    'no columns': () => train({}, {}, { ...table, columns: 0 }),
    'half a row, for a model': () => withModel((model) => model.predict(new Float32Array(3))),
    'too much room for the classes': () => withModel((model) => model.predict(new Float32Array(4), new Int32Array(3))),
    'too little room for the probabilities': () => withModel((model) => model.predictProba(new Float32Array(4), new Float32Array(3))),
    'too little room for the logits': () => withModel((model) => model.logits(new Float32Array(2), new Float32Array(1))),
    'pairs without partners': () => instance.comparePaired([1, 2], [1]),
    'half a row of logits': () => instance.softmax(new Float32Array(3), 2),
    'logits of no classes': () => instance.softmax(new Float32Array(3), 0),
    'logits of other rows': () => instance.reliability(new Float32Array(3), new Int32Array(2), 2),
  },
  invalid_option: {
    'a batch of nothing': () => train({}, { training: { batchSize: 0 } }),
    'a batch beyond 65,535 rows': () => train({}, { training: { batchSize: 65_536 } }),
    'a learning rate of 0': () => train({}, { training: { learningRate: 0 } }),
    'a negative weight decay': () => train({}, { training: { weightDecay: -1 } }),
    'a soft weight above 1': () => train({}, { softWeight: 2 }),
    'a class weight of 0': () => train({}, { classWeights: [0, 1] }),
    'a temperature that is a text': () => train({}, { temperature: 'warm' }),
    'options in an array': () => train({}, { training: [] }),
    'a prototype as an option': () => distillery.completePlan(JSON.parse('{ "__proto__": { "count": 1 } }')),
    'a constructor as an option': () => distillery.completePlan({ constructor: 1 }),
    'seventeen hidden layers': () => train({ hidden: new Array(17).fill(2) }),
    'too many parameters': () => train({ hidden: [65_535, 65_535] }),
    'a width of 65,536': () => train({ hidden: [65_536] }),
    'a thousand and one classes': () => train({ classes: 1001 }),
    'more dropouts than layers': () => train({ dropout: [0.1, 0.1] }),
    'a negative dropout': () => train({ dropout: [-0.1] }),
    'negative noise': () => instance.generate('moons', { noise: -1 }),
    'no rows to make': () => instance.generate('moons', { rows: 0 }),
    'a hundred and one teachers': () => bench({ teachers: { count: 101 } }),
    'a thousand and one seeds': () => bench({ students: { seeds: 1001 } }),
    'no seeds': () => bench({ students: { seeds: 0 } }),
    'sizes that shrink': () => bench({ students: { sizes: [[8], [2]] } }),
    'a size that is no list': () => bench({ students: { sizes: [8] } }),
    'hidden widths that are no list': () => train({ hidden: 8 }),
    'class weights that are no list': () => train({}, { classWeights: 2 }),
    'a recipe with a misspelt option': () => bench({ students: { recipe: [{ temperatur: 1 }] } }),
    'a recipe that is no object': () => bench({ students: { recipe: [null] } }),
    'a recipe with a loss of an unknown word': () => bench({ students: { recipe: [{ loss: 'squared' }] } }),
    'a recipe with an assistant that is not there': () => bench({ students: { recipe: [{ assistant: true }] } }),
    'more folds than teachers': () => bench({ teachers: { folds: 13 } }),
    'a recipe of an unknown word': () => bench({ students: { recipe: 'best' } }),
    'no recipe': () => bench({ students: { recipe: [] } }),
    'no trials': () => bench({ students: { trials: 0 } }),
    'an unknown way to make transfer rows': () => bench({ students: { transfer: { method: 'gan' } } }),
    'no copies': () => bench({ students: { transfer: { copies: 0 } } }),
    'a negative test share': () => bench({ split: { test: -0.1 } }),
    'all rows as official test rows': () => bench({ split: { officialTestRows: 200 } }),
    'half an official test row': () => bench({ split: { officialTestRows: 0.5 } }),
    'a margin above a half': () => bench({ margin: 0.6 }),
    'a margin that is changed to a NaN': () => withPlan((pipeline) => pipeline.setMargin(NaN)),
    'classes to balance by a word': () => bench({ balanceClasses: 'yes' }),
    'a confidence of 1, of pairs': () => instance.comparePaired([1, 2], [1, 3], 1),
    'half a worker': () => distillery.distil(table, {}, { workers: 1.5 }),
    'a flavour that there is not': run({ flavour: 'vanilla' }),
    'a delimiter of two characters': csv(good, { delimiter: ',,' }),
    'a delimiter that is the quote': csv(good, { delimiter: '"' }),
    'an unknown encoding': csv(good, { encoding: 'ebcdic' }),
    'a label that no column is': csv(good, { label: 'colour' }),
    'a column number that no column has': csv(good, { label: 7 }),
    'the label among the ignored': csv(good, { label: 'class', ignore: ['class'] }),
    'an option that no CSV has': csv(good, { separator: ';' }),
    'a schema of one\'s own': csv(good, { schema: { columns: [] } }),
    'a file that is a text': () => distillery.readCsv(good),
    'weights of 4 bits': () => toOnnx(modelFile, { weights: 'int4' }),
    'feature names that are a text': () => toOnnx(modelFile, { featureNames: 'ab' }),
    'class names that are numbers, imported': () => fromSafetensors(fixture('imports/f32.safetensors'), { classNames: [1, 2, 3] }),
    'a scale of 0, imported': () => fromSafetensors(fixture('imports/f32.safetensors'), { scale: [0, 1, 1, 1, 1, 1] }),
    'a second scaling, imported': () => fromJson(toJson(modelFile), { mean: [0, 0] }),
    'no epochs': () => train({}, { training: { epochs: 0 } }),
    'half an epoch': () => train({}, { training: { epochs: 1.5 } }),
    'epochs beyond 32 bits': () => train({}, { training: { epochs: 2 ** 32 + 1 } }),
    'NaN as learning rate': () => train({}, { training: { learningRate: NaN } }),
    'a learning rate that no float holds': () => train({}, { training: { learningRate: 1e300 } }),
    'an unknown schedule': () => train({}, { training: { schedule: 'linear' } }),
    'an unknown option': () => train({}, { epochs: 3 }),
    'a negative seed': () => train({}, { seed: -1 }),
    'a seed beyond 2^53 − 1': () => train({}, { seed: 2 ** 53 }),
    'no width': () => train({ hidden: [0] }),
    'a negative width': () => train({ hidden: [-8] }),
    'a width that is no number': () => train({ hidden: ['8x'] }),
    'a dropout of 1': () => train({ dropout: [1] }),
    'a temperature of 0': () => train({}, { temperature: 0 }),
    'soft weight without soft targets': () => train({}, { softWeight: 0.5 }),
    'an unknown shape': () => instance.generate('stars'),
    'a million rows and one': () => instance.generate('moons', { rows: 1_000_001 }),
    'NaN as noise': () => instance.generate('moons', { noise: NaN }),
    'no teacher': () => bench({ teachers: { count: 0 } }),
    'no student size': () => bench({ students: { sizes: [] } }),
    'an unknown combination': () => bench({ teachers: { combination: 'vote' } }),
    'validation of all rows': () => bench({ split: { validation: 1 } }),
    'a NaN margin': () => bench({ margin: NaN }),
    'a confidence of 1': () => bench({ confidence: 1 }),
    'no worker': () => distillery.distil(table, {}, { workers: 0 }),
  },
  invalid_data: {
    'an infinite feature': () => train({}, {}, { ...table, features: change(table.features, 0, Infinity) }),
    'an infinite feature, for a plan': () => bench({}, { ...table, features: change(table.features, 7, -Infinity) }),
    'an unlabelled value that is not finite': () => bench({}, { ...unlabelled, unlabelled: new Float32Array(20).fill(NaN) }),
    'unlabelled rows in an ordinary array': () => bench({}, { ...table, unlabelled: [1, 2] }),
    'answers of an ensemble that are no distributions': () => bench({}, { ...table, ensemble: new Float32Array(400).fill(0.7) }),
    'a negative probability': () => bench({}, { ...table, ensemble: new Float32Array(400).map((_, at) => at % 2 ? 1.5 : -0.5) }),
    'more classes than rows can teach': () => bench({}, { ...table, classNames: Array.from({ length: 300 }, (_, c) => `${c}`) }),
    'a table of one row': () => bench({}, { ...table, features: new Float32Array(2), labels: new Int32Array(1) }),
    'four rows of two classes': () => bench({}, { ...table, features: table.features.slice(0, 8), labels: Int32Array.of(0, 1, 0, 1) }),
    'a thousand and one class names': () => train({ classes: 1000 }, {}, { ...table, classNames: Array.from({ length: 1001 }, (_, c) => `${c}`) }),
    'no table': () => instance.saveTable({}),
    'rows much too far out, for a model': () => withModel((model) => model.logits(new Float32Array([3.4e38, -3.4e38]))),
    'predictions that are no whole numbers': () => instance.comparePredictions(new Int32Array(2), [0, 1], [1, 0]),
    'nothing as CSV': csv(''),
    'a header and nothing else': csv('a,b,class\n'),
    'a row with a field too few': csv('a,b,class\n1,2,x\n1,y\n'),
    'a quote that does not end': csv('a,b,class\n1,"2,x\n3,4,y\n'),
    'a word among the numbers': csv('a,class\n1,x\ntwo,y\n3,x\n4,y\n5,x\n6,y\n', { types: { a: 'numeric' } }),
    'a number that no float holds': csv('a,class\n1e60,x\n2,y\n3,x\n', { types: { a: 'numeric' } }),
    'a value that is missing': csv('a,b,class\n1,,x\n3,4,y\n5,6,x\n', { missing: 'stop' }),
    'a class for every row': csv(`a,class\n${Array.from({ length: 60 }, (_, row) => `${row},c${row}\n`).join('')}`, { label: 'class' }),
    'no column but the label': csv('class\na\nb\na\n'),
    'columns that the schema has and the file lacks': async () => {
      const { schema } = await csv(good)();
      await csv('x,class\n1,a\n2,b\n', { schema })();
    },
    'a class that the schema lacks': async () => {
      const { schema } = await csv(good)();
      await csv('x,y,class\n1,2,zebra\n1,3,a\n', { schema })();
    },
    'a model that is a text, exported': () => toJson('model'),
    'a JSON model that is a number': () => fromJson(7),
    'logits that are no numbers': () => instance.reliability(new Float32Array(4).fill(NaN), new Int32Array(2), 2),
    'labels of classes that are not there': () => instance.reliability(new Float32Array(4), new Int32Array(2).fill(2), 2),
    'a feature that is not finite': () => train({}, {}, { ...table, features: change(table.features, 5, NaN) }),
    'a label beyond the classes': () => train({}, {}, { ...table, labels: change(table.labels, 3, 2) }),
    'a negative label': () => train({}, {}, { ...table, labels: change(table.labels, 3, -1) }),
    'one class': () => train({}, {}, { ...table, classNames: ['all'] }),
    'two classes of one name': () => train({}, {}, { ...table, classNames: ['a', 'a'] }),
    'no row': () => train({}, {}, { ...table, features: new Float32Array(), labels: new Int32Array() }),
    'an ordinary array': () => train({}, {}, { ...table, features: [...table.features] }),
    'soft targets that are no distribution': () => train({}, { softWeight: 1 }, { ...table, softTargets: new Float32Array(400).fill(0.7) }),
    'rows that are not finite, for a model': () => withModel((model) => model.logits(new Float32Array([0, 0, Infinity, 0]))),
    'a row that is not finite, for a model': () => withModel((model) => model.predict(new Float32Array([0, NaN]))),
    'an ordinary array, for a model': () => withModel((model) => model.predictProba([0, 1])),
  },
  corrupt_file: {
    'seven bytes as a model': () => instance.loadModel(modelFile.subarray(0, 7)),
    'a model with a byte too many': () => instance.loadModel(Uint8Array.of(...modelFile, 0)),
    'a model whose header is longer than it': () => instance.loadModel(change(modelFile, 5, 1)),
    "another's safetensors as a model": () => instance.loadModel(fixture('imports/f32.safetensors')),
    'a model as a checkpoint': () => instance.resumeTrainer(modelFile, table),
    'an empty table file': () => instance.loadTable(new Uint8Array()),
    'a table as a saved run': () => withPlan((_, made) => made.createPipeline(tableFile)),
    'a checkpoint of noise': () => withPlan((_, made) => made.createJobRun(0, new Uint8Array(), Uint8Array.from({ length: 99 }, (_, i) => i))),
    'a result of noise': () => withPlan((pipeline) => pipeline.absorb(0, Uint8Array.from({ length: 64 }, (_, i) => i * 7))),
    'half a model, exported': () => toJson(modelFile.subarray(0, 100)),
    'half a safetensors file, imported': () => fromSafetensors(fixture('imports/f32.safetensors').subarray(0, 300)),
    'half an ONNX file': () => fromOnnx(toOnnx(modelFile).subarray(0, 90)),
    'a text as ONNX': () => fromOnnx(text('hello')),
    'a text that is no JSON': () => fromJson('hello'),
    'JSON of something else': () => fromJson('{}'),
    'JSON with a name twice': () => fromJson(toJson(modelFile).replace('"version"', '"format":"distillery-json","version"')),
    'JSON with a name twice, once escaped': () => fromJson(toJson(modelFile).replace('"version"', '"form\\u0061t":"distillery-json","version"')),
    'a safetensors header with a name twice': () => fromSafetensors(withHeader((header) => header.replace('{', '{"__metadata__":{},"__metadata__":{},'))),
    'JSON without layers': json({ layers: [] }),
    'JSON with names that are numbers': json({ classNames: [1, 2] }),
    'JSON of another architecture': json({ architecture: { inputs: 9, hidden: [], classes: 2, activation: 'relu' } }),
    'noise as Parquet': () => distillery.readParquet(new Uint8Array(100).fill(7)),
    'an empty model': () => instance.loadModel(new Uint8Array()),
    'half a model': () => instance.loadModel(modelFile.subarray(0, modelFile.length / 2)),
    'an altered model': () => instance.loadModel(change(modelFile, modelFile.length - 3, modelFile.at(-3) ^ 1)),
    'a table as a model': () => instance.loadModel(tableFile),
    'a model as a table': () => instance.loadTable(modelFile),
    'an altered table': () => instance.loadTable(change(tableFile, 40, tableFile[40] ^ 1)),
    'a checkpoint of nothing': () => instance.resumeTrainer(new Uint8Array(3), table),
    'a spreadsheet as CSV': () => distillery.readCsv(new Uint8Array([0x50, 0x4b, 3, 4, 20, 0])),
    'CSV that is not the UTF-8 it should be': () => distillery.readCsv(new Uint8Array([0x61, 0x2c, 0xff]), { encoding: 'utf-8' }),
    'half a gzip file': () => distillery.readCsv(new Uint8Array([0x1f, 0x8b, 8, 0])),
  },
  unsupported_version: {
    'JSON from the future': json({ version: 99 }),
    'a checkpoint from the future': () => {
      const trainer = train();
      const checkpoint = newerFile(trainer.checkpoint());
      trainer.dispose();
      instance.resumeTrainer(checkpoint, table);
    },
    'a saved run from the future': () => withPlan((pipeline, made) => made.createPipeline(newerFile(pipeline.save()))),
    'a table from the future': () => instance.loadTable(newerFile(tableFile)),
  },
  unsupported_model: {
    'JSON with a value that is too large': json({ scaling: { mean: [1e300, 0], scale: [1, 1] } }),
    'JSON of one class': json({ classNames: ['a'], architecture: { inputs: 2, hidden: [], classes: 1, activation: 'relu' }, layers: [{ weight: [[1, 2]], bias: [0] }] }),
  },
  wrong_state: {
    'a result before its job is ready': () => withPlan((pipeline) => pipeline.absorb(40, new Uint8Array(40))),
    'the input of a job that is not ready': () => withPlan((pipeline) => pipeline.input(40)),
    'the choice before there is one': () => withPlan((pipeline) => pipeline.chosen()),
    'a network that is not trained': () => withPlan((pipeline) => pipeline.model('teacher', 0)),
    'a network that the plan does not have': () => withPlan((pipeline) => pipeline.model('teacher', 99)),
    'a run that has not started': () => {
      const started = distillery.distil(table, smallPlan);
      try {
        return started.chosen();
      } finally {
        started.dispose();
      }
    },
    'an epoch after the last': () => {
      const trainer = train({}, { training: { epochs: 1 } });
      try {
        trainer.runEpoch();
        trainer.runEpoch();
      } finally {
        trainer.dispose();
      }
    },
    'the result of a job that is not done': () => {
      const plan = bench();
      const run = plan.createJobRun(0);
      try {
        run.result();
      } finally {
        run.dispose();
        plan.dispose();
      }
    },
    'a job that does not exist': () => {
      const plan = bench();
      try {
        plan.createJobRun(1000);
      } finally {
        plan.dispose();
      }
    },
  },
  diverged: {
    'weight decay that blows up': () => {
      const trainer = train({}, { training: { epochs: 30, learningRate: 10, weightDecay: 10 } });
      try {
        while (!trainer.finished) trainer.runEpoch();
      } finally {
        trainer.dispose();
      }
    },
  },
  aborted: {
    'a run that was aborted before': run({ signal: AbortSignal.abort() }),
    'a file whose reading was aborted': csv(good, { signal: AbortSignal.abort() }),
  },
  load_failed: {
    'a WebAssembly that is none': () => distillery.loadDistillery({ wasm: new Uint8Array([0, 97, 115, 109, 9, 9]) }),
    'a WebAssembly that is not there': () => distillery.loadDistillery({ wasm: new URL('file:///nowhere/at/all.wasm') }),
  },
  disposed: {
    'a run that was disposed of': () => {
      const ended = distillery.distil(table, smallPlan);
      ended.dispose();
      return ended.report;
    },
    'a trainer that was disposed of': () => {
      const trainer = train();
      trainer.dispose();
      trainer.runEpoch();
    },
    'a model that was disposed of': () => {
      const model = instance.loadModel(modelFile);
      model.dispose();
      model.dispose();
      model.logits(new Float32Array(2));
    },
  },
};
