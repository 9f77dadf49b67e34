import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { distillery, root } from './support.js';

// The files of tests/fixtures/csv: what each gives, or how it is refused.

const folder = join(root, 'tests/fixtures/csv');
const read = (name, options) => distillery.readCsv(readFileSync(join(folder, name)), options);
const refusal = async (name, options) => {
  try {
    await read(name, options);
  } catch (error) {
    assert.ok(error instanceof distillery.DistilleryError, `${name}: ${error.stack}`);
    return `${error.code}: ${error.message}`;
  }
  return 'none';
};
const lines = ({ skipped }) => skipped.rows.map(({ line }) => line);

/** names, rows of features, classes of the rows */
function holds(table, names, rows, classes) {
  assert.deepEqual(table.columnNames, names);
  assert.deepEqual([...table.features], rows.flat().map(Math.fround));
  assert.deepEqual([...table.labels].map((label) => table.classNames[label]), classes);
  assert.equal(table.columns, names.length);
}

test('a German Excel export has semicolons, decimal commas and a byte order mark', async () => {
  const table = await read('excel-german.csv');
  holds(table, ['Länge', 'Breite', 'Gewicht'], [[12.5, 3.25, 1000], [-0.75, 4, 2000], [0.01, 4.5, 3]], ['süß', 'sauer', 'süß']);
  assert.deepEqual(table.format, {
    encoding: 'utf-8', byteOrderMark: true, delimiter: ';', quote: '"', header: true, decimal: ',', lineEnd: '\r\n',
  });
});

test("Excel's Unicode text is UTF-16 with tabs", async () => {
  const table = await read('excel-unicode-text.txt');
  holds(table, ['Länge', 'Breite'], [[1.5, 2], [2.5, 3]], ['rot', 'grün 🌿']);
  assert.deepEqual([table.format.encoding, table.format.delimiter, table.format.byteOrderMark], ['utf-16le', '\t', true]);
});

test('UTF-16 may be big-endian', async () => {
  const table = await read('utf16-big-endian.csv');
  holds(table, ['a', 'b'], [[1, 2], [3, 4]], ['é', 'z']);
  assert.equal(table.format.encoding, 'utf-16be');
});

test('quoted fields hold delimiters, line ends and quotes, and lines are counted as an editor does', async () => {
  assert.match(await refusal('quotes-and-newlines.csv'), /^invalid_data: Line 8: 'oops' in column 'b, the second' is not a number/);
  const table = await read('quotes-and-newlines.csv', { badRows: 'skip' });
  holds(table, ['a', 'b, the second', 'note=said "no", then\r\nstayed', 'note=said "yes"\nand left'],
    [[1, 2, 0, 1], [3, 4, 1, 0], [5, 6, 0, 1]], ['x', 'y', 'x']);
  assert.deepEqual(table.skipped, { count: 1, rows: [{ line: 8, column: 2, name: 'b, the second', reason: "'oops' in column 'b, the second' is not a number" }] });
});

test('rows with a field too few or too many are bad, those with more delimiters at their end are not', async () => {
  assert.match(await refusal('ragged.csv'), /^invalid_data: Line 3: 2 fields, where the header has 3\. .*badRows: 'skip'/);
  const table = await read('ragged.csv', { badRows: 'skip' });
  holds(table, ['a', 'b'], [[1, 2], [5, 6], [10, 11], [12, 13]], ['x', 'y', 'y', 'x']);
  assert.deepEqual(lines(table), [3, 5]);
});

test('missing values have many spellings', async () => {
  assert.match(await refusal('missing-values.csv'), /^invalid_data: Line 2: the field in column 'b' has no value\. Choose missing/);
  holds(await read('missing-values.csv', { missing: 'skip' }), ['a', 'b', 'sign=+', 'sign=-'],
    [[8, 9, 1, 0], [10, 11, 0, 1]], ['y', 'x']);
  const marked = await read('missing-values.csv', { missing: 'median' });
  holds(marked, ['a', 'b', 'sign=+', 'sign=-'], [
    [1, NaN, 1, 0], [NaN, 2, 0, 1], [NaN, 3, 0, 0], [4, NaN, 1, 0], [5, NaN, 1, 0], [6, NaN, 0, 1], [NaN, 7, 0, 1], [8, 9, 1, 0], [10, 11, 0, 1],
  ], ['x', 'y', 'x', 'y', 'x', 'y', 'x', 'y', 'x']);
  assert.deepEqual(marked.missing, { a: 3, b: 4, sign: 1 });
});

