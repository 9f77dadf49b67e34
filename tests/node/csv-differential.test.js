import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyBytes, file, generator, number, papa, tableFile } from './csv-grammar.js';
import { distillery, importSource } from './support.js';

// Random files against an independent reader, random numbers against the engine's, and random bytes against the promise of a
// table or a typed error. DISTILLERY_CSV_CASES says how many files (2,000), DISTILLERY_CSV_SEED where to begin (1).

const cases = Number(process.env.DISTILLERY_CSV_CASES ?? 2000), firstSeed = Number(process.env.DISTILLERY_CSV_SEED ?? 1);
const { Tokenizer } = await importSource('csv/tokenizer');
const { parseNumber } = await importSource('csv/number');
const encoder = new TextEncoder();

function fields(bytes, delimiter) {
  const tokenizer = new Tokenizer(delimiter.charCodeAt(0), 34), records = [];
  for (let at = 0; at < bytes.length;) {
    at = tokenizer.next(bytes, at, bytes.length, true);
    assert.equal(tokenizer.fault, '');
    const record = Array.from({ length: tokenizer.count }, (_, index) => Buffer.from(tokenizer.text(bytes, index), 'latin1').toString());
    if (record.length > 1 || record[0] !== '') records.push(record);
  }
  return records;
}

test(`the fields of ${cases} random files are those that papaparse finds`, () => {
  let seen = 0;
  for (let seed = firstSeed; seed < firstSeed + cases; ++seed) {
    const { text, delimiter, newline } = file(generator(seed));
    const expected = papa(text, delimiter, newline);
    assert.deepEqual(fields(encoder.encode(text), delimiter), expected, `seed ${seed}: ${JSON.stringify(text)}`);
    seen += expected.length;
  }
  assert.ok(seen > 5 * cases, `only ${seen} records`);
});

test(`the tables of ${cases} random files are those that their fields make`, async () => {
  let rowsSeen = 0;
  for (let seed = firstSeed; seed < firstSeed + cases; ++seed) {
    const { text, delimiter, newline, names, kinds } = tableFile(generator(seed));
    const records = papa(text, delimiter, newline).slice(1).filter((record) => record.length === names.length + 1);
    const isMissing = (cell) => /^(|na|nan)$/i.test(cell);
    const usable = names.every((_, column) => records.some((record) => !isMissing(record[column])));
    if (!usable) continue;  // refused, as other tests see
    const levels = names.map((_, column) => [...new Set(records.map((record) => record[column]))].filter((cell) => !isMissing(cell)).sort());
    const features = records.flatMap((record) => kinds.flatMap((kind, column) => kind === 'categorical'
      ? levels[column].map((level) => Number(record[column] === level))
      : isMissing(record[column]) ? NaN : Math.fround(Number(record[column]))));
    const table = await distillery.readCsv(encoder.encode(text), {
      delimiter, badRows: 'skip', missing: 'mean', types: Object.fromEntries(names.map((name, index) => [name, kinds[index]])),
    });
    const what = `seed ${seed}: ${JSON.stringify(text)}`;
    assert.deepEqual([...table.features], features, what);
    assert.deepEqual([...table.labels].map((label) => table.classNames[label]), records.map((record) => record.at(-1)), what);
    rowsSeen += records.length;
  }
  assert.ok(rowsSeen > 10 * cases, `only ${rowsSeen} rows`);
});

const parse = (text, decimal = '.') => {
  const bytes = encoder.encode(text);
  return parseNumber(bytes, 0, bytes.length, decimal.charCodeAt(0));
};

