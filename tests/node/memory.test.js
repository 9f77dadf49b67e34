import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { codeOf, distillery, sleep, smallPlan } from './support.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Collects until `done`, for finalizers run when they please. */
async function collectUntil(done) {
  for (let i = 0; i < 200; ++i) {
    await sleep(10);   // what a WeakRef has told of is held until then
    collectGarbage();
    if (done()) return;
  }
}

test('a thousand cycles of creating, training and disposing, error exits included, leave nothing', async () => {
  const instance = await distillery.loadPlanner();
  const table = instance.generate('moons', { rows: 300, noise: 0.2, seed: 1 });
  const shape = { inputs: 2, hidden: [16, 8], classes: 2, dropout: [0.3] };
  const tiny = { ...smallPlan, teachers: { ...smallPlan.teachers, count: 1, training: { epochs: 1 } }, students: { sizes: [[2]], seeds: 1, training: { epochs: 1 } } };
  const memory = {};
  for (let cycle = 1; cycle <= 1000; ++cycle) {
    const trainer = instance.createTrainer(shape, table, { training: { epochs: 2 }, seed: cycle });
    trainer.runEpoch();
    const resumed = instance.resumeTrainer(trainer.checkpoint(), table, { training: { epochs: 2 }, seed: cycle });
    resumed.runEpoch();
    assert.equal(await codeOf(() => resumed.runEpoch()), 'wrong_state');
    const model = resumed.model();
    const file = model.save();
    assert.equal(await codeOf(() => model.logits(new Float32Array([NaN, 0]))), 'invalid_data');
    const loaded = instance.loadModel(file);
    loaded.predictProba(table.features);
    file[file.length - 1] ^= 1;
    assert.equal(await codeOf(() => instance.loadModel(file)), 'corrupt_file');
    assert.equal(await codeOf(() => instance.createTrainer({ ...shape, inputs: 3 }, table)), 'shape_mismatch');
    assert.equal(await codeOf(() => instance.createTrainer(shape, table, { seed: -1 })), 'invalid_option');

    const bench = instance.createWorkbench(table, tiny);
    const pipeline = bench.createPipeline();
    const job = bench.createJobRun(0);
    job.advance(100);
    pipeline.suspend(0, job.checkpoint());
    assert.equal(await codeOf(() => job.result()), 'wrong_state');
    while (!job.advance(1000));
    pipeline.absorb(0, job.result());
    assert.equal(await codeOf(() => pipeline.absorb(1, job.result())), 'shape_mismatch');
    const again = bench.createPipeline(pipeline.save());
    again.report();
    for (const handle of [trainer, resumed, model, loaded, bench, pipeline, job, again]) handle.dispose();
    assert.equal(instance.liveHandles(), 0);
    memory[cycle] = instance.memory();
  }
  assert.deepEqual(memory[1000], memory[200], 'the heap grows');
});

test('runs give back their memory and workers too', async () => {
  const instance = await distillery.loadPlanner();
  const table = instance.generate('moons', { rows: 200, noise: 0.2, seed: 1 });
  for (let i = 0; i < 20; ++i) {
    const controller = new AbortController();
    const run = distillery.distil(table, smallPlan, { workers: 2, wasm: instance.module, signal: controller.signal });
    if (i % 2) for await (const event of run) if (event.type === 'job') controller.abort();
    if (i % 4 === 0) await run.report;
    run.dispose();
    assert.equal(run.liveHandles(), 0);
  }
});

test('a worker holds the table once: features, labels and targets, a quarter more, and 16 MB', async (t) => {
  const rows = 500_000, columns = 20, classNames = ['0', '1'];
  const features = Float32Array.from({ length: rows * columns }, (_, at) => at * 0.618 % 1);  // no row twice
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 2);
  const training = { epochs: 1, batchSize: 4096 };
  const run = distillery.distil({ features, columns, labels, classNames }, {
    split: { validation: 0.1, test: 0.1 }, teachers: { count: 1, hidden: [4], dropout: [], training }, students: { sizes: [[2]], seeds: 1, training },
  }, { workers: 1 });
  const peaks = [];
  for await (const event of run) if (event.type === 'job') peaks.push(event.memory);
  await run.report;
  run.dispose();
  const data = 4 * rows * (columns + 1 + classNames.length);
  t.diagnostic(`peaks: ${peaks.map((peak) => (peak / 2 ** 20).toFixed(1)).join(', ')} MB`);
  // The features alone are 40 MB: a second copy of them would be too much.
  for (const peak of peaks) assert.ok(peak > data && peak <= 1.25 * data + 2 ** 24, `${peak} bytes for ${data} of data`);
});

test('what is forgotten is given back all the same, which is said once for each instance, to whoever wants to hear', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  const heard = [];
  const quiet = await distillery.loadDistillery({ onLeak: (message) => heard.push(message) });
  const usual = await distillery.loadDistillery();
  const table = quiet.generate('moons', { rows: 50, seed: 1 });
  const shape = { inputs: 2, hidden: [2], classes: 2 };
  for (const instance of [quiet, usual])
    for (let i = 0; i < 5; ++i) instance.createTrainer(shape, table);   // without dispose
  const kept = quiet.createTrainer(shape, table);
  assert.equal(quiet.liveHandles(), 6);
  await collectUntil(() => quiet.liveHandles() === 1 && usual.liveHandles() === 0);
  assert.equal(quiet.liveHandles(), 1, 'what is still held stays');
  assert.equal(usual.liveHandles(), 0);
  kept.runEpoch();
  kept.dispose();
  assert.equal(heard.length, 1);
  assert.match(heard[0], /Trainer.*dispose\(\)/);
  assert.equal(warn.mock.callCount(), 1);
});

test('what is disposed of is not given back twice, and nothing is said', async () => {
  const heard = [];
  const instance = await distillery.loadDistillery({ onLeak: (message) => heard.push(message) });
  const table = instance.generate('moons', { rows: 50, seed: 1 });
  const disposedOf = () => {
    const trainer = instance.createTrainer({ inputs: 2, hidden: [2], classes: 2 }, table);
    trainer.dispose();
    return new WeakRef(trainer);
  };
  const watched = Array.from({ length: 5 }, disposedOf);
  await collectUntil(() => !watched.some((reference) => reference.deref()));
  assert.ok(!watched.some((reference) => reference.deref()), 'nothing was collected');
  await sleep(50);
  assert.deepEqual(heard, []);
  assert.equal(instance.liveHandles(), 0);
});
