import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instance, shape, table, train } from '../torture/bad-inputs.js';
import { codeOf, distilHere, distillery, smallPlan } from './support.js';

const { loadDistillery, loadPlanner } = distillery;
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
