// Ensembles and rows that the caller brings.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { codeOf, distilHere, distillery, loadScalar, readData, smallPlan } from './support.js';

const { distil, loadPlanner } = distillery;
const planner = await loadPlanner();
const table = planner.generate('moons', { rows: 500, noise: 0.25, seed: 3 });
const unlabelled = planner.generate('moons', { rows: 333, noise: 0.25, seed: 4 }).features;
after(() => assert.equal(planner.liveHandles(), 0, 'a handle is left'));

/** What the mean of a run's teachers' logits makes of these rows: probabilities, rows × classes. */
function ensembleOf(run, teachers, features, classes) {
  let mean;
  for (let i = 0; i < teachers; ++i) {
    const model = planner.loadModel(run.model('teacher', i)), logits = model.logits(features);
    model.dispose();
    mean = logits.map((logit, at) => (mean?.[at] ?? 0) + logit / teachers);
  }
  return softmax(mean, classes);
}
function softmax(logits, classes) {
  const probabilities = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += classes) {
    const max = Math.max(...logits.subarray(row, row + classes));
    let sum = 0;
    for (let c = row; c < row + classes; ++c) sum += probabilities[c] = Math.exp(logits[c] - max);
    for (let c = row; c < row + classes; ++c) probabilities[c] /= sum;
  }
  return probabilities;
}

test('an ensemble given only as probabilities distils on letter as well as our own', async () => {
  const letter = await readData('letter');
  const plan = {
    seed: 2, split: { officialTestRows: 4000 },
    teachers: { count: 3, hidden: [64, 32], dropout: [0.1], training: { epochs: 6 } },
    students: { sizes: [[24, 16]], seeds: 3, recipe: [{ temperature: 2, softWeight: 0.9, transfer: false }], training: { epochs: 6 } },
  };
  const own = distil(letter, plan, { workers: 2 });
  const ours = await own.report;
  const given = distil({ ...letter, ensemble: ensembleOf(own, 3, letter.features, 26) }, plan, { workers: 2 });
  const theirs = await given.report;
  assert.deepEqual([theirs.teachers, theirs.ensembleParameters, theirs.teacherParameters], [[], 0, 0]);
  // The same targets but for the rounding of a softmax and a logarithm, which training carries on.
  assert.ok(Math.abs(theirs.test.ensembleAccuracy.estimate - ours.test.ensembleAccuracy.estimate) <= 1 / 4000);
  const [a, b] = [ours, theirs].map((report) => report.test.sizes[0].student);
  assert.ok(Math.abs(a.kl.estimate / b.kl.estimate - 1) < 0.05, `${a.kl.estimate} and ${b.kl.estimate}`);
  assert.ok(Math.abs(a.accuracy.estimate - b.accuracy.estimate) < 0.01, `${a.accuracy.estimate} and ${b.accuracy.estimate}`);
  // Baselines know no ensemble.
  assert.deepEqual(theirs.test.sizes[0].baseline.accuracy, ours.test.sizes[0].baseline.accuracy);
  own.dispose();
  given.dispose();
});

test('with both, the bytes are the same on every path, whatever the workers, and from a saved run', async () => {
  const ensemble = softmax(Float32Array.from({ length: 2 * 833 }, (_, i) => Math.sin(i)), 2);
  const whole = { ...table, unlabelled, ensemble };
  const plan = { ...smallPlan, students: { ...smallPlan.students, recipe: [{ temperature: 1, softWeight: 0.9, transfer: true }] } };
  const here = distilHere(planner, whole, plan);
  assert.deepEqual(distilHere(await loadScalar(), whole, plan).model, here.model);
  for (const workers of [1, 3]) {
    const run = distil(whole, plan, { workers });
    assert.deepEqual(await run.report, here.report);
    const again = distil(whole, plan, { resume: await run.save() });
    assert.deepEqual(await again.report, here.report);
    run.dispose();
    again.dispose();
  }
  assert.deepEqual(planner.loadTable(planner.saveTable(whole)), { ...whole });
  const without = distilHere(planner, { ...table, ensemble: ensemble.subarray(0, 1000) }, plan);
  assert.notDeepEqual(without.model, here.model, 'the unlabelled rows teach nothing');
});

test('unlabelled rows teach the students of trained teachers, in pieces larger than a message too', async () => {
  const rows = 30_000, columns = 40;   // 8 MB is 50,000 of these
  const numbers = (count, seed) => Float32Array.from({ length: count * columns }, (_, i) => ((i + seed) * 2654435761 % 1000) / 500 - 1);
  const wide = { features: numbers(rows, 0), columns, labels: Int32Array.from({ length: rows }, (_, i) => i % 2), classNames: ['a', 'b'] };
  const plan = {
    teachers: { count: 1, hidden: [2], dropout: [], training: { epochs: 1 } },
    students: { sizes: [[2]], seeds: 1, recipe: [{ temperature: 1, softWeight: 1, transfer: true }], training: { epochs: 2 } },
  };
  const run = distil({ ...wide, unlabelled: numbers(60_000, 7) }, plan, { workers: 1 });
  const report = await run.report;
  assert.equal(report.recipes[0].transfer, true);
  assert.equal(report.sizes[0].matchedDone, 1);   // the plain baseline's twin
  run.dispose();
});

test('what is given is checked, and says what is wrong', async () => {
  const even = new Float32Array(1000).fill(0.5);
  const code = (given) => codeOf(async () => {
    const run = distil({ ...table, ...given }, smallPlan);
    await run.report.finally(() => run.dispose());
  });
  assert.equal(await code({ ensemble: even }), 'no error');
  for (const [what, given, expected] of [
    ['answers on fewer rows', { ensemble: even.subarray(2) }, 'shape_mismatch'],
    ['answers on more rows', { ensemble: new Float32Array(1002).fill(0.5) }, 'shape_mismatch'],
    ['no answers on the unlabelled', { unlabelled, ensemble: even }, 'shape_mismatch'],
    ['half a row', { unlabelled: unlabelled.subarray(1) }, 'shape_mismatch'],
    ['logits', { ensemble: even.map((_, i) => i % 3) }, 'invalid_data'],
    ['no number', { unlabelled: unlabelled.map((value, i) => (i === 5 ? NaN : value)) }, 'invalid_data'],
    ['an array', { ensemble: [...even] }, 'invalid_data'],
  ]) assert.equal(await code(given), expected, what);
  await assert.rejects(distil({ ...table, ensemble: even.map((_, i) => (i === 8 ? 2 : 0.5)) }, smallPlan).report, /Row 5 of the ensemble's answers/);
});
