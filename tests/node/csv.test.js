import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { codeOf, distillery, readData, root, sha256 } from './support.js';

const { createCsvReader, encodeRows, fillSchema, readCsv } = distillery;
const bytesOf = (text) => new TextEncoder().encode(text);
const read = (text, options) => readCsv(bytesOf(text), options);
const rowsOf = ({ features, columns }) => Array.from({ length: features.length / columns }, (_, row) => [...features.subarray(row * columns, (row + 1) * columns)]);
const refused = (call, code, message) => assert.rejects(call, (error) => {
  assert.ok(error instanceof distillery.DistilleryError, error.stack);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return true;
});

test('the shipped sets have the rows, columns and classes that they are known for', async () => {
  const known = {
    tutorial: [5000, 20, 2], digits: [1797, 64, 10], satellite: [6435, 36, 6], letter: [20000, 16, 26],
  };
  for (const [name, expected] of Object.entries(known)) {
    const { features, labels, columns, classNames, columnNames, classCounts } = await readData(name);
    assert.deepEqual([labels.length, columns, classNames.length], expected, name);
    assert.equal(features.length, labels.length * columns);
    assert.equal(columnNames.length, columns);
    assert.ok(labels.every((label) => label >= 0 && label < classNames.length));
    const counts = new Int32Array(classNames.length);
    for (const label of labels) ++counts[label];
    assert.deepEqual(classCounts, [...counts]);
    if (name === 'digits') assert.deepEqual([Math.min(...counts), Math.max(...counts)], [174, 183]);
    if (name === 'satellite') assert.deepEqual([Math.min(...counts), Math.max(...counts)], [626, 1533]);
    if (name === 'letter') assert.deepEqual([Math.min(...counts), Math.max(...counts)], [734, 813]);
  }
});

test('the shipped sets are the same bytes as ever', async () => {
  // As the first reader of this project, which split lines and fields as strings, gave them.
  const known = {
    tutorial: ['752b3359d58a22de', 'c5b9a8640fd01f6c'], digits: ['a627aed550b0b29b', '3a0e68456f9a3c60'],
    satellite: ['9515d2785cd891d5', '852381667163f6ba'], letter: ['b6d58d2a73f4d46b', 'aceaa0cbfbc5685e'],
  };
  for (const [name, expected] of Object.entries(known)) {
    const { features, labels } = await readData(name);
    const hash = ({ buffer, byteOffset, byteLength }) => sha256(new Uint8Array(buffer, byteOffset, byteLength)).slice(0, 16);
    assert.deepEqual([hash(features), hash(labels)], expected, name);
  }
});

test('numbers are the nearest double, then the nearest float', async () => {
  // Exactly between two floats as a decimal, a hair above it as a double: rounding once or twice differs.
  const { features } = await read('a,label\n0.1,x\n1e-3,y\n-.5,x\n+3.,y\n16777217,x\n1.00000005960464477540,y\n1e-50,x\n');
  assert.deepEqual([...features], [0.1, 1e-3, -0.5, 3, 16777217, 1.0000000596046448, 0].map(Math.fround));
});

test('classes are in order: by value where all are whole numbers, else by code point', async () => {
  assert.deepEqual((await read('a,label\n1,10\n1,9\n1,-1\n')).classNames, ['-1', '9', '10']);
  assert.deepEqual((await read('a,label\n1,10\n1,9\n1,b\n')).classNames, ['10', '9', 'b']);
  assert.deepEqual((await read('a,label\n1,\u{1F600}\n1,\uFF5E\n')).classNames, ['\uFF5E', '\u{1F600}']);
  assert.deepEqual([...(await read('a,label\n1,b\n1,a\n1,b')).labels], [1, 0, 1]);
});

test('gzip, a byte order mark and line ends change nothing in the table', async () => {
  const { format, ...plain } = await read('a,b,label\n1,2,x\n3,4,y\n');
  assert.deepEqual(plain.columnNames, ['a', 'b']);
  for (const text of ['\uFEFFa,b,label\r\n1,2,x\r\n3,4,y\r\n', 'a,b,label\r1,2,x\r3,4,y', ' a ,b\t, label\n 1,2 ,x\n\n3, "4" ,  "y"'])
    for (const bytes of [bytesOf(text), gzipSync(text)]) {
      const { format: other, ...table } = await readCsv(bytes);
      assert.deepEqual(table, plain, text);
      assert.equal(other.byteOrderMark, text.startsWith('\uFEFF'));
    }
});

