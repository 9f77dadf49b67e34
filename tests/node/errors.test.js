import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, crc32c, distilHere, distillery, smallPlan } from './support.js';

const { loadDistillery, loadPlanner } = distillery;
const instance = await loadPlanner();
const table = instance.generate('moons', { rows: 200, noise: 0.2, seed: 1 });
const shape = { inputs: 2, hidden: [4], classes: 2 };
const train = (change, options, samples = table) => instance.createTrainer({ ...shape, ...change }, samples, options);
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

const wrong = {
  shape_mismatch: {
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
    'a table from the future': () => instance.loadTable(newerFile(tableFile)),
  },
  wrong_state: {
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
  disposed: {
    'a model that was disposed of': () => {
      const model = instance.loadModel(modelFile);
      model.dispose();
      model.dispose();
      model.logits(new Float32Array(2));
    },
  },
};

for (const [code, cases] of Object.entries(wrong))
  test(`${code}: each wrong input is told, and leaves nothing behind`, async () => {
    for (const [name, call] of Object.entries(cases)) {
      assert.equal(await codeOf(call), code, name);
      assert.equal(instance.liveHandles(), 0, name);
    }
  });

test('after divergence the last good network is kept', async () => {
  const trainer = train({}, { training: { epochs: 30, learningRate: 10, weightDecay: 10 } });
  let epochs = 0;
  assert.equal(await codeOf(() => { for (; ; ++epochs) trainer.runEpoch(); }), 'diverged');
  assert.equal(await codeOf(() => trainer.runEpoch()), 'wrong_state');
  const model = trainer.model();
  assert.ok(model.logits(table.features).every(Number.isFinite), `after ${epochs} good epochs`);
  model.dispose();
  trainer.dispose();
});

test('out of memory is an error like the others, and everything goes on afterwards', async () => {
  const other = await loadPlanner();
  const { report } = distilHere(other, table, smallPlan);
  const features = new Float32Array(2 ** 30);  // 4 GB, which the library's 4 GB cannot hold
  const huge = { ...table, features, columns: 2 ** 15, labels: new Int32Array(2 ** 15) };
  assert.equal(await codeOf(() => other.createTrainer(shape, huge)), 'out_of_memory');
  assert.equal(await codeOf(() => other.createWorkbench(huge)), 'out_of_memory');
  assert.equal(await codeOf(() => other.saveTable(huge)), 'out_of_memory');
  assert.equal(await codeOf(() => distillery.distil(huge).report), 'out_of_memory');
  assert.equal(other.liveHandles(), 0);
  assert.deepEqual(distilHere(other, table, smallPlan).report, report);
});

test('an engine without SIMD is told what it lacks', async (t) => {
  t.mock.method(WebAssembly, 'validate', () => false);
  await assert.rejects(loadDistillery(), (error) => error.code === 'unsupported' && /SIMD/.test(error.message));
});
