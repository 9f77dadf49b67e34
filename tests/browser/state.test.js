// What the page knows and decides, without a page: its pure state.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { importSource } from './support.js';

const take = await importSource('state/take'), row = await importSource('state/row');

// ---- Take away ------------------------------------------------------------------------

test('a format without int8 weights comes with floats, whatever was chosen before', () => {
  const int8 = { size: 2, format: 'c', weights: 'int8' };
  assert.deepEqual(take.settled(int8), int8);
  assert.deepEqual(take.settled({ ...int8, format: 'safetensors' }), { size: 2, format: 'safetensors', weights: 'float32' });
});

test('of the recommended size the recommended student is taken, of others the first there is', () => {
  const sizes = [[1, 2], [5, 0], [0, 0]].map(([studentsDone, diverged]) => ({ studentsDone, diverged }));
  const report = { choice: { size: 1, seed: 4 }, sizes };
  assert.deepEqual([0, 1, 2, 3].map((size) => take.seedsOf(report, size)), [[0, 1, 2], [4], [], []]);
});

test('what rounding costs is counted row by row, and said', () => {
  const rounding = take.roundingOf([0, 1, 2, 1], [0, 1, 2, 0], [0, 2, 2, 0]);
  assert.deepEqual(rounding, { rows: 4, exact: 3, rounded: 2, alike: 3 });
  assert.equal(take.roundingText(rounding),
    'Measured on the 4 test rows: with int8 weights 50.0% right, with float32 75.0%; 1 of them answered otherwise.');
  assert.match(take.roundingText({ rows: 4, exact: 3, rounded: 3, alike: 4 }), /; all are answered alike\.$/);
});

// ---- A row ------------------------------------------------------------------------------

const table = {
  columns: 5,
  schema: {
    columns: [
      { name: 'length', kind: 'numeric' }, { name: 'colour', kind: 'categorical', levels: ['blue', 'red'], other: true },
      { name: 'weight', kind: 'numeric' },
    ],
  },
};

test('a row becomes the fields of a form, and comes back as the same features', () => {
  const fields = row.fieldsOf(table);
  assert.deepEqual(fields, [
    { name: 'length', kind: 'number' }, { name: 'colour', kind: 'choice', options: ['blue', 'red', '(another)'] },
    { name: 'weight', kind: 'number' }]);
  for (const features of [[0.1, 0, 1, 0, 3], [-1e-7, 0, 0, 1, 16777216], [1 / 3, 0, 0, 0, -2.5e20]].map((values) => Float32Array.from(values))) {
    const values = row.valuesOf(fields, features);
    assert.deepEqual(row.featuresOf(fields, values), { features, faults: new Set() });
  }
  assert.deepEqual(row.valuesOf(fields, [0.5, 0, 0, 0, 1]), ['0.5', row.noValue, '1']);
});

test('columns of rows that come from no file have numbers for names', () => {
  assert.deepEqual(row.fieldsOf({ columns: 2 }).map(({ name }) => name), ['x1', 'x2']);
});

test('every float has a short decimal that is read as it', () => {
  assert.equal(row.shortest(Math.fround(0.1)), '0.1');
  // A float needs at most nine digits. Bits from a multiplicative generator: every exponent comes.
  const bits = new Uint32Array(1), float = new Float32Array(bits.buffer);
  for (let i = 0, x = 1; i < 20_000; i++) {
    bits[0] = x = Math.imul(x, 1664525) + 1013904223;
    if (Number.isFinite(float[0])) assert.equal(Math.fround(Number(row.shortest(float[0]))), float[0]);
  }
});

test('what is no number is told by its field, and no features come of it', () => {
  const fields = row.fieldsOf(table);
  for (const text of ['', 'a', '1,5', '0x10', 'Infinity', '1e99', '--1', '1 2'])
    assert.deepEqual(row.featuresOf(fields, ['1', '0', text]), { features: null, faults: new Set([2]) }, text);
  for (const [text, value] of [[' 1.5 ', 1.5], ['−2', -2], ['.5', 0.5], ['+3.', 3], ['1E-3', 1e-3]])
    assert.deepEqual(row.featuresOf(fields, ['1', '0', text]).features[4], Math.fround(value), text);
});

test('the likeliest classes come first, of equals the first', () => {
  assert.deepEqual(row.likeliest([0.2, 0.4, 0, 0.4], 3), [
    { label: 1, probability: 0.4 }, { label: 3, probability: 0.4 }, { label: 0, probability: 0.2 }]);
});