test('the guesses rest on the same first bytes, however the file comes', () => {
  // Numbers prevail in the first 256 KB of the column, texts in the whole file, which is shorter than a thousand rows.
  const row = (at) => `${'p'.repeat(600)},${at < 230 ? at % 7 : 'abc'[at % 3]},${'xy'[at % 2]}\n`;
  const bytes = bytesOf('padding,a,label\n' + Array.from({ length: 600 }, (_, at) => row(at)).join(''));
  const outcome = (cut) => {
    const reader = createCsvReader({ ignore: ['padding'], badRows: 'skip' });
    for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) reader.push(piece);
    return reader.finish();
  };
  const expected = outcome(0);
  assert.deepEqual([expected.columnNames, expected.labels.length], [['a'], 230]);
  for (const cut of [1, 150_000, 250_000, 262_143, 262_144, 262_145, 300_000]) assert.deepEqual(outcome(cut), expected, `cut at ${cut}`);
});

test('a guess sees a row of values, however long the header is', async () => {
  const columns = 15_000, names = Array.from({ length: columns }, (_, column) => `longname${column}`);
  const row = (value) => `${`${value},`.repeat(columns)}x\n`;
  const table = await read(`${names.join()},label\n${row('category-p')}${row('category-q')}`, { header: true });
  assert.deepEqual([table.columns, table.columnNames[1]], [2 * columns, 'longname0=category-q']);
});

test('what is wrong is told with its line', async () => {
  const wrong = {
    '': 1, 'a\n1\n': 1, 'a,label\n': 2, 'a,label\n1\n': 2, 'a,label\n1,x\n,y\n': 3, 'a,label\n1,x\n0x10,y\n': 3, 'a,label\nNaN,x\n': 2,
    'a,label\n1,x\n\n"\n",y\n': 4, 'a,label\nInfinity,x\n': 2, 'a,label\n1e39,x\n': 2, 'a,label\n1,\n': 2, 'a,label\n"1"2,x\n': 2,
    'a,label\n1,2,x\n': 2, 'a,label\n"1': 2, 'a,label\r\n1,x\r\n\r\n1.5.,y': 4,
  };
  for (const [text, line] of Object.entries(wrong))
    await refused(read(text), 'invalid_data', new RegExp(`^Line ${line}:`));
});

test('every guess can be overruled', async () => {
  assert.deepEqual((await read('a;b,label\n1;2,x\n3;4,y\n', { delimiter: ',', types: { 'a;b': 'categorical' } })).columnNames, ['a;b=1;2', 'a;b=3;4']);
  assert.deepEqual((await read('x:1:2\ny:3:4\n', { delimiter: ':', label: 0 })).columnNames, ['column 2', 'column 3']);
  assert.deepEqual(rowsOf(await read('1,2,x\n3,4,y\n', { header: true })), [[3, 4]]);
  assert.equal((await read('a,b\nc,d\ne,d', { header: false })).labels.length, 3);
  assert.deepEqual(rowsOf(await read('a\tlabel\n1,234\tx\n2,000\ty\n', { decimal: ',' })), [[Math.fround(1.234)], [2]]);
  await refused(read('a\tlabel\n1,234\tx\n2,000\ty\n'), 'invalid_data', /^Line 2: '1,234' .*thousands.*decimal: ','/);
  await refused(read('a;label\n1,5;x\n2,5;y\n', { decimal: '.' }), 'invalid_data', /^Line 2: '1,5' .*decimal: ','/);
  assert.deepEqual((await read("a,label\n1,'x, y'\n2,z\n", { quote: "'" })).classNames, ['x, y', 'z']);
  assert.deepEqual((await read('a,label\n1,"x\n2,y"\n', { quote: '' })).classNames, ['"x', 'y"']);
  const western = Uint8Array.from([...bytesOf('a,label\n1,'), 0xc3, 0xa9, ...bytesOf('\n2,z\n')]);
  assert.deepEqual((await readCsv(western)).classNames, ['z', 'é']);
  assert.deepEqual((await readCsv(western, { encoding: 'windows-1252' })).classNames, ['z', 'Ã©']);
  const unmarked = Uint8Array.from(Buffer.from('a,label\n1,ß\n2,z\n', 'utf16le'));
  assert.deepEqual((await readCsv(unmarked, { encoding: 'utf-16le' })).classNames, ['z', 'ß']);
  assert.equal(await codeOf(() => readCsv(unmarked)), 'corrupt_file');
  assert.deepEqual((await read('zip,a,label\n10115,1,x\n20095,2,y\n', { types: { zip: 'categorical' } })).columnNames, ['zip=10115', 'zip=20095', 'a']);
});

