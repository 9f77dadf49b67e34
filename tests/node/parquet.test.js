// Files of tests/fixtures/parquet come from another implementation; those that are written here show one thing each.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ByteWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { codeOf, distillery, exporters, installed, root, sha256, temporary } from './support.js';

const { DistilleryError, encodeRows, fillSchema, readCsv, readParquet, readTable } = distillery;
const folder = join(root, 'tests/fixtures/parquet');
const fixture = (name) => readFileSync(join(folder, name));
const whole = ['plain', 'snappy', 'gzip', 'zstd', 'row-groups', 'second-version', 'deltas'].map((name) => `${name}.parquet`);

const write = (columns, options) => new Uint8Array(parquetWriteBuffer({ columnData: columns, ...options }));
/** A column, and the classes to go with it. */
const beside = (column, options) => write([column, {
  name: 'label', data: Array.from(column.data, (_, row) => 'xy'[row % 2]), ...(!options?.schema && { type: 'STRING' }),
}], options);
const csv = (text, options) => readCsv(new TextEncoder().encode(text), options);
/** All that does not tell of the file's own form. */
const content = ({ format: _, ...table }) => table;
const refused = (call, code, message) => assert.rejects(call, (error) => {
  assert.ok(error instanceof DistilleryError, error.stack);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return true;
});

test('a table is the same from Parquet as from CSV, however it is written', async () => {
  for (const options of [
    { missing: 'mean', group: 'patient' }, { missing: 'skip', badRows: 'skip', label: 'colour' }, { missing: 'median', label: 'patient', ignore: [1, 'huge'] },
    { missing: 'skip', types: { patient: 'categorical' }, maxLevels: 3 }, { missing: 'mean', label: null },
  ]) {
    const expected = content(await readCsv(fixture('table.csv'), options));
    // Of a row that is left out, CSV says the line: the header is one.
    for (const row of expected.skipped.rows) --row.line;
    expected.warnings = expected.warnings.map((text) => text.replace(/in line (\d+)/, (_, line) => `in row ${line - 1}`));
    for (const name of whole) assert.deepEqual(content(await readParquet(fixture(name), options)), expected, name);
  }
  const { format } = await readParquet(fixture('row-groups.parquet'), { missing: 'mean' });
  assert.deepEqual(format, { parquet: 1, createdBy: 'parquet-rs version 56.2.0', rowGroups: 4 });
});

test('wherever a file comes from, it is known by its first bytes', async () => {
  const options = { missing: 'mean' }, bytes = fixture('snappy.parquet'), expected = await readParquet(bytes, options);
  const stream = (file, size) => new ReadableStream({
    start(controller) {
      for (let at = 0; at < file.length; at += size) controller.enqueue(file.subarray(at, at + size));
      controller.close();
    },
  });
  const forms = (file) => [file, Uint8Array.from(file).buffer, new Blob([file]), new File([file], 'table.csv'), stream(file, 1), stream(file, 1000)];
  for (const form of forms(bytes)) assert.deepEqual(await readTable(form, options), expected);
  for (const form of forms(bytes)) assert.deepEqual(await readParquet(form.getReader ? stream(bytes, 7) : form, options), expected);
  const table = await readCsv(fixture('table.csv'), options);
  for (const form of forms(fixture('table.csv'))) assert.deepEqual(await readTable(form, options), table);
  for (const wrong of ['table.parquet', null, [1], stream]) assert.equal(await codeOf(() => readTable(wrong)), 'invalid_option');
  assert.equal(await codeOf(() => readTable(new Uint8Array())), 'invalid_data');
  assert.equal(await codeOf(() => readTable(stream(new Uint8Array([80, 65, 82]), 1))), 'invalid_data');
});