test('only teachers that are there are asked, under their numbers', () => {
  assert.deepEqual(row.askedOf([0, 2]).map(({ name }) => name), ['Student', 'Baseline', 'Ensemble', 'Teacher 1', 'Teacher 3']);
});

// ---- Steps of the settings ------------------------------------------------------------------

const { beginHistory, record, undone, redone, stepText } = await importSource('state/history');
const { firstChoice } = await importSource('state/settings');
const { defaultPlan } = await import('../../wasm/dist/node.js');

const start = { choice: firstChoice, edited: {}, margin: 0.01 };
const edit = (from, part) => ({ ...from, edited: { ...from.edited, ...part } });

test('steps of the settings go back and forth, and a new one ends what was undone', () => {
  const letter = { ...start, choice: { ...start.choice, set: 'letter' } }, wide = { ...letter, margin: 0.02 };
  let history = record(record(beginHistory(start), letter), wide);
  history = undone(history);
  assert.deepEqual([history.now, history.future], [letter, [wide]]);
  history = undone(history);
  assert.deepEqual(history.now, start);
  assert.equal(undone(history), history, 'there is nothing before');
  assert.deepEqual(redone(history).now, letter);
  assert.deepEqual(redone(redone(history)).now, wide);
  const other = record(redone(history), edit(letter, { seeds: '3' }));
  assert.deepEqual(other.future, []);
  assert.equal(redone(other), other);
  assert.deepEqual(undone(other).now, letter);
});

test('typing in one field is one step, and another field is another', () => {
  let history = beginHistory(start);
  for (const [name, text] of [['teachers', '1'], ['teachers', '10'], ['seeds', ''], ['seeds', '3'], ['teachers', '8']])
    history = record(history, edit(history.now, { [name]: text }));
  assert.deepEqual(history.past.map(({ edited }) => edited), [{}, { teachers: '10' }, { teachers: '10', seeds: '3' }]);
  // Choices are a step each; and after a step back typing begins anew.
  let choices = beginHistory(start);
  for (const margin of [0.02, 0.05]) choices = record(choices, { ...start, margin });
  assert.equal(choices.past.length, 2);
  history = record(undone(history), edit(undone(history).now, { seeds: '4' }));
  assert.deepEqual(undone(history).now.edited, { teachers: '10', seeds: '3' });
  assert.equal(record(history, { ...history.now, edited: { ...history.now.edited } }), history, 'the same settings are no step');
});

test('the steps that are kept are not without end', () => {
  let history = beginHistory(start);
  for (let i = 0; i < 300; i++) history = record(history, { ...start, margin: i });
  assert.equal(history.past.length, 100);
  assert.equal(history.past.at(-1).margin, 298);
});

test('a step is told in words', () => {
  const plan = defaultPlan(), shapes = { ...start, choice: { ...start.choice, set: 'shapes' } };
  assert.equal(stepText(start, { ...start, choice: { ...start.choice, set: 'letter' } }, plan), 'data Two spirals → Letters');
  assert.equal(stepText(start, edit(start, { teachers: '8', sizes: '4' }), plan), 'teachers 4 → 8; sizes');
  assert.equal(stepText(shapes, { ...shapes, choice: { ...shapes.choice, rows: '500' } }, plan), 'rows 2000 → 500');
  assert.equal(stepText(start, { ...start, margin: 0.02 }, plan), 'margin 1 point → 2 points');
});

// ---- Two runs ---------------------------------------------------------------------------------

const compare = await importSource('state/compare'), { fromPlan, toPlan, understand, splitOf } = await importSource('state/settings');