test('an option that does not exist or cannot be is refused', async () => {
  const wrong = [
    { delimeter: ';' }, { delimiter: '' }, { delimiter: ',,' }, { delimiter: 'x' }, { delimiter: '"' }, { quote: 'é' }, { header: 1 }, { encoding: 'latin1' },
    { decimal: "'" }, { label: -1 }, { label: 'c' }, { label: 3 }, { group: 'c' }, { ignore: 'a' }, { ignore: ['c'] }, { types: { c: 'numeric' } },
    { types: { a: 'date' } }, { missing: 'zero' }, { missingValues: 'x' }, { badRows: 'keep' }, { unusable: 'keep' }, { maxLevels: 0 }, { rareLevels: 'drop' },
    { maxClasses: 1.5 }, { schema: {} }, { schema: null }, { progress: true }, { maxUnpackedBytes: 0 }, { label: 'a', ignore: ['a'] }, { delimiter: ',', decimal: ',' },
  ];
  for (const options of wrong)
    await refused(read('a,b,label\n1,2,x\n3,4,y\n', options), 'invalid_option', new RegExp(Object.keys(options)[0]));
  assert.equal(await codeOf(() => readCsv('a,label\n1,x\n')), 'invalid_option');
});

test('missing values are never filled by the reader: what a run learns from its training rows goes into the schema', async () => {
  const text = 'a,b,label\n1,10,x\n,20,y\n3,,x\n8,40,y\n100,1000,x\n';
  await refused(read(text), 'invalid_data', /^Line 3: the field in column 'a' has no value/);
  for (const missing of ['mean', 'median']) {
    const table = await read(text, { missing });
    assert.equal(table.imputation, missing);
    assert.deepEqual(rowsOf(table), [[1, 10], [NaN, 20], [3, NaN], [8, 40], [100, 1000]]);
    assert.deepEqual(table.missing, { a: 1, b: 1 });
    const filled = fillSchema(table.schema, Float32Array.of(4, 0.1));
    assert.deepEqual(filled.columns.map(({ fill }) => fill), [4, Math.fround(0.1)]);
    assert.deepEqual(fillSchema(filled, Float32Array.of(4, 0.1)), filled);
    assert.deepEqual(table.schema.columns.map(({ fill }) => fill), [undefined, undefined], 'the table is left as it was');
    for (const fills of [[], [4], [4, 5, 6]])
      assert.throws(() => fillSchema(table.schema, Float32Array.from(fills)), { code: 'shape_mismatch' });
    // New rows are filled by the same values.
    const schema = JSON.parse(JSON.stringify(filled));
    const again = await read('b,a\n,5\n6,\n', { schema });
    assert.deepEqual(rowsOf(again), [[5, Math.fround(0.1)], [4, 6]]);
    assert.equal(again.imputation, undefined, 'nothing is left to fill');
    assert.deepEqual([...encodeRows(schema, [{ a: null, b: 1 }])], [4, 1]);
  }
  const complete = await read('a,label\n1,x\n2,y\n');
  assert.equal(fillSchema(complete.schema, new Float32Array()), complete.schema);
});

test('rows without a value can be left out, and are told', async () => {
  // As many rows without a value as with one.
  assert.deepEqual(rowsOf(await read('a,label\n1,x\n,y\n3,y\n,x\n', { missing: 'skip' })), [[1], [3]]);
  const table = await read('a,label\n1,x\n?,y\n3,y\n', { missing: 'skip' });
  assert.deepEqual(rowsOf(table), [[1], [3]]);
  assert.deepEqual(table.skipped, { count: 1, rows: [{ line: 3, column: 1, name: 'a', reason: "the field in column 'a' has no value" }] });
  await refused(read('a,label\n1,x\n?,y\nz,y\n', { missing: 'skip' }), 'invalid_data', /^Line 4: 'z'/);
  assert.match(table.warnings.join(), /Rows left out: 1/);
});