test('a schema reads new rows, whichever kind of file it or they come from', async () => {
  const options = { missing: 'mean' }, ofCsv = await readCsv(fixture('table.csv'), options);
  const ofParquet = await readParquet(fixture('zstd.parquet'), options);
  assert.deepEqual(ofParquet.schema, ofCsv.schema);
  const fills = ofParquet.columnNames.map((_, column) => column + 0.5);
  const schema = JSON.parse(JSON.stringify(fillSchema(ofParquet.schema, Float32Array.from(fills))));
  const filled = ofParquet.features.map((value, at) => (Number.isNaN(value) ? fills[at % fills.length] : value));
  assert.notDeepEqual(filled, ofParquet.features);
  assert.deepEqual((await readCsv(fixture('table.csv'), { schema })).features, filled);
  for (const name of whole) assert.deepEqual((await readParquet(fixture(name), { schema })).features, filled);
  const few = await readParquet(write([
    { name: 'colour', data: ['rot', 'red'], type: 'STRING' }, { name: 'size', data: [2, 3.5] }, { name: 'moment', data: [new Date(), new Date()] },
  ]), { schema: { version: 1, columns: [{ name: 'size', kind: 'numeric' }, { name: 'colour', kind: 'categorical', levels: ['blue', 'red'], other: false }], label: 'kind', classNames: ['a', 'b'], missing: 'stop' } });
  assert.deepEqual([...few.features], [2, 0, 0, 3.5, 0, 1]);
  assert.deepEqual([...few.labels], [-1, -1]);
  assert.match(few.warnings.join(), /does not know, such as 'rot' in row 1/);
  assert.deepEqual(encodeRows(few.schema, [{ colour: 'rot', size: 2 }, { colour: 'red', size: 3.5 }]), few.features);
  await refused(readParquet(fixture('zstd.parquet'), { schema: few.schema }), 'invalid_data', /lacks columns.*'size'/);
});

