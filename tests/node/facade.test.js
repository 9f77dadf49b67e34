import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { codeOf, distillery, importSource, smallPlan } from './support.js';

const { writeModel } = await importSource('exporters/model-file');
const instance = await distillery.loadDistillery(), planner = await distillery.loadPlanner();
const table = instance.generate('moons', { rows: 400, noise: 0.2, seed: 1 });
const shape = { inputs: 2, hidden: [16, 8], classes: 2 };
afterEach(() => assert.equal(instance.liveHandles(), 0, 'a handle is left'));

test('a network trains, answers, and comes back from its file', () => {
  const trainer = instance.createTrainer(shape, table, { training: { epochs: 20, learningRate: 0.01 } });
  const first = trainer.runEpoch();
  let last;
  while (!trainer.finished) last = trainer.runEpoch();
  assert.equal(first.epoch, 1);
  assert.equal(last.epoch, 20);
  assert.ok(last.loss < first.loss / 2 && last.accuracy > 0.9);

  const model = trainer.model();
  const loaded = instance.loadModel(model.save());
  assert.deepEqual(loaded.architecture, shape);
  assert.equal(loaded.parameters, 3 * 16 + 17 * 8 + 9 * 2);
  assert.deepEqual(loaded.classNames, table.classNames);
  const logits = loaded.logits(table.features);
  assert.deepEqual(logits, model.logits(table.features));
  const right = table.labels.filter((label, row) => label === Number(logits[2 * row + 1] > logits[2 * row]));
  assert.ok(right.length / table.labels.length > 0.9);
  for (const handle of [trainer, model, loaded]) handle.dispose();
});

test('probabilities are the softmax of the logits, for any number of classes and rows', () => {
  for (const classes of [2, 3, 4, 5, 11]) {
    const rows = 2500;
    const features = instance.generate('moons', { rows, seed: classes }).features;
    const samples = { features, columns: 2, labels: Int32Array.from({ length: rows }, (_, row) => row % classes), classNames: Array.from({ length: classes }, (_, i) => `c${i}`) };
    const trainer = instance.createTrainer({ inputs: 2, hidden: [7], classes }, samples, { training: { epochs: 1 } });
    trainer.runEpoch();
    const model = trainer.model();
    const logits = model.logits(features), probabilities = model.predictProba(features);
    for (let row = 0; row < rows; ++row) {
      const z = Array.from(logits.subarray(row * classes, (row + 1) * classes), Math.exp);
      const sum = z.reduce((a, b) => a + b);
      for (const [c, e] of z.entries()) assert.ok(Math.abs(probabilities[row * classes + c] - e / sum) < 1e-6);
    }
    const predicted = model.predict(features);
    for (let row = 0; row < rows; ++row) {
      const z = logits.subarray(row * classes, (row + 1) * classes);
      assert.equal(predicted[row], z.indexOf(Math.max(...z)));
    }
    // Into the caller's memory, row by row or all at once, the answers are the same to the bit.
    const one = new Float32Array(classes), label = new Int32Array(1);
    for (const row of [0, 1, 1023, 1024, rows - 1]) {
      const x = features.subarray(2 * row, 2 * row + 2);
      for (const [answer, whole] of [['logits', logits], ['predictProba', probabilities]]) {
        assert.equal(model[answer](x, one), one);
        assert.deepEqual(one, whole.slice(row * classes, (row + 1) * classes));
      }
      assert.equal(model.predict(x, label), label);
      assert.equal(label[0], predicted[row]);
    }
    const all = new Float32Array(rows * classes), labels = new Int32Array(rows);
    assert.equal(model.logits(features, all), all);
    assert.deepEqual(all, logits);
    assert.equal(model.predict(features, labels), labels);
    assert.deepEqual(labels, predicted);
    trainer.dispose();
    model.dispose();
  }
});

test('of equal logits the first decides, and no rows have no answers', () => {
  const layer = { inputs: 2, outputs: 3, weight: new Float32Array(6), bias: new Float32Array([1, 2, 2]) };
  const file = writeModel({ layers: [layer], mean: new Float32Array(2), scale: new Float32Array([1, 1]), classNames: ['a', 'b', 'c'], dropout: new Float32Array() });
  const model = instance.loadModel(file);
  assert.deepEqual(model.predict(new Float32Array(4)), new Int32Array([1, 1]));
  assert.deepEqual(model.predict(new Float32Array()), new Int32Array());
  assert.deepEqual(model.logits(new Float32Array()), new Float32Array());
  model.dispose();
});

test('a clone answers alike and lives on by itself', () => {
  const trainer = instance.createTrainer(shape, table, { training: { epochs: 1 } });
  const model = trainer.model();
  const clone = model.clone();
  const logits = model.logits(table.features);
  model.dispose();
  assert.deepEqual(clone.logits(table.features), logits);
  assert.deepEqual(clone.classNames, table.classNames);
  clone.dispose();
  trainer.dispose();
});

test('a training that stops at a checkpoint in mid-epoch goes on to the same bytes', () => {
  const options = { training: { epochs: 5, batchSize: 32, schedule: 'cosine' }, seed: 7 };
  const architecture = { ...shape, dropout: [0.3] };
  const whole = instance.createTrainer(architecture, table, options);
  while (!whole.finished) whole.runEpoch();
  const model = whole.model();
  let trainer = instance.createTrainer(architecture, table, options);
  for (let slices = 0; !trainer.finished; ++slices) {
    trainer.advance(40);
    if (slices % 3 !== 2 || trainer.finished) continue;
    const checkpoint = trainer.checkpoint();
    trainer.dispose();
    trainer = instance.resumeTrainer(checkpoint, table, options);
  }
  const resumed = trainer.model();
  assert.deepEqual(resumed.save(), model.save());
  for (const handle of [whole, model, trainer, resumed]) handle.dispose();
});