test('a row without its class is bad; a lone minus is a class', async () => {
  assert.match(await refusal('missing-label.csv', { missing: 'mean' }), /^invalid_data: Line 3: the field in column 'label' is empty/);
  holds(await read('missing-label.csv', { badRows: 'skip' }), ['a', 'b'], [[1, 2], [7, 8]], ['x', '-']);
});

test('a delimiter at the end of every line makes no column', async () => {
  const table = await read('trailing-delimiter.csv');
  holds(table, ['a', 'b'], [[1, 2], [3, 4]], ['x', 'y']);
  assert.match(table.warnings.join(), /last column/);
  const named = await distillery.readCsv(new TextEncoder().encode('a,label,\n1,x,5\n2,y,6\n'));
  assert.deepEqual(named.columnNames, ['a', 'column 3'], 'it is one where there are values');
});

test('names that are there twice or not at all get others', async () => {
  const table = await read('duplicate-header.csv');
  holds(table, ['a', 'b', 'a_2', 'column 4', 'a_3'], [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]], ['x', 'y']);
  assert.match(table.warnings.join(), /'a_2', 'a_3'/);
  const taken = await distillery.readCsv(new TextEncoder().encode('a,a_2,a,a_2,label\n1,2,3,4,x\n5,6,7,8,y\n'));
  assert.deepEqual(taken.columnNames, ['a', 'a_2', 'a_3', 'a_2_2']);
});

test('a column of numbers with a text among them is a column of numbers, one of texts with numbers among them is not', async () => {
  assert.match(await refusal('mixed-types.csv'), /^invalid_data: Line 5: 'unknown' in column 'size' is not a number\. .*types/);
  holds(await read('mixed-types.csv', { missingValues: ['unknown'], missing: 'skip', types: { code: 'categorical' } }),
    ['code=17', 'code=A4', 'code=B5', 'size'], [[1, 0, 0, 1], [0, 1, 0, 2], [0, 0, 1, 3], [0, 0, 1, 5]], ['x', 'y', 'x', 'x']);
});

test('what is not UTF-8 is windows-1252, and that is told', async () => {
  const table = await read('windows-1252.csv');
  holds(table, ['größe', 'preis', 'herkunft=Köln – West', 'herkunft=Zürich'], [[1, 2, 1, 0], [3, 4, 0, 1], [5, 6, 1, 0]], ['“gut”', 'schlecht', '“gut”']);
  assert.equal(table.format.encoding, 'windows-1252');
  assert.match(table.warnings.join(), /windows-1252/);
  assert.match(await refusal('windows-1252.csv', { encoding: 'utf-8' }), /^corrupt_file: .*not UTF-8/);
});

test('where the header is not UTF-8 nothing is', async () => {
  const table = await distillery.readCsv(Uint8Array.from(Buffer.from('größe,label\n1,\xc3\xa9\n2,z\n', 'latin1')));
  assert.deepEqual([table.columnNames, table.classNames, table.format.encoding], [['größe'], ['z', 'Ã©'], 'windows-1252']);
});

test('windows-1252 has signs where Latin-1 has none', async () => {
  const signs = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';   // 0x80 … 0x9F, with a space for the five that are not used
  for (let byte = 0x80; byte <= 0xff; ++byte) {
    const expected = byte < 0xa0 ? signs[byte - 0x80] : String.fromCharCode(byte);
    if (expected === ' ') continue;
    const table = await distillery.readCsv(Uint8Array.from([...new TextEncoder().encode('a,label\n1,x'), byte, 0x0a]));
    assert.deepEqual(table.classNames, [`x${expected}`], byte.toString(16));
  }
});

test('only the first sign of a file is a byte order mark', async () => {
  const table = await distillery.readCsv(new TextEncoder().encode('a,label\n1,\uFEFFx\n2,y\n'));
  assert.deepEqual(table.classNames, ['y', '\uFEFFx']);
});

test('a header alone is no table', async () => {
  assert.match(await refusal('header-only.csv'), /^invalid_data: Line 2: there is no row/);
});

test('gzip is unpacked', async () => {
  holds(await read('gzipped.csv.gz'), ['a', 'b'], [[1, 2], [3, 4]], ['x', 'y']);
});