test('numbers are the nearest double, then the nearest float, however they are spelled', () => {
  const random = generator(firstSeed), { below, pick, chance } = random;
  const double = new Float64Array(1), float = new Float32Array(1);
  const words64 = new Uint32Array(double.buffer), words32 = new Uint32Array(float.buffer);
  const anyDouble = () => { words64[0] = below(2 ** 32); words64[1] = below(2 ** 32); return double[0]; };
  const anyFloat = () => { words32[0] = below(2 ** 32); return float[0]; };
  /** Exactly between two floats, and a little beside it: where rounding once and rounding twice differ. */
  const between = () => {
    const low = Math.abs(anyFloat());
    words32[0] += 1;
    const middle = (low + float[0]) / 2;
    return chance(50) ? middle.toFixed(Math.min(100, below(30))) : middle.toPrecision(10 + below(60)) + below(10 ** below(10));
  };
  const digits = (count) => Array.from({ length: count }, () => below(10)).join('');
  const spellings = [
    () => String(anyDouble()), () => anyDouble().toPrecision(1 + below(100)), () => String(anyFloat()), between,
    () => number(random), () => `${digits(1 + below(25))}.${digits(below(25))}`, () => `.${digits(1 + below(30))}`,
    () => `${digits(1 + below(20))}${pick(['', '.', `.${digits(below(9))}`])}e${pick(['', '-', '+'])}${below(60)}`,
    () => String(2n ** 53n + BigInt(below(9)) - 4n) + '0'.repeat(below(8)), () => `${1 + below(2 ** 24)}e${below(30)}`,
  ];
  const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  let compared = 0;
  for (let i = 0; i < 100 * cases; ++i) {
    const text = pick(['', '', '-', '+']) + pick(spellings)().replace(/^[+-]/, '');
    if (!decimal.test(text)) continue;
    const expected = Math.fround(Number(text));
    assert.ok(Object.is(parse(text), expected), `${text}: ${parse(text)}, not ${expected}`);
    assert.ok(Object.is(parse(text.replace('.', ','), ','), expected), text);
    ++compared;
  }
  assert.ok(compared > 90 * cases, `only ${compared} numbers`);
});

test('what is no number is none', () => {
  const { below, pick } = generator(firstSeed);
  const parts = ['1', '23', '.', '-', '+', 'e', 'E', ',', ' ', 'x', '0x', '_', '', 'Infinity', 'NaN'];
  const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  for (let i = 0; i < 20 * cases; ++i) {
    const text = Array.from({ length: below(6) }, () => pick(parts)).join('');
    const expected = decimal.test(text) ? Math.fround(Number(text)) : NaN;
    assert.ok(Object.is(parse(text), expected), JSON.stringify(text));
  }
});

async function settles(bytes, options) {
  try {
    const table = await distillery.readCsv(bytes, options);
    assert.equal(table.features.length, table.labels.length * table.columns);
    assert.equal(table.columnNames.length, table.columns);
    assert.ok(table.labels.every((label) => label >= 0 && label < table.classNames.length));
    assert.equal(table.classCounts.reduce((sum, count) => sum + count), table.labels.length);
    if (options.missing === 'stop') assert.ok(table.features.every(Number.isFinite));
    return 'table';
  } catch (error) {
    assert.ok(error instanceof distillery.DistilleryError, error.stack);
    assert.ok(['invalid_data', 'corrupt_file', 'invalid_option'].includes(error.code), error.message);
    return error.code;
  }
}

test('any bytes give a table or a typed error', async () => {
  const outcomes = new Map();
  const note = (outcome) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (let seed = firstSeed; seed < firstSeed + cases; ++seed)
    note(await settles(anyBytes(seed), seed % 2 ? { missing: 'stop' } : { missing: 'mean', badRows: 'skip', unusable: 'ignore' }));
  for (const outcome of ['table', 'invalid_data', 'corrupt_file']) assert.ok(outcomes.get(outcome) > cases / 100, JSON.stringify([...outcomes]));
});

test('files that are all of one kind end soon', async () => {
  const length = 2_000_000, header = encoder.encode('a,b,label\n');
  for (const text of ['"', ',', '1', '\n', '\r', ' ', '1,', '"",', '""', ',\n', 'a\n', 'x,y\n', '1,2,"\n']) {
    const pattern = encoder.encode(text), bytes = new Uint8Array(length);
    bytes.set(pattern);
    for (let filled = pattern.length; filled < length; filled *= 2) bytes.copyWithin(filled, 0, Math.min(filled, length - filled));
    await settles(bytes, {});
    bytes.set(header);
    await settles(bytes, { badRows: 'skip', missing: 'mean' });
  }
});

test('hundreds of thousands of columns are refused, tens of thousands are not', async () => {
  const wide = (columns, name) => encoder.encode(`${Array.from({ length: columns }, name).join()},label\n${'1,'.repeat(columns)}x\n${'2,'.repeat(columns)}y\n`);
  for (const name of [(_, index) => `c${index}`, () => 'same', () => ''])
    assert.equal((await distillery.readCsv(wide(30_000, name))).columns, 30_000);
  await assert.rejects(distillery.readCsv(wide(300_000, () => 'a')), { code: 'invalid_data', message: /^Line 1: there are more than 131072 fields/ });
});