test('every kind of number is the float that CSV makes of its spelling', async () => {
  const decimal = (element) => ({ name: 'a', repetition_type: 'OPTIONAL', converted_type: 'DECIMAL', precision: 18, ...element });
  const schemaOf = (element) => [
    { name: 'root', num_children: 2 }, element, { name: 'label', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  ];
  const numbers = [0.1, -1234.56, 0, 9007199254740.99, 2.675, 1.005];
  for (const [column, spelled = column.data.map(String), element] of [
    [{ name: 'a', data: [0.1, 1e-50, 16777217, -0.5, 1.0000000596046448, 3e38], type: 'DOUBLE' }],
    [{ name: 'a', data: [0.1, 0.25, -3.5].map(Math.fround), type: 'FLOAT' }],
    [{ name: 'a', data: [0, -1, 2147483647, -2147483648], type: 'INT32' }],
    [{ name: 'a', data: [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 9007199254740993n], type: 'INT64' }],
    [{ name: 'a', data: [1, 65504, 5.960464477539063e-8, 6.097555160522461e-5, -2.5, 0.333251953125], type: 'FLOAT16' }],
    [{ name: 'a', data: [true, false, true] }, ['1', '0', '1']],
    [{ name: 'a', data: numbers }, undefined, decimal({ type: 'INT64', scale: 3 })],
    [{ name: 'a', data: [0.25, -12.5] }, undefined, decimal({ type: 'INT32', scale: 2, precision: 9 })],
    [{ name: 'a', data: numbers }, undefined, decimal({ type: 'FIXED_LEN_BYTE_ARRAY', type_length: 12, scale: 3 })],
    [{ name: 'a', data: [2147483648, 4294967295, 7] }, undefined, { name: 'a', type: 'INT32', converted_type: 'UINT_32', repetition_type: 'OPTIONAL' }],
    [{ name: 'a', data: ['1.5', ' -2e3\t', '0.1'], type: 'STRING' }],
  ]) {
    const text = spelled.map((value, row) => `${value},${'xy'[row % 2]}\n`).join('');
    const { features, schema } = await csv(`a,label\n${text}`);
    for (const options of [{}, { codec: 'UNCOMPRESSED' }]) {
      const table = await readParquet(beside(column, { ...(element && { schema: schemaOf(element) }), ...options }));
      assert.deepEqual([table.features, table.schema], [features, schema], JSON.stringify(spelled));
    }
  }
});

test('numbers and booleans make classes and categories, too, by their spelling', async () => {
  const a = { name: 'a', data: [1, 2, 3, 4], type: 'DOUBLE' };
  const classes = async (column, options) => (await readParquet(write([options ? { ...a, type: undefined } : a, { name: 'label', ...column }], options))).classNames;
  assert.deepEqual(await classes({ data: [10, 9, -1, 9], type: 'INT32' }), ['-1', '9', '10']);
  assert.deepEqual(await classes({ data: [10n, 9n, 2n ** 60n, 9n], type: 'INT64' }), ['9', '10', '1152921504606846976']);
  assert.deepEqual(await classes({ data: [true, false, false, true] }), ['false', 'true']);
  assert.deepEqual(await classes({ data: [0.5, 1, 1, 0.5] }), ['0.5', '1']);
  const schema = [
    { name: 'root', num_children: 2 }, { name: 'a', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
    { name: 'label', type: 'INT32', converted_type: 'DECIMAL', scale: 2, precision: 5, repetition_type: 'OPTIONAL' },
  ];
  assert.deepEqual(await classes({ data: [0.5, -12.25, 0.5, -12.25] }, { schema }), ['-12.25', '0.50']);
  const { columnNames } = await readParquet(beside({ name: 'zip', data: [10115, 20095], type: 'INT32' }), { types: { zip: 'categorical' } });
  assert.deepEqual(columnNames, ['zip=10115', 'zip=20095']);
});

test('no value is null, NaN, or a text that stands for none; the policy says what becomes of the row', async () => {
  const bytes = write([
    { name: 'a', data: [1, NaN, 3, null, 5, 6] }, { name: 'b', data: ['p', 'q', 'NA', 'q', '', 'p'], type: 'STRING' },
    { name: 'label', data: ['x', 'y', 'x', 'y', 'x', null], type: 'STRING' },
  ]);
  await refused(readParquet(bytes), 'invalid_data', /^Row 2: the field in column 'a' has no value\. Choose missing: 'skip'/);
  await refused(readParquet(bytes, { missing: 'mean' }), 'invalid_data', /^Row 6: the field in column 'label' is empty.*badRows: 'skip'/);
  const skipped = await readParquet(bytes, { missing: 'skip', badRows: 'skip', label: 'b', ignore: ['label'] });
  assert.deepEqual([...skipped.features], [1, 6]);
  const { features, missing, skipped: { count, rows } } = await readParquet(bytes, { missing: 'mean', badRows: 'skip' });
  assert.deepEqual([...features], [1, 1, 0, NaN, 0, 1, 3, 0, 0, NaN, 0, 1, 5, 0, 0]);
  assert.deepEqual(missing, { a: 2, b: 2 });
  assert.deepEqual([count, rows], [1, [{ line: 6, column: 3, name: 'label', reason: "the field in column 'label' is empty, which a label or group must not be" }]]);
  const own = await readParquet(bytes, { missing: 'mean', badRows: 'skip', missingValues: ['q'] });
  assert.deepEqual(own.columnNames, ['a', 'b=NA', 'b=p']);
});

test('what no float can hold is a bad row', async () => {
  for (const [value, type] of [[Infinity, 'DOUBLE'], [1e39, 'DOUBLE'], [Infinity, 'FLOAT16']]) {
    const bytes = beside({ name: 'a', data: [1, value, 3, 4], type });
    await refused(readParquet(bytes), 'invalid_data', /^Row 2: 'Infinity' in column 'a' is not a finite number/);
    assert.deepEqual((await readParquet(bytes, { badRows: 'skip' })).skipped.rows.map(({ line }) => line), [2]);
  }
  await refused(readParquet(beside({ name: 'a', data: ['1', '2', 'three'], type: 'STRING' })), 'invalid_data', /^Row 3: 'three' in column 'a' is not a number/);
});

test('dates, lists, structures and bytes are refused by name, with the reason, or left out', async () => {
  const bytes = fixture('unusable.parquet');
  await refused(readParquet(bytes), 'invalid_data', new RegExp("^Columns that cannot be features: 'day' holds dates or times, 'moment' holds dates or times, "
    + "'hour' holds dates or times, 'tags' holds lists, 'place' holds structures, 'bytes' holds binary values\\. "
    + "Leave them out with ignore: \\['day', 'moment', 'hour', 'tags', 'place', 'bytes'\\]"));
  const ignored = await readParquet(bytes, { ignore: ['day', 'moment', 'hour', 'tags', 'place', 'bytes'] });
  assert.deepEqual([...ignored.features], [0, 1, 2, 3, 4, 5, 6, 7]);
  const { features, warnings } = await readParquet(bytes, { unusable: 'ignore' });
  assert.deepEqual(features, ignored.features);
  assert.match(warnings.join(), /Left out: 'day' holds dates or times/);
  for (const options of [{ label: 'day' }, { group: 'day' }, { types: { day: 'numeric' } }, { types: { day: 'categorical' } }])
    await refused(readParquet(bytes, { unusable: 'ignore', ...options }), 'invalid_data', /'day' holds dates or times.*ignore: \['day'\]/);
  for (const [column, reason] of [
    [{ data: [new Date(0), new Date(1)] }, 'dates or times'], [{ data: [{ a: 1 }, { a: 2 }], type: 'JSON' }, 'JSON documents'],
    [{ data: ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001'], type: 'UUID' }, 'identifiers'],
    [{ data: ['2024-01-01', '2024-01-02'], type: 'STRING' }, "dates or times ('2024-01-01')"],
    [{ data: Array.from({ length: 30 }, (_, row) => `id-${row}`), type: 'STRING' }, "identifiers or free text ('id-0')"],
  ]) await refused(readParquet(beside({ name: 'a', ...column })), 'invalid_data', new RegExp(`'a' holds ${reason.replace(/[()]/g, '\\$&')}`));
});

test('texts must be UTF-8', async () => {
  const bytes = beside({ name: 'a', data: [Uint8Array.of(0xc3, 0x28), Uint8Array.of(65)], type: 'BYTE_ARRAY' });
  assert.equal(await codeOf(() => readParquet(bytes)), 'corrupt_file');
  assert.deepEqual((await readParquet(beside({ name: 'a', data: [Buffer.from('ß'), Buffer.from('A')], type: 'BYTE_ARRAY' }))).columnNames, ['a=A', 'a=ß']);
});

test('compressions that are not read are refused by name', async () => {
  for (const [name, codec] of [['brotli', 'BROTLI'], ['lz4_raw', 'LZ4_RAW']])
    await refused(readParquet(fixture(`${name}.parquet`)), 'invalid_data', new RegExp(`'length' is compressed by ${codec}.*snappy, gzip, zstd or no compression`));
});

test('names that are missing or there twice are replaced', async () => {
  const data = [1, 2];
  const { columnNames, warnings } = await readParquet(write([{ name: '', data }, { name: 'b', data: [3, 5] }, { name: 'label', data: ['x', 'y'] }]));
  assert.deepEqual(columnNames, ['column 1', 'b']);
  assert.deepEqual(warnings, []);
});

test('options of text files, options that do not exist and columns that are not there are refused', async () => {
  const bytes = fixture('snappy.parquet');
  for (const options of [{ delimiter: ';' }, { quote: '' }, { header: true }, { encoding: 'utf-8' }, { decimal: ',' }])
    for (const read of [readParquet, readTable])
      await refused(read(bytes, options), 'invalid_option', new RegExp(`^${Object.keys(options)[0]}: a Parquet file has none`));
  for (const options of [{ lable: 'x' }, { label: 'x' }, { label: 12 }, { group: 'x' }, { ignore: ['x'] }, { types: { x: 'numeric' } }, { missing: 'zero' }, { maxUnpackedBytes: 0 }])
    for (const read of [readParquet, readTable])
      await refused(read(bytes, options), 'invalid_option', new RegExp(Object.keys(options)[0]));
  await refused(readParquet(fixture('table.csv')), 'corrupt_file', /no Parquet file/);
});

test('the signal ends the reading, progress tells of it, and a fault of the caller\'s stays his', async () => {
  const controller = new AbortController(), seen = [];
  await refused(readParquet(fixture('row-groups.parquet'), {
    missing: 'mean', signal: controller.signal,
    progress(told) {
      seen.push(told);
      if (seen.length === 2) controller.abort('enough');
    },
  }), 'aborted', /aborted/);
  assert.deepEqual(seen.map(({ rows }) => rows), [17, 34]);
  assert.ok(seen.every(({ bytes, totalBytes }) => bytes < totalBytes && totalBytes === fixture('row-groups.parquet').length));
  assert.equal(await codeOf(() => readTable(fixture('plain.parquet'), { signal: AbortSignal.abort() })), 'aborted');
  assert.equal(await codeOf(() => readTable(new ReadableStream({}), { signal: AbortSignal.abort() })), 'aborted');
  const waiting = new AbortController(), endless = new ReadableStream({});
  setTimeout(() => waiting.abort(), 10);
  assert.equal(await codeOf(() => readTable(endless, { signal: waiting.signal })), 'aborted');
  await assert.rejects(readParquet(fixture('plain.parquet'), { missing: 'mean', progress() { throw new TypeError('mine'); } }), /^TypeError: mine/);
  const breaking = new ReadableStream({ pull: (inner) => inner.error(new Error('unplugged')) });
  await refused(readTable(breaking), 'invalid_data', /could not be read to its end/);
});

test('of a file on disk only what is needed is read', async () => {
  class Disk extends Blob {
    slices = [];
    slice(from, to) {
      this.slices.push([from, to]);
      return super.slice(from, to);
    }
  }
  const rows = 5000, data = Float64Array.from({ length: rows }, (_, row) => row * 0.37);
  const bytes = write([
    { name: 'unused', data: data.map((value) => -value) }, { name: 'a', data }, { name: 'label', data: Array.from(data, (_, row) => row % 3), type: 'INT32' },
  ], { rowGroupSize: 1000, codec: 'UNCOMPRESSED' });
  const disk = new Disk([bytes]), table = await readParquet(disk, { ignore: ['unused'] });
  assert.equal(table.labels.length, rows);
  const total = disk.slices.reduce((sum, [from, to]) => sum + to - from, 0);
  assert.ok(Math.max(...disk.slices.map(([from, to]) => to - from)) < 10_000, 'more than a column of a row group at once');
  assert.ok(total < 0.7 * bytes.length, `${total} of ${bytes.length} bytes`);
});

// ---- Damaged and hostile files ------------------------------------------------------

const settled = async (bytes, options = { missing: 'mean', badRows: 'skip', unusable: 'ignore' }) => {
  try {
    await readParquet(bytes, options);
    return 'read';
  } catch (error) {
    assert.ok(error instanceof DistilleryError, error.stack);
    assert.match(error.message, /\.$/);
    return error.code;
  }
};

test('a file that is cut off anywhere is refused', async () => {
  for (const name of ['deltas.parquet', 'unusable.parquet']) {
    const bytes = fixture(name);
    for (let length = 0; length < bytes.length; ++length)
      assert.equal(await settled(bytes.subarray(0, length)), 'corrupt_file', `${name}, ${length} bytes`);
  }
});

test('flipped bits give a table or an error of ours, never another one', async () => {
  let state = 1;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const outcomes = new Map();
  for (const name of [...whole, 'unusable.parquet'])
    for (let round = 0; round < 120; ++round) {
      const bytes = Uint8Array.from(fixture(name));
      for (let flips = 1 + random(3); flips > 0; --flips) bytes[random(bytes.length)] ^= 1 << random(8);
      const outcome = await settled(bytes);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  assert.ok(outcomes.get('read') > 50 && outcomes.get('corrupt_file') > 50, JSON.stringify([...outcomes]));
});

/** A file of one column, `a`, whose pages are given as [header, bytes]. */
function handmade(pages, { rows = 4, type = 'DOUBLE', repetition = 'OPTIONAL', codec = 'UNCOMPRESSED', ...change } = {}) {
  const writer = new ByteWriter();
  writer.appendBytes(new TextEncoder().encode('PAR1'));
  for (const [header, bytes] of pages) {
    writePageHeader(writer, { compressed_page_size: bytes.length, uncompressed_page_size: bytes.length, ...header });
    writer.appendBytes(Uint8Array.from(bytes));
  }
  const size = BigInt(writer.offset - 4), start = writer.offset;
  const metadata = {
    version: 1, num_rows: BigInt(rows), created_by: 'hand',
    schema: [{ name: 'root', num_children: 1 }, { name: 'a', type, repetition_type: repetition }],
    row_groups: [{
      total_byte_size: size, num_rows: BigInt(rows), columns: [{
        file_offset: 4n,
        meta_data: {
          type, encodings: ['PLAIN'], path_in_schema: ['a'], codec, num_values: BigInt(rows), total_uncompressed_size: size,
          total_compressed_size: size, data_page_offset: 4n,
        },
      }],
    }],
  };
  change.metadata?.(metadata);
  writeMetadata(writer, metadata);
  writer.appendBytes(new TextEncoder().encode('PAR1'));
  return { bytes: new Uint8Array(writer.getBuffer()), footer: start };
}
const first = (num_values, encoding = 'PLAIN') => ({
  type: 'DATA_PAGE', data_page_header: { num_values, encoding, definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' },
});
const doubles = (...values) => new Uint8Array(Float64Array.from(values).buffer);
const readOne = (pages, options) => readParquet(handmade(pages, options).bytes, { label: null });
/** Four rows with a value each. */
const allThere = [2, 0, 0, 0, 8, 1];

test('a file that is made by hand is read', async () => {
  const { features } = await readOne([[first(4), [...allThere, ...doubles(1, 2, 3, 4)]]]);
  assert.deepEqual([...features], [1, 2, 3, 4]);
  const halves = await readOne([[first(3), [2, 0, 0, 0, 6, 1, ...doubles(1, 2, 3)]], [first(1), [2, 0, 0, 0, 2, 1, ...doubles(4)]]]);
  assert.deepEqual(halves.features, features);
  // Rows without a value: all of a page, some of another.
  const gaps = [[first(2), [2, 0, 0, 0, 4, 0]], [first(2), [2, 0, 0, 0, 3, 0b10, ...doubles(7)]]];
  const { missing, ...table } = await readParquet(handmade(gaps).bytes, { label: null, missing: 'mean' });
  assert.deepEqual([[...table.features], missing], [[NaN, NaN, NaN, 7], { a: 3 }]);
  // Decimal numbers of more digits than a double's powers of ten.
  const tiny = new Uint8Array(BigInt64Array.of(5n, -(2n ** 62n), 0n, 1n).buffer);
  const decimals = await readOne([[first(4), [...allThere, ...tiny]]], {
    type: 'INT64', metadata: ({ schema: [, a] }) => Object.assign(a, { converted_type: 'DECIMAL', scale: 25, precision: 30 }),
  });
  assert.deepEqual([...decimals.features], [5e-25, -4.611686018427387904e-7, 0, 1e-25].map(Math.fround));
});

test('counts that cannot be are refused before anything is allocated for them', async () => {
  const page = [first(4), [...allThere, ...doubles(1, 2, 3, 4)]];
  const wrong = (change, options) => settled(handmade([page], { metadata: change, ...options }).bytes, { label: null });
  assert.equal(await wrong(() => {}), 'read');
  assert.equal(await wrong((metadata) => { metadata.num_rows = 2n ** 62n; }), 'corrupt_file');
  assert.equal(await wrong((metadata) => { metadata.num_rows = -1n; }), 'corrupt_file');
  const absurd = (rows) => (metadata) => {
    metadata.num_rows = metadata.row_groups[0].num_rows = metadata.row_groups[0].columns[0].meta_data.num_values = rows;
  };
  assert.equal(await wrong(absurd(2n ** 40n)), 'invalid_data');
  await refused(readParquet(handmade([page], { metadata: absurd(2n ** 40n) }).bytes, { label: null }), 'invalid_data', /1099511627776 rows of 1 columns.*maxUnpackedBytes/);
  assert.equal(await wrong(absurd(100_000_000n)), 'corrupt_file');
  for (const change of [
    (data) => { data.num_values = 5n; }, (data) => { data.total_compressed_size = 2n ** 40n; }, (data) => { data.data_page_offset = -4n; },
    (data) => { data.data_page_offset = 2n ** 50n; }, (data) => { data.data_page_offset = 0n; }, (data) => { data.type = 'INT32'; },
    (data) => { data.path_in_schema = ['b']; },
  ]) assert.equal(await wrong(({ row_groups: [{ columns: [{ meta_data: data }] }] }) => change(data)), 'corrupt_file', String(change));
  assert.equal(await wrong(({ row_groups: [group] }) => { group.columns = []; }), 'corrupt_file');
  assert.equal(await wrong(({ row_groups: [{ columns: [column] }] }) => { column.file_path = 'elsewhere'; }), 'invalid_data');
  for (const header of [first(5), first(2 ** 30), first(-1), { ...first(4), compressed_page_size: 2 ** 30 }, { ...first(4), uncompressed_page_size: -1 },
    { type: 'DATA_PAGE' }, { type: 'DATA_PAGE_V2', data_page_header_v2: { num_values: 4, num_nulls: -9, num_rows: 4, encoding: 'PLAIN', definition_levels_byte_length: 0, repetition_levels_byte_length: 0 } },
    { type: 'DATA_PAGE_V2', data_page_header_v2: { num_values: 4, num_nulls: 0, num_rows: 4, encoding: 'PLAIN', definition_levels_byte_length: 2 ** 30, repetition_levels_byte_length: 0 } }])
    await refused(readOne([[header, page[1]]]), 'corrupt_file', /'a'/);
});

test('a page that is far too long is refused', async () => {
  const rows = 2 ** 24 + 1;
  await refused(readOne([[first(rows), [0, 0, 0, 0]]], { rows }), 'invalid_data', /16777217 values, more than 16777216/);
});

test('a file that unpacks to more than allowed is refused', async () => {
  const rows = 20_000, bytes = beside({ name: 'a', data: Array.from({ length: rows }, (_, row) => 'pq'[row % 2].repeat(50)), type: 'STRING', encoding: 'PLAIN' });
  assert.ok(bytes.length < 1e6);
  await refused(readParquet(bytes, { maxUnpackedBytes: 9e5 }), 'invalid_data', /unpacks to more than 900000 bytes/);
  assert.equal((await readParquet(bytes, { maxUnpackedBytes: 9e6 })).labels.length, rows);
});

test('values without a dictionary, or beyond it, are refused', async () => {
  const dictionary = (...values) => [{ type: 'DICTIONARY_PAGE', dictionary_page_header: { num_values: values.length, encoding: 'PLAIN' } }, doubles(...values)];
  const indices = (index) => [first(4, 'RLE_DICTIONARY'), [...allThere, 2, 8, index]];
  assert.deepEqual([...(await readOne([dictionary(5, 6, 7), indices(2)])).features], [7, 7, 7, 7]);
  await refused(readOne([dictionary(5, 6, 7), indices(3)]), 'corrupt_file', /'a' lacks a value/);
  await refused(readOne([indices(0)]), 'corrupt_file', /'a' lacks a value/);
  await refused(readOne([dictionary(), [first(4, 'RLE_DICTIONARY'), [...allThere, 0]]]), 'corrupt_file', /'a' lacks a value/);
});

// What would make the library loop or allocate without end, were it not for the guards in bundle.mjs.

test('runs, lists, numbers, blocks and texts without end are told as damage', async () => {
  const endless = [0xfe, 0xff, 0xff, 0xff, 0x0f];   // a count of 2^31 − 1
  // A run of values far longer than the page: all it may do is fill the page.
  assert.deepEqual([...(await readOne([[first(4), [6, 0, 0, 0, ...endless, 1, ...doubles(1, 2, 3, 4)]]])).features], [1, 2, 3, 4]);
  const dictionary = [{ type: 'DICTIONARY_PAGE', dictionary_page_header: { num_values: 2, encoding: 'PLAIN' } }, doubles(5, 6)];
  assert.deepEqual([...(await readOne([dictionary, [first(4, 'RLE_DICTIONARY'), [...allThere, 1, ...endless, 1]]])).features], [6, 6, 6, 6]);
  // The same of packed values, which have no bits.
  const second = (encoding, levels = [8, 1]) => ({
    type: 'DATA_PAGE_V2', data_page_header_v2: {
      num_values: 4, num_nulls: 0, num_rows: 4, encoding, definition_levels_byte_length: levels.length, repetition_levels_byte_length: 0, is_compressed: false,
    },
  });
  const packed = [0xff, 0xff, 0xff, 0xff, 0x0f];
  await refused(readOne([[second('RLE_DICTIONARY'), [8, 1, 0, ...packed]]]), 'corrupt_file', /'a'/);
  // Blocks without values, or with fewer than none.
  for (const head of [[0, 0], [0x80, 1, 0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x0f, 1]])
    for (const type of ['INT32', 'INT64'])
      await refused(readOne([[second('DELTA_BINARY_PACKED'), [8, 1, ...head, 4, 2, ...new Array(40).fill(0)]]], { type }), 'corrupt_file', /blocks without values/);
  // A literal of snappy that is longer than any: its length must not turn negative.
  await refused(readOne([[first(4), [38, 0xfc, 0xf0, 0xff, 0xff, 0xff, ...new Array(60).fill(0)]].map((part, at) => (at === 0 ? { ...part, uncompressed_page_size: 38 } : part))],
    { codec: 'SNAPPY' }), 'corrupt_file', /literal exceeds/);
  // A number of the footer that goes on and on, and a list that says it has two thousand million items.
  const { bytes, footer } = handmade([[first(4), [...allThere, ...doubles(1, 2, 3, 4)]]]);
  const withFooter = (content) => {
    const file = new Uint8Array(footer + content.length + 8);
    file.set(bytes.subarray(0, footer));
    file.set(content, footer);
    new DataView(file.buffer).setUint32(footer + content.length, content.length, true);
    file.set(bytes.subarray(-4), footer + content.length + 4);
    return file;
  };
  await refused(readParquet(withFooter(Uint8Array.from([0x36, ...new Array(200_000).fill(0x80)]))), 'corrupt_file', /a number without end/);
  await refused(readParquet(withFooter(Uint8Array.from([0x19, 0xfc, 0x80, 0x80, 0x80, 0x10, ...new Array(100).fill(0)]))), 'corrupt_file', /a list without end/);
});

test('texts that each repeat the one before cannot grow without end', async () => {
  // Each a byte longer than the last: 288 MB in all.
  const rows = 24_000, longest = new Uint8Array(rows), bytes = write([
    { name: 'a', data: Array.from(longest, (_, row) => longest.subarray(0, row)), type: 'BYTE_ARRAY', encoding: 'DELTA_BYTE_ARRAY', nullable: false },
  ], { codec: 'UNCOMPRESSED', pageSize: 2 ** 40, rowGroupSize: rows, statistics: false });
  assert.ok(bytes.length < 1e6, `${bytes.length}`);
  await refused(readParquet(bytes, { label: null, types: { a: 'categorical' } }), 'corrupt_file', /texts without end/);
});

test('encrypted files are told as that', async () => {
  const bytes = Uint8Array.from(fixture('plain.parquet'));
  bytes[3] = bytes[bytes.length - 1] = 'E'.charCodeAt(0);
  for (const read of [readParquet, readTable]) await refused(read(bytes), 'invalid_data', /encrypted/);
});

// ---- A file of its own ----------------------------------------------------------------

test('what reads Parquet is loaded when it is used, and not before', () => {
  const copy = join(temporary(), 'distillery');
  cpSync(installed, copy, { recursive: true });
  rmSync(join(copy, 'dist/parquet.js'));
  const program = `
    import { readCsv, readTable } from ${JSON.stringify(join(copy, 'dist/node.js'))};
    import { readFileSync } from 'node:fs';
    await readCsv(readFileSync(${JSON.stringify(join(folder, 'table.csv'))}), { missing: 'mean' });
    await readTable(readFileSync(${JSON.stringify(join(folder, 'plain.parquet'))})).catch(({ code, message }) => console.log(code, message));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.match(said, /^load_failed .*parquet\.js/);
});

test('the library comes with its licence, and is in no other file', () => {
  const dist = join(installed, 'dist');
  const text = readFileSync(join(dist, 'parquet.js'), 'utf8');
  for (const name of ['hyparquet', 'fzstd']) assert.ok(text.includes(readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8').trim()), name);
  for (const name of readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.js') && file !== 'parquet.js'))
    assert.doesNotMatch(readFileSync(join(dist, name), 'utf8'), /hyparquet|RLE_DICTIONARY/, name);
});

// ---- The command line -----------------------------------------------------------------

test('the command line distils and predicts from Parquet to the same bytes as from CSV', () => {
  const place = temporary(), { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const run = (given, input) => spawnSync(process.execPath, [join(installed, bin.distillery), ...given], { cwd: place, input, encoding: 'utf8' });
  const ok = (...given) => {
    const { status, stdout, stderr } = run(given);
    assert.ok(status === 0 || status === 4, stderr);
    return stdout;
  };
  const small = ['--missing', 'skip', '--bad-rows', 'skip', '--teachers', '2', '--teacher-hidden', '8', '--sizes', '2,4', '--seeds', '1', '--epochs', '3', '--temperature', '2', '--label', 'colour'];
  // Known by what is in it, whatever its name.
  writeFileSync(join(place, 'one.csv'), fixture('table.csv'));
  writeFileSync(join(place, 'two.csv'), fixture('row-groups.parquet'));
  for (const name of ['one', 'two']) ok('distil', `${name}.csv`, ...small, '--out', `${name}.safetensors`);
  const hash = (name) => sha256(readFileSync(join(place, name)));
  assert.equal(hash('two.safetensors'), hash('one.safetensors'));
  assert.equal(hash('two.schema.json'), hash('one.schema.json'));
  const few = ['--missing', 'skip'];
  writeFileSync(join(place, 'new.parquet'), write([
    ...['length', 'weight', 'count', 'big', 'byte', 'unsigned', 'huge', 'code', 'patient'].map((name) => ({ name, data: [1, 2, 3] })),
    { name: 'flag', data: [true, false, true] }, { name: 'kind', data: ['small', 'large', 'größer'], type: 'STRING' },
  ]));
  writeFileSync(join(place, 'new.csv'), 'length,weight,count,big,byte,unsigned,huge,code,patient,flag,kind\n1,1,1,1,1,1,1,1,1,1,small\n2,2,2,2,2,2,2,2,2,0,large\n3,3,3,3,3,3,3,3,3,1,größer\n');
  const predicted = ok('predict', 'two.safetensors', 'new.parquet');
  assert.equal(predicted.trim().split('\r\n').length, 4);
  assert.equal(predicted, ok('predict', 'one.safetensors', 'new.csv'));
  assert.equal(run(['predict', 'two.safetensors', '-'], readFileSync(join(place, 'new.parquet'))).stdout, predicted);
  const told = JSON.parse(ok('inspect', 'two.csv', ...few, '--json'));
  assert.deepEqual([told.kind, told.format.rowGroups, told.rows], ['parquet', 4, 43]);
  assert.match(ok('inspect', 'two.csv', ...few), /Parquet +two\.csv[^]*version 1, 4 row groups, by parquet-rs/);
  const wrong = run(['inspect', 'two.csv', '--delimiter', ';']);
  assert.deepEqual([wrong.status, /--delimiter: a Parquet file has none/.test(wrong.stderr)], [2, true], wrong.stderr);
  const broken = run(['inspect', '-'], fixture('plain.parquet').subarray(0, 3000));
  assert.deepEqual([broken.status, /not whole/.test(broken.stderr)], [3, true], broken.stderr);
});