test('dates are refused with what to do, or left out', async () => {
  assert.match(await refusal('dates.csv'), /^invalid_data: .*'day' holds dates .*'taken' holds dates .*ignore: \['day', 'taken'\]/);
  const table = await read('dates.csv', { unusable: 'ignore' });
  holds(table, ['size'], [[1], [2]], ['x', 'y']);
  assert.match(table.warnings.join(), /Left out: 'day'/);
  assert.deepEqual((await read('dates.csv', { ignore: ['day', 1] })).columnNames, ['size']);
});

test("old Macs' line ends", async () => {
  const table = await read('mac-line-ends.csv');
  holds(table, ['a', 'b'], [[1, 2], [3, 4]], ['x', 'y']);
  assert.equal(table.format.lineEnd, '\r');
});

test('thousands separators are refused, not guessed', async () => {
  assert.match(await refusal('thousands-separators.csv'), /^invalid_data: Line 2: '1,234,567' in column 'price' seems to have thousands separators/);
  assert.match(await refusal('thousands-german.csv'), /^invalid_data: Line 2: '1\.234,5' in column 'a' seems to have thousands separators/);
  assert.match(await refusal('thousands-german.csv', { badRows: 'skip' }), /^invalid_data: Line 4: none of 2 rows can be used; the first, in line 2/);
});

test('a first row of numbers is no header', async () => {
  const table = await read('no-header.data');
  holds(table, ['column 1', 'column 2', 'column 3', 'column 4'], [[5.1, 3.5, 1.4, 0.2], [7, 3.2, 4.7, 1.4], [6.3, 3.3, 6, 2.5]],
    ['Iris-setosa', 'Iris-versicolor', 'Iris-virginica']);
  assert.equal(table.format.header, false);
});

test('a header may be numbers where one of them is a text', async () => {
  holds(await read('numbers-as-names.csv'), ['0', '1', '2'], [[0, 12, 255], [1, 0, 254]], ['3', '8']);
});

test('blank lines are no rows', async () => {
  holds(await read('blank-lines.csv'), ['a', 'b'], [[1, 2], [3, 4]], ['x', 'y']);
});

test('an index that was saved along is warned of', async () => {
  const table = await read('saved-index.csv');
  assert.deepEqual(table.columnNames, ['column 1', 'a']);
  assert.match(table.warnings.join(), /'column 1' only counts the rows/);
});

test('identifiers are refused with what to do, or left out', async () => {
  assert.match(await refusal('identifiers.csv'), /^invalid_data: .*'id' holds identifiers .*ignore: \['id'\]/);
  assert.deepEqual((await read('identifiers.csv', { ignore: ['id'] })).columnNames, ['a']);
  assert.deepEqual((await read('identifiers.csv', { unusable: 'ignore' })).columnNames, ['a']);
});

test('the most frequent categories become features, the others share one', async () => {
  const table = await read('many-categories.csv');
  const levels = table.columnNames.filter((name) => name.startsWith('city='));
  assert.equal(levels.length, 20);
  assert.deepEqual([...levels].sort(), levels);
  assert.ok(table.columnNames.includes('city: other'));
  assert.match(table.warnings.join(), /'city' has 26 categories.* 6 rarest, in 12 rows/);
  const others = table.columnNames.indexOf('city: other');
  let counted = 0;
  for (let row = 0; row < table.labels.length; ++row) {
    const ones = table.features.subarray(row * table.columns, row * table.columns + others + 1);
    assert.equal(ones.reduce((sum, value) => sum + value), 1);
    counted += ones[others];
  }
  assert.equal(counted, 12);
  assert.match(await refusal('many-categories.csv', { rareLevels: 'stop' }), /^invalid_data: 'city' has 26 categories/);
  assert.equal((await read('many-categories.csv', { maxLevels: 26 })).columns, 27);
});

test('the label is the column that is called so, else the last, or the one that is named', async () => {
  holds(await read('label-first.csv'), ['a', 'b'], [[1, 2], [3, 4]], ['x', 'y']);
  assert.equal((await read('label-first.csv')).schema.label, 'Class');
  const { schema } = await distillery.readCsv(new TextEncoder().encode('label,a,class\np,1,x\nq,2,y\n'), { ignore: ['label'] });
  assert.equal(schema.label, 'class');
  for (const label of ['b', 2]) assert.deepEqual((await read('label-first.csv', { label })).classNames, ['2', '4']);
});