/** A finished run of the letters, as it is kept. */
function keptRun(id, part = {}) {
  const plan = defaultPlan(), settings = { ...fromPlan(plan, 'letter'), ...part.settings }, choice = { ...firstChoice, set: 'letter' };
  const mark = (size, parameters, value) => ({ size, parameters, value, lower: value - 0.01, upper: value + 0.01, count: 3 });
  return {
    id, began: part.began ?? 1, phase: part.phase ?? 'finished', settings,
    data: { setId: 'letter', name: 'Letters', rows: 20_000, columns: 16, classes: 26, made: null, ...part.data },
    plan: { ...toPlan(plan, understand(settings, 16, 26).value, part.margin ?? 0.01, splitOf(plan.split, choice)), ...part.plan },
    tradeOff: {
      rows: 'test', rowCount: 4000, confidence: 0.95,
      sizes: [{ hidden: [8], parameters: 370, bytes: 1480 }, { hidden: [32, 16], parameters: 1514, bytes: 6056 }],
      student: [mark(0, 370, 0.7), mark(1, 1514, 0.9)], baseline: [mark(0, 370, 0.6)], matched: [], teacher: { parameters: 9, value: 0.5 },
      ensemble: { parameters: part.ensemble ?? 560_000, value: 0.95 }, margin: 0.01,
      choice: {
        status: 'chosen', size: 1, confirmed: part.confirmed ?? true, testAccuracy: 0.91,
        testDifference: { estimate: -0.002, lower: -0.006, upper: 0.002 },
      },
    },
  };
}

test('two runs are compared, the older one first, and a third takes the place of the one chosen first', () => {
  const [a, b, c] = [keptRun('a', { began: 30 }), keptRun('b', { began: 20 }), keptRun('c', { began: 10 })];
  assert.deepEqual(['a', 'b', 'c', 'b'].reduce(compare.withPicked, []), ['c']);
  assert.deepEqual(['a', 'b', 'c'].reduce(compare.withPicked, []), ['b', 'c']);
  assert.deepEqual(compare.pairOf([a, b, c], ['a', 'b']).map(({ id }) => id), ['b', 'a']);
  assert.equal(compare.pairOf([a, b, c], ['a']), null);
  assert.equal(compare.pairOf([a, b], ['a', 'gone']), null);
  const kept = { ...keptRun('d'), tradeOff: undefined };   // by a page that kept no figures
  assert.equal(compare.pairOf([a, kept, keptRun('e', { phase: 'stopped' })], ['a', 'd', 'e']), null);
});

test('what differs in data, settings and margin is listed, and nothing else', () => {
  const a = keptRun('a'), b = keptRun('b', {
    settings: { teachers: '8', dropout: '', sizes: '4-2' }, margin: 0.02, data: { name: 'Digits', rows: 1797 } });
  assert.deepEqual(compare.askedRows(a, keptRun('c')), []);
  assert.deepEqual(compare.askedRows(a, b), [
    { name: 'data', a: 'Letters, 20,000 rows, 16 columns, 26 classes', b: 'Digits, 1,797 rows, 16 columns, 26 classes' },
    { name: 'teachers', a: '12', b: '8' }, { name: 'dropout', a: '0.3, 0.3', b: 'none' },
    { name: 'sizes', a: a.settings.sizes, b: '4-2' }, { name: 'margin', a: '1 point', b: '2 points' }]);
});

test('the answers of two runs stand side by side with their intervals', () => {
  const listed = compare.answerRows(keptRun('a'), keptRun('b', { confirmed: false, ensemble: 1000 }));
  const rows = Object.fromEntries(listed.map(({ name, a, b }) => [name, [a, b]]));
  assert.deepEqual(rows.recommended, ['1,514 parameters', '1,514 parameters (not confirmed)']);
  assert.deepEqual(rows['right on the test rows'], ['91.0%', '91.0%']);
  assert.deepEqual(rows.ensemble, ['95.0%, 560,000 parameters', '95.0%, 1,000 parameters']);
  assert.equal(rows['student − ensemble'][0], '−0.2 points (95% interval −0.6 to +0.2)');
});

test('of different data, and of other test rows, the reader is warned', () => {
  const a = keptRun('a');
  assert.equal(compare.caution(a, keptRun('b', { settings: { seed: '7' } })), null, 'the test rows are the donors’');
  assert.match(compare.caution(a, keptRun('b', { data: { rows: 5 } })), /different data/);
  const drawn = (seed) => keptRun(`drawn ${seed}`, { plan: { seed, split: { validation: 0.2, test: 0.2, officialTestRows: 0 } } });
  assert.match(compare.caution(drawn(1), drawn(2)), /different rows/);
  assert.equal(compare.caution(drawn(1), drawn(1)), null);
});