test('of the rows that are left out the first hundred are told, and how many there are', async () => {
  const { skipped } = await read('a,label\n1,x\n' + 'z,y\n2,y\n'.repeat(150), { badRows: 'skip', types: { a: 'numeric' } });
  assert.equal(skipped.count, 150);
  assert.deepEqual(skipped.rows.map(({ line }) => line), Array.from({ length: 100 }, (_, index) => 3 + 2 * index));
});

test('what rows that are left out say is neither class, category nor group', async () => {
  const table = await read('c,g,a,label\np,g1,1,x\nq,g2,z,y\nr,g3,3,x\np,g1,4,w\n', { badRows: 'skip', group: 'g', types: { a: 'numeric' } });
  assert.deepEqual([table.classNames, table.columnNames, [...table.groups]], [['w', 'x'], ['c=p', 'c=r', 'a'], [0, 1, 0]]);
  const other = await read('g,a,label\ng1,1,x\ng2,2,\n,3,v\ng3,4,y\n', { badRows: 'skip', group: 'g' });
  assert.deepEqual([other.classNames, [...other.groups]], [['x', 'y'], [0, 1]]);
});

test('a value that is missing in a row that is left out is not counted', async () => {
  const table = await read('a,b,label\n,1,x\n,z,x\n,2,\n3,4,y\n', { missing: 'mean', badRows: 'skip', types: { b: 'numeric' } });
  assert.deepEqual([table.missing, table.skipped.count], [{ a: 1 }, 2]);
});

test('a column without any value is refused, or left out', async () => {
  const text = 'a,b,label\n1,,x\n2,,y\n';
  await refused(read(text, { missing: 'mean' }), 'invalid_data', /'b' has no value in any row.*ignore: \['b'\]/);
  const table = await read(text, { missing: 'mean', unusable: 'ignore' });
  assert.deepEqual([table.columnNames, [...table.features]], [['a'], [1, 2]]);
});

test('features that are the same in all rows stay, with a warning; so does a single class', async () => {
  const table = await read('a,b,label\n1,7,x\n2,7,x\n');
  assert.deepEqual(table.columnNames, ['a', 'b']);
  assert.match(table.warnings.join('\n'), /same in all rows: 1 \('b'\)/);
  assert.match(table.warnings.join('\n'), /All rows are of the same class/);
});

test('a schema reads other files alike: other order, more columns, no label, other spellings', async () => {
  const text = 'size,colour,label\n1,red,yes\n2,blue,no\n3,red,no\n4,green,yes\n5,blue,no\n';
  const table = await read(text, { maxLevels: 2 });
  assert.deepEqual(table.columnNames, ['size', 'colour=blue', 'colour=red', 'colour: other']);
  assert.deepEqual(rowsOf(table), [[1, 0, 1, 0], [2, 1, 0, 0], [3, 0, 1, 0], [4, 0, 0, 1], [5, 1, 0, 0]]);
  const schema = JSON.parse(JSON.stringify(table.schema));
  assert.deepEqual(schema, {
    version: 1, label: 'label', classNames: ['no', 'yes'], missing: 'stop',
    columns: [{ name: 'size', kind: 'numeric' }, { name: 'colour', kind: 'categorical', levels: ['blue', 'red'], other: true }],
  });
  const same = await read(text, { schema });
  assert.deepEqual([same.features, same.labels, same.columnNames, same.classNames], [table.features, table.labels, table.columnNames, table.classNames]);

  const other = await read('when;colour;size\n2024-01-01;red;1,5\n2024-01-02;mauve;2,5\n', { schema });
  assert.deepEqual(rowsOf(other), [[1.5, 0, 1, 0], [2.5, 0, 0, 1]]);
  assert.deepEqual([...other.labels], [-1, -1]);
  assert.deepEqual(other.classNames, ['no', 'yes']);
  assert.deepEqual([...(await read('label,colour,size\nyes,red,1\n', { schema })).labels], [1]);

  await refused(read('size,label\n1,yes\n', { schema, header: true }), 'invalid_data', /lacks columns.*'colour'/);
  await refused(read('size,colour,label\n1,red,perhaps\n', { schema }), 'invalid_data', /^Line 2: the class 'perhaps'/);
  assert.deepEqual(rowsOf(await read('size,colour,label\n1,red,perhaps\n', { schema, ignore: ['label'] })), [[1, 0, 1, 0]]);
  const known = { ...schema, columns: [schema.columns[0], { ...schema.columns[1], other: false }] };
  const unknown = await read('size,colour\n1,red\n2,mauve\n', { schema: known });
  assert.deepEqual(rowsOf(unknown), [[1, 0, 1], [2, 0, 0]]);
  assert.match(unknown.warnings.join(), /'mauve' in line 3/);
});