test('soft targets teach without labels', () => {
  const softTargets = Float32Array.from({ length: 800 }, (_, i) => (table.labels[i >> 1] === i % 2 ? 0.9 : 0.1));
  const trainer = instance.createTrainer(shape, { ...table, softTargets }, { training: { epochs: 20, learningRate: 0.01 }, temperature: 2, softWeight: 1 });
  let stats;
  while (!trainer.finished) stats = trainer.runEpoch();
  assert.ok(stats.accuracy > 0.9);
  trainer.dispose();
});

test('what comes out is a copy: it stays when the memory grows and when its owner is gone', async () => {
  const instance = await distillery.loadDistillery();
  const small = instance.generate('moons', { rows: 10, seed: 1 });
  const before = small.features.slice();
  const { total } = instance.memory();
  const large = instance.generate('moons', { rows: 1_000_000, seed: 1 });
  assert.equal(instance.loadTable(instance.saveTable(large)).labels.length, 1_000_000);
  assert.ok(instance.memory().total > total, 'the memory did not grow');
  assert.equal(large.labels.length, 1_000_000);
  assert.deepEqual(small.features, before);
  assert.notEqual(small.features.buffer.byteLength, instance.memory().total);
});

test('two instances share nothing', async () => {
  const other = await distillery.loadDistillery({ wasm: instance.module });
  const trainer = other.createTrainer(shape, table);
  assert.equal(other.liveHandles(), 1);
  assert.equal(instance.liveHandles(), 0);
  trainer.dispose();
});

test('tables come back from their files', () => {
  const named = { ...table, classNames: ['ja', 'nein ✓'] };
  assert.deepEqual(instance.loadTable(instance.saveTable(named)), named);
});

test('class names come back as they went in, marks at their front as well', () => {
  const classNames = ['\uFEFFbom', '\uFEFF\uFEFF', 'ß\uFEFF', '\u0000', '🌿'];
  const table = { features: new Float32Array(10), columns: 2, labels: Int32Array.of(0, 1, 2, 3, 4), classNames };
  assert.deepEqual(instance.loadTable(instance.saveTable(table)).classNames, classNames);
});

test('an instance tells its version and flavour', () => {
  assert.match(instance.version, /^\d+\.\d+\.\d+$/);
  assert.equal(instance.flavour, 'simd');
});

test('paired values are compared', () => {
  const { difference, p } = planner.comparePaired([2, 3, 4], [1, 1, 1]);
  assert.equal(difference.estimate, 2);
  assert.ok(Math.abs(p - 0.0741799) < 1e-6);  // t = 2·√3 with 2 degrees of freedom
});

test('the points of a reliability diagram count every row, and give the report’s calibration error', async () => {
  const run = distillery.distil(table, { ...smallPlan, students: { ...smallPlan.students, seeds: 1, sizes: [[6, 4]] } }, { workers: 1 });
  const report = await run.report;
  const rows = [...run.testRows()], labels = Int32Array.from(rows, (row) => table.labels[row]);
  assert.equal(new Set(rows).size, report.rows.test);
  assert.ok(rows.every((row, i) => row < 400 && (i === 0 || row > rows[i - 1])));
  const features = Float32Array.from(rows.flatMap((row) => [...table.features.subarray(2 * row, 2 * row + 2)]));
  const model = instance.loadModel(run.model('student', 0));
  const logits = model.logits(features);
  assert.deepEqual(planner.softmax(logits, 2), model.predictProba(features));
  model.dispose();
  run.dispose();
  const { ece, bins } = planner.reliability(logits, labels, 2, { least: 1 });
  assert.equal(bins.reduce((sum, bin) => sum + bin.rows, 0), rows.length);
  const off = bins.reduce((sum, bin) => sum + bin.rows * Math.abs(bin.accuracy.estimate - bin.confidence), 0) / rows.length;
  assert.equal(ece, report.test.sizes[0].student.ece.estimate);
  assert.ok(Math.abs(off - ece) < 1e-12);
  const right = bins.reduce((sum, bin) => sum + bin.rows * bin.accuracy.estimate, 0) / rows.length;
  assert.ok(Math.abs(right - report.test.sizes[0].student.accuracy.estimate) < 1e-12);
  for (const { confidence, accuracy } of bins)
    assert.ok(confidence >= 0.5 && accuracy.lower <= accuracy.estimate && accuracy.estimate <= accuracy.upper && accuracy.lower < accuracy.upper);
  const joined = planner.reliability(logits, labels, 2).bins;
  assert.ok(joined.every((bin) => bin.rows >= 10) && joined.length < bins.length);
});

test('the default plan is complete and is filled into what is missing', async () => {
  const { completePlan, defaultPlan } = distillery;
  assert.deepEqual(completePlan(), defaultPlan());
  assert.deepEqual(completePlan({ seed: undefined, teachers: { count: 3 } }), { ...defaultPlan(), teachers: { ...defaultPlan().teachers, count: 3 } });
  for (const wrong of [{ sed: 1 }, { teachers: { traning: {} } }, { seed: '1' }, { students: { sizes: 3 } }, { split: [] }, { split: null }])
    assert.equal(await codeOf(() => completePlan(wrong)), 'invalid_option');
  assert.throws(() => completePlan({ teachers: { traning: {} } }), /There is no option plan\.teachers\.traning/);
  planner.createWorkbench(table, smallPlan).dispose();
});