test('a quantity is no label', async () => {
  assert.match(await refusal('price-as-label.csv'), /^invalid_data: .*40 classes.*'price' looks like a quantity/);
  assert.match(await refusal('price-as-label.csv', { maxClasses: 10 }), /^invalid_data: Line 12: 'price' has more than 10 classes/);
});

test('a group column becomes numbers by appearance', async () => {
  const table = await read('patients.csv', { group: 'patient' });
  holds(table, ['a', 'b'], [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]], ['x', 'y', 'x', 'x', 'y']);
  assert.deepEqual(table.groups, Int32Array.of(0, 0, 1, 0, 2));
});

test('fields with commas between pipes', async () => {
  holds(await read('pipes-with-commas.txt'), ['a', 'place=Bonn, Beuel', 'place=Köln, Deutz'], [[1, 1, 0], [2, 1, 0], [3, 0, 1]], ['x', 'y', 'x']);
});

test('of two delimiters that fit, the one with more fields is taken', async () => {
  const table = await distillery.readCsv(new TextEncoder().encode('a;b,c,label\np;q,r,x\np;s,t,y\n'));
  assert.deepEqual(table.columnNames, ['a;b=p;q', 'a;b=p;s', 'c=r', 'c=t']);
});

test('a quote that is never closed is told where it is opened', async () => {
  assert.match(await refusal('quote-never-closed.csv'), /^invalid_data: Line 3: a quote is opened and never closed/);
  assert.deepEqual(lines(await read('quote-never-closed.csv', { badRows: 'skip' })), [3]);
});

test('text after a closing quote makes a bad row', async () => {
  assert.match(await refusal('text-after-quote.csv'), /^invalid_data: Line 2: there is text between a closing quote/);
  assert.deepEqual(lines(await read('text-after-quote.csv', { badRows: 'skip' })), [2]);
});

test('a spreadsheet is no text', async () => {
  assert.match(await refusal('spreadsheet.xlsx.csv'), /^corrupt_file: .*Save a spreadsheet as CSV/);
});

test('wherever a file is cut into pieces, the table or the refusal is the same', async () => {
  const options = { badRows: 'skip', missing: 'mean', unusable: 'ignore' };
  const outcome = (pieces) => {
    try {
      const reader = distillery.createCsvReader(options);
      for (const piece of pieces) reader.push(piece);
      return reader.finish();
    } catch (error) {
      assert.ok(error instanceof distillery.DistilleryError, error.stack);
      return error.message;
    }
  };
  const names = [
    'excel-german.csv', 'excel-unicode-text.txt', 'utf16-big-endian.csv', 'quotes-and-newlines.csv', 'ragged.csv', 'missing-values.csv', 'windows-1252.csv',
    'mac-line-ends.csv', 'blank-lines.csv', 'quote-never-closed.csv', 'header-only.csv', 'spreadsheet.xlsx.csv', 'no-header.data',
  ];
  for (const name of names) {
    const bytes = readFileSync(join(folder, name)), whole = outcome([bytes]);
    assert.deepEqual(outcome(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))), whole, `${name}, byte by byte`);
    for (let at = 0; at <= bytes.length; ++at)
      assert.deepEqual(outcome([bytes.subarray(0, at), bytes.subarray(at)]), whole, `${name}, cut at ${at}`);
  }
});

test('a file longer than what the reader holds at a time may be cut anywhere, too', () => {
  // Every piece of this has a boundary that it must not be read across: quotes, doubled quotes, line ends of two bytes.
  const pattern = '12.5,"said ""no""\r\n""yes"", then",-3e-2,x\r\n4,plain,5,"y"\r\n,"a,b",77,"x"\r\n';
  const bytes = new TextEncoder().encode('a,note,b,label\r\n' + pattern.repeat(9000) + 'ragged\r\n');
  const read = (pieces) => {
    const reader = distillery.createCsvReader({ missing: 'mean', badRows: 'skip' });
    for (const piece of pieces) reader.push(piece);
    return reader.finish();
  };
  const whole = read([bytes]);
  assert.equal(whole.labels.length, 27_000);
  assert.equal(whole.skipped.rows[0].line, 1 + 4 * 9000 + 1);
  for (let at = 1; at <= pattern.length; ++at) assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 997) pieces.push(bytes.subarray(at, at + 997));
  assert.deepEqual(read(pieces), whole);
});