test('a schema of a file without header reads another one, by position', async () => {
  const { schema } = await read('1,2,x\n3,4,y\n');
  assert.deepEqual(rowsOf(await read('5,6\n7,8\n', { schema })), [[5, 6], [7, 8]]);
});

test('a file without a label: all columns are features, also a single one, and labels are −1', async () => {
  const { features, columns, labels, classNames, schema } = await read('x,class\n1,2\n3,4\n', { label: null });
  assert.deepEqual({ features: [...features], columns, labels: [...labels], classNames }, { features: [1, 2, 3, 4], columns: 2, labels: [-1, -1], classNames: [] });
  assert.equal(schema.label, '');
  assert.deepEqual(distillery.featureNames(schema.columns), ['x', 'class']);
  assert.deepEqual(rowsOf(await read('x\n1\n2\n', { label: null })), [[1], [2]]);
  await refused(() => read('x\n1\n2\n'), 'invalid_data', /at least two columns/);
  assert.deepEqual(rowsOf(await read('class,x\n7,8\n', { schema })), [[8, 7]]);
});

test('rows that are objects become the features that a file would have become', async () => {
  const { schema } = await read('size,colour,label\n1,red,yes\n2,blue,no\n3,red,no\n4,größer,yes\n');
  const rows = [{ size: 1.1, colour: 'red' }, { colour: 'größer', size: ' 2e3 ', more: 1 }, { size: '-0', colour: 'mauve' }];
  const file = await read('size,colour\n1.1,red\n2e3,größer\n-0,mauve\n', { schema });
  assert.deepEqual(encodeRows(schema, rows), file.features);
  for (const row of [{}, { size: 'x', colour: 'red' }, { size: NaN, colour: 'red' }, { size: 1e39, colour: 'red' }, { size: 1 }, { size: '0x10', colour: 'red' }])
    assert.throws(() => encodeRows(schema, [rows[0], row]), { code: 'invalid_data', message: /^Row 2: / });
  for (const wrong of [null, {}, { ...schema, version: 2 }, { ...schema, columns: [] }, { ...schema, columns: [{ name: 'a', kind: 'date' }] },
    { ...schema, classNames: ['a', 'a'] }, { ...schema, columns: [{ name: 'a', kind: 'numeric', fill: NaN }] }])
    assert.throws(() => encodeRows(wrong, rows), { code: 'invalid_option' });
});

const megabytes = bytesOf('a,b,label\n' + '1.5,-2.5,x\n3,4,y\n'.repeat(600_000));   // 10 MB

test('bytes, their buffer, a Blob and a stream give the same table, with progress', async () => {
  const expected = await readCsv(megabytes);
  const stream = () => new Blob([megabytes]).stream();
  const padded = new Uint8Array(megabytes.length + 9);
  padded.set(megabytes, 4);
  const sources = [megabytes.buffer, padded.subarray(4, -5), new Blob([megabytes]), stream(), gzipSync(megabytes), new Blob([gzipSync(megabytes)])];
  for (const source of sources) {
    const seen = [];
    assert.deepEqual(await readCsv(source, { progress: (progress) => seen.push(progress) }), expected);
    assert.ok(seen.length > (source instanceof ReadableStream ? 0 : 2));
    const last = seen.at(-1), size = source.size ?? source.byteLength;
    assert.equal(last.totalBytes, size ?? null);
    assert.equal(last.bytes, size ?? megabytes.length);
    assert.ok(seen.every(({ bytes, rows }, at) => at === 0 || (bytes >= seen[at - 1].bytes && rows >= seen[at - 1].rows)));
    assert.ok(last.rows > 1_000_000 && last.rows <= 1_200_000);
  }
});

test('a signal ends the reading, also of a stream that does not move', async () => {
  for (const source of [() => megabytes, () => new Blob([megabytes]), () => gzipSync(megabytes)]) {
    const controller = new AbortController();
    let calls = 0;
    await refused(readCsv(source(), { signal: controller.signal, progress() { ++calls; controller.abort(); } }), 'aborted', /aborted/);
    assert.equal(calls, 1);
  }
  await refused(readCsv(megabytes, { signal: AbortSignal.abort() }), 'aborted', /aborted/);
  for (const start of [bytesOf('a,label\n1,x\n'), Uint8Array.of(0x1f), gzipSync('a,label\n1,x\n').subarray(0, 20)]) {
    const controller = new AbortController();
    let cancelled = false;
    const stuck = new ReadableStream({ start: (stream) => stream.enqueue(start), cancel() { cancelled = true; } });
    setTimeout(() => controller.abort(), 5);
    await refused(readCsv(stuck, { signal: controller.signal }), 'aborted', /aborted/);
    assert.ok(cancelled);
  }
});