test('both runs fit the axes, and their figures the file', () => {
  const a = keptRun('a', { ensemble: 1000 }), b = keptRun('b');
  const { sizes, student, ensemble } = compare.both(a, b);
  assert.equal(ensemble.parameters, 560_000);
  assert.equal(sizes.length, 4);
  assert.deepEqual(student.map(({ value }) => value), [0.7, 0.9, 0.7, 0.9, 0.95, 0.95]);
  assert.deepEqual(compare.compareCsv([a, b]).split('\n').slice(0, 3), [
    'run,rows,hidden,parameters,accuracy,lower,upper,seeds', 'A,test,8,370,0.7,0.69,0.71,3', 'A,test,32-16,1514,0.9,0.89,0.91,3']);
});

// ---- A file of one's own ------------------------------------------------------------------------

const own = await importSource('state/own');
const { readTable } = await import('../../wasm/dist/node.js');
const fixtures = new URL('../fixtures/csv/', import.meta.url);

test('whatever is wrong with a file is said in words that the page has, without the package’s options', async () => {
  const options = new RegExp([
    /\b(ignore|missing|unusable|types|quote|encoding|rareLevels):/, /\b(maxLevels|maxClasses|maxUnpackedBytes|missingValues|badRows)\b/,
    /with ignore|set encoding|options? types/,
  ].map(({ source }) => source).join('|'));
  const said = [];
  const hear = (file, how) => readTable(file, { ...own.strict, ...how }).then(({ warnings }) => said.push(...warnings), ({ message }) => said.push(message));
  const ways = [
    {}, { badRows: 'skip' }, { badRows: 'skip', missing: 'skip', unusable: 'ignore' }, { decimal: ',', delimiter: ',' }, { label: 'nowhere' }];
  for (const name of readdirSync(fixtures).filter((file) => file !== 'README.md')) {
    const file = readFileSync(new URL(name, fixtures));
    for (const how of ways) await hear(file, { ...how, ignore: [] });
  }
  const column = Array.from({ length: 300 }, (_, row) => `${row % 2},${(row * 7919) % 1e5}.5`).join('\n');
  const many = Array.from({ length: 5000 }, (_, row) => `${'xy'[row % 2]},word ${row % 40}`).join('\n');
  const files = [
    [`a,b\n${column}\n`, { label: 'b', maxClasses: 9 }], ['a,b\nx,1\ny,\n', {}], ['a,b\nx,1\ny,2\n', { label: 'a', ignore: ['a'] }],
    [`a,b\n${many}\n`, { label: 'a' }], [`a,b\n${many}\n`, { label: 'a', maxLevels: 5 }], ['a,"b\nx,1\n'.repeat(9e5), {}],
  ];
  for (const [text, how] of files) await hear(new TextEncoder().encode(text), how);
  assert.ok(said.filter((text) => options.test(text)).length > 20, 'there is something to say otherwise');
  for (const text of said) assert.doesNotMatch(own.inOurWords(text), options, text);
});

test('advice keeps what it is about', () => {
  const dates = "Columns that cannot be features: 'a], b' holds dates. Leave them out";
  assert.equal(own.inOurWords(`${dates} with ignore: ['a], b', 'c'], or make numbers of them.`), `${dates}, or make numbers of them.`);
  const classes = "'id' has more than 10 classes. It looks like a quantity to be predicted:";
  assert.equal(own.inOurWords(`${classes} name another column as label, or raise maxClasses.`), `${classes} choose another label.`);
});

test('where lines are cut otherwise, what was chosen of columns is let go of', () => {
  const options = { ...own.strict, label: 'a', ignore: ['b'], badRows: 'skip', decimal: ',' };
  assert.deepEqual(own.changed(options, { missing: 'skip' }), { ...options, missing: 'skip' });
  assert.deepEqual(own.changed(options, { delimiter: ';' }), { ...own.strict, badRows: 'skip', decimal: ',', delimiter: ';' });
});

test('how a text was read is told, of other files nothing', () => {
  const outcome = { kind: 'read', place: 'Line', table: { format: { delimiter: ';', decimal: ',' } } };
  assert.equal(own.formText({ outcome }), 'semicolon between fields, decimal comma');
  assert.equal(own.formText({ outcome: { ...outcome, table: { format: { delimiter: '#', decimal: '.' } } } }), '# between fields, decimal point');
  assert.equal(own.formText({ outcome: { kind: 'refused', place: 'Line', findings: null } }), 'could not be understood so far');
  assert.equal(own.formText({ outcome: { kind: 'read', place: 'Row', table: { format: { parquet: 2 } } } }), null);
});
