import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { distillery, readData } from './support.js';

const read = (text) => distillery.readCsv(new TextEncoder().encode(text));

test('the shipped sets have the rows, columns and classes that they are known for', async () => {
  const known = {
    tutorial: [5000, 20, 2], digits: [1797, 64, 10], satellite: [6435, 36, 6], letter: [20000, 16, 26],
  };
  for (const [name, expected] of Object.entries(known)) {
    const { features, labels, columns, classNames, columnNames } = await readData(name);
    assert.deepEqual([labels.length, columns, classNames.length], expected, name);
    assert.equal(features.length, labels.length * columns);
    assert.equal(columnNames.length, columns);
    assert.ok(labels.every((label) => label >= 0 && label < classNames.length));
    const counts = new Int32Array(classNames.length);
    for (const label of labels) ++counts[label];
    if (name === 'digits') assert.deepEqual([Math.min(...counts), Math.max(...counts)], [174, 183]);
    if (name === 'satellite') assert.deepEqual([Math.min(...counts), Math.max(...counts)], [626, 1533]);
    if (name === 'letter') assert.deepEqual([Math.min(...counts), Math.max(...counts)], [734, 813]);
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

test('gzip, a byte order mark and Windows line ends are all the same', async () => {
  const plain = await read('a,b,label\n1,2,x\n3,4,y\n');
  assert.deepEqual(plain.columnNames, ['a', 'b']);
  assert.deepEqual(await read('\uFEFFa,b,label\r\n1,2,x\r\n3,4,y\r\n'), plain);
  assert.deepEqual(await distillery.readCsv(gzipSync('a,b,label\n1,2,x\n3,4,y\n')), plain);
});

test('what is wrong is told with its line', async () => {
  const wrong = {
    '': 1, 'a\n1\n': 1, 'a,label\n': 2, 'a,label\n1\n': 2, 'a,label\n1,x\n,y\n': 3, 'a,label\n1,x\n0x10,y\n': 3, 'a,label\nNaN,x\n': 2,
    'a,label\n1,x\n\n2,y\n': 3, 'a,label\nInfinity,x\n': 2, 'a,label\n1e39,x\n': 2, 'a,label\n1,\n': 2, 'a,label\n"1",x\n': 2, 'a,label\n1,2,x\n': 2,
  };
  for (const [text, line] of Object.entries(wrong))
    await assert.rejects(read(text), (error) => error.code === 'invalid_data' && error.message.startsWith(`Line ${line}:`), JSON.stringify(text));
});