test('a stream that gives no bytes is refused', async () => {
  await refused(readCsv(new ReadableStream({ start(stream) { stream.enqueue('a,label\n1,x\n'); stream.close(); } })), 'invalid_option', /Uint8Array/);
});

test('a stream that breaks, and a progress function that throws, are told as what they are', async () => {
  for (const start of [bytesOf('a,label\n1,x\n'), gzipSync(megabytes).subarray(0, 1000)]) {
    let pulls = 0;
    const broken = new ReadableStream({ pull: (stream) => (pulls++ === 0 ? stream.enqueue(start) : stream.error(new Error('gone'))) });
    await refused(readCsv(broken), 'invalid_data', /could not be read to its end/);
  }
  await assert.rejects(readCsv(megabytes, { progress() { throw new RangeError('mine'); } }), RangeError);
});

test('a gzip file that is damaged, cut off or far too large is refused', async () => {
  const whole = gzipSync(megabytes);
  await refused(readCsv(whole.subarray(0, whole.length - 20)), 'corrupt_file', /gzip/);
  const damaged = Uint8Array.from(whole);
  damaged[damaged.length - 6] ^= 1;   // its checksum
  await refused(readCsv(damaged), 'corrupt_file', /gzip/);
  await refused(readCsv(Uint8Array.of(0x1f, 0x8b, 8, 0)), 'corrupt_file', /gzip/);
  await refused(readCsv(whole, { maxUnpackedBytes: megabytes.length - 1 }), 'invalid_data', /more than 10200009 bytes.*maxUnpackedBytes/);
  assert.equal((await readCsv(whole, { maxUnpackedBytes: megabytes.length })).labels.length, 1_200_000);
});

test('a reader that has finished or failed takes nothing more', () => {
  const done = createCsvReader();
  done.push(bytesOf('a,label\n1,x\n'));
  assert.equal(done.finish().labels.length, 1);
  assert.throws(() => done.push(bytesOf('2,y\n')), { code: 'wrong_state' });
  assert.throws(() => done.finish(), { code: 'wrong_state' });
  const failed = createCsvReader();
  failed.push(bytesOf('a,label\nz\n'));
  assert.throws(() => failed.finish(), { code: 'invalid_data' });
  assert.throws(() => failed.finish(), { code: 'wrong_state' });
});

test('a field or a row without end is refused', async () => {
  await refused(read(`a,label\n1,${'x'.repeat(65_537)}\n`), 'invalid_data', /^Line 2: the field in column 'label' is longer than 65536 bytes/);
  assert.equal((await read(`a,label\n1,${'x'.repeat(65_536)}\n2,y\n`)).classNames[0].length, 65_536);
  await refused(read(`a,label\n1,x\n"${'1,x\n'.repeat(5_000_000)}`), 'invalid_data', /^Line 3: a row of more than 16777216 bytes.* quote/);
});

test('more different texts than a category has are refused, wherever in the file they come', async () => {
  const text = 'a,c,label\n' + Array.from({ length: 40_000 }, (_, row) => `1,${row < 20_000 ? 'same' : `t${row}`},${'xy'[row % 2]}\n`).join('');
  await refused(read(text), 'invalid_data', /^Line 30001: 'c' has more than 10000 different texts.*ignore: \['c'\]/);
  const table = await read(text, { unusable: 'ignore' });
  assert.deepEqual([table.columnNames, table.labels.length], [['a'], 40_000]);
  assert.match(table.warnings.join(), /Left out: 'c' holds identifiers/);
});

test('the repository reads its own data the same from a file and from pieces', async () => {
  const file = readFileSync(join(root, 'data/letter.csv.gz'));
  let at = 0;
  const pieces = new ReadableStream({
    pull: (stream) => (at < file.length ? stream.enqueue(file.subarray(at, at = at === 0 ? 1 : at + 1001)) : stream.close()),
  });
  assert.deepEqual(await readCsv(pieces), await readCsv(file));
});
