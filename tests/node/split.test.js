// Groups that no split parts, and values that are missing: what the split has to do with, from the file to the student.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { codeOf, distilHere, distillery, loadScalar, smallPlan } from './support.js';

const { distil, encodeRows, fillSchema, loadPlanner, readCsv } = distillery;
const planner = await loadPlanner();
after(() => assert.equal(planner.liveHandles(), 0, 'a handle is left'));

const moons = planner.generate('moons', { rows: 500, noise: 0.25, seed: 3 });
/** Moons with every seventh value missing, in either column, and groups of five rows called a0, a1, …. */
const csv = ['x,y,patient,class', ...Array.from(moons.labels, (label, row) => {
  const [x, y] = [0, 1].map((column) => (row % 7 === 0 && row % 2 === column ? '' : moons.features[2 * row + column]));
  return [x, y, `a${Math.floor(row / 5)}`, moons.classNames[label]].join(',');
})].join('\n');
const read = (options) => readCsv(new TextEncoder().encode(csv), { label: 'class', group: 'patient', ...options });
const table = await read({ missing: 'mean' });

test('the rows of a group are all test rows or none, and so they are in workers: the same bytes on every path', async () => {
  assert.deepEqual([...table.groups.slice(0, 11)], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2]);
  assert.deepEqual(table.columnNames, ['x', 'y']);
  const here = distilHere(planner, table, smallPlan), scalar = distilHere(await loadScalar(), table, smallPlan);
  assert.deepEqual(scalar.model, here.model);
  const run = distil(table, smallPlan, { workers: 3 });
  assert.deepEqual(await run.report, here.report);
  const tested = new Set(run.testRows());
  assert.ok(tested.size > 50);
  for (const row of tested) for (const other of [0, 1, 2, 3, 4]) assert.ok(tested.has(row - row % 5 + other), `rows ${row} and ${row - row % 5 + other}`);

  const again = distil(table, smallPlan, { resume: await run.save() });
  assert.deepEqual(await again.report, here.report);
  const { groups: _, ...apart } = table;
  assert.equal(await codeOf(async () => {
    const other = distil(apart, smallPlan, { resume: await run.save() });
    await other.report.finally(() => other.dispose());
  }), 'shape_mismatch', 'another split is another run');
  again.dispose();
  run.dispose();
});

test('what is filled in is the mean or median of the training rows alone, and new rows are filled alike', async () => {
  for (const missing of ['mean', 'median']) {
    const gaps = await read({ missing });
    const run = distil(gaps, smallPlan, { workers: 1 });
    await run.report;
    const fills = run.fills();
    // With rows of the test changed beyond recognition, they are the same; those of the training rows move them.
    const tested = new Set(run.testRows()), poisoned = gaps.features.map((value, at) => (tested.has(at >> 1) ? value * 1000 : value));
    const bench = planner.createWorkbench({ ...gaps, features: poisoned }, smallPlan);
    assert.deepEqual(bench.fills(), fills);
    bench.dispose();
    const learned = planner.createWorkbench({ ...gaps, features: gaps.features.map((value) => value + 1) }, smallPlan);
    for (const [column, fill] of learned.fills().entries()) assert.ok(Math.abs(fill - fills[column] - 1) < 1e-5);
    learned.dispose();

    const schema = fillSchema(gaps.schema, fills);
    assert.deepEqual([...encodeRows(schema, [{ x: null, y: 'NA' }])], [...fills]);
    const filled = (await read({ schema, missing: undefined })).features;
    assert.deepEqual(filled, gaps.features.map((value, at) => (Number.isNaN(value) ? fills[at % 2] : value)));
    const model = planner.loadModel(run.chosen());
    assert.equal(model.predict(filled).length, 500);
    assert.throws(() => model.predict(gaps.features), { code: 'invalid_data' });
    model.dispose();
    run.dispose();
  }
});

test('a column without a value in any training row, or NaN where nothing is to be filled in, is refused', async () => {
  const code = (given) => codeOf(async () => {
    const run = distil({ ...table, ...given }, smallPlan);
    await run.report.finally(() => run.dispose());
  });
  assert.equal(await code({ imputation: undefined }), 'invalid_data');
  assert.equal(await code({ imputation: 'zero' }), 'invalid_option');
  assert.equal(await code({ features: table.features.map((value, at) => (at % 2 ? value : NaN)) }), 'invalid_data');
  assert.equal(await code({ features: table.features.map((value, at) => (at === 8 ? Infinity : value)) }), 'invalid_data');
  assert.equal(await code({ groups: table.groups.subarray(1) }), 'shape_mismatch');
  assert.equal(await code({ groups: [...table.groups] }), 'invalid_data');
  assert.equal(await codeOf(() => planner.createTrainer({ inputs: 2, hidden: [2], classes: 2 }, table)), 'invalid_data');
});

test('unlabelled rows are filled by the same numbers', async () => {
  const recipe = [{ temperature: 1, softWeight: 0.9, transfer: true }], plan = { ...smallPlan, students: { ...smallPlan.students, recipe } };
  const gap = Float32Array.from({ length: 200 }, (_, at) => (at % 4 === 0 ? NaN : at / 100));
  const bench = planner.createWorkbench(table, plan), [fill] = bench.fills();
  bench.dispose();
  const filled = gap.map((value) => (Number.isNaN(value) ? fill : value));
  assert.deepEqual(distilHere(planner, { ...table, unlabelled: gap }, plan).model, distilHere(planner, { ...table, unlabelled: filled }, plan).model);
});

test('a table with groups and gaps is a file and back', () => {
  const { features, columns, labels, classNames, groups, imputation } = table, whole = { features, columns, labels, classNames, groups, imputation };
  const file = planner.saveTable(whole);
  assert.deepEqual(planner.loadTable(file), whole);
  assert.deepEqual(planner.saveTable(planner.loadTable(file)), file);
});
