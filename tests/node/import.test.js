import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { assertClose, onnxruntime } from './onnx-runtime.js';
import { randomModel, randomNumbers } from './random-models.js';
import { codeOf, distillery, exporters, importers, importSource, root } from './support.js';

// What PyTorch wrote (tests/fixtures/make_imports.py), what our exporters wrote, and what is written here by hand, which
// ONNX Runtime answers too.

const { fromJson, fromOnnx, fromSafetensors } = importers;
const { toJson, toOnnx } = exporters;
const instance = await distillery.loadDistillery();
const { readModel, writeModel } = await importSource('exporters/model-file');
const fixture = (name) => readFileSync(join(root, 'tests/fixtures', name));
after(() => assert.equal(instance.liveHandles(), 0, 'a handle is left'));

/** What the package answers to a model file. */
function logitsOf(file, rows) {
  const model = instance.loadModel(file);
  try {
    return model.logits(rows);
  } finally {
    model.dispose();
  }
}

/** The package takes the file; that is all. */
const loads = (file) => instance.loadModel(file).dispose();

/** Expects a DistilleryError of this code whose message says this. */
function refused(call, code, message) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof distillery.DistilleryError, String(error.stack));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

const float32 = (...values) => Float32Array.of(...values);
const bytesOf = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength);

// ---- from PyTorch ---------------------------------------------------------------------------------------------------
const answers = (() => {
  const records = {}, bytes = fixture('imports/answers.bin');
  for (let at = 0; at < bytes.length;) {
    const nameLength = bytes.readUInt32LE(at), name = bytes.toString('latin1', at + 4, at += 4 + nameLength);
    const count = bytes.readUInt32LE(at);
    records[name] = Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(at + 4 + 4 * i));
    at += 4 + 4 * count;
  }
  return records;
})();
const { rows, mean, scale } = answers, scaling = { mean, scale };
const pytorch = Object.fromEntries(['f32', 'f64', 'f16', 'bf16'].map((type) => [type, fixture(`imports/${type}.safetensors`)]));

for (const [type, file] of Object.entries(pytorch))
  test(`a network that PyTorch trained, saved as ${type}, answers as there`, () => {
    const imported = fromSafetensors(file, scaling);
    assertClose(logitsOf(imported, rows), answers[type], type);
    assert.deepEqual(readModel(imported).classNames, ['0', '1', '2']);
  });

test('what PyTorch answers differs by the type of its weights, and by more than the tests allow', () => {
  for (const type of ['f16', 'bf16']) assert.throws(() => assertClose(answers[type], answers.f32, type), { code: 'ERR_ASSERTION' });
});

for (const name of ['gemm', 'dropout', 'matmul'])
  test(`${name}.onnx, exported by PyTorch, answers as there`, () => {
    const imported = fromOnnx(fixture(`imports/${name}.onnx`));
    assertClose(logitsOf(imported, rows), answers[name], name);
    assert.deepEqual(readModel(imported).layers.map(({ inputs, outputs }) => [inputs, outputs]), [[6, 16], [16, 16], [16, 16], [16, 16], [16, 3]]);
  });

test('the options name classes and scaling', () => {
  const classNames = ['un', 'deux', 'trois ✓'];
  for (const file of [fromSafetensors(pytorch.f32, { ...scaling, classNames }), fromOnnx(fixture('imports/gemm.onnx'), { classNames })]) {
    const model = readModel(file);
    assert.deepEqual(model.classNames, classNames);
    assert.deepEqual(model.mean, mean);
    assert.deepEqual(model.scale, scale);
  }
  const plain = readModel(fromSafetensors(pytorch.f32)), half = readModel(fromSafetensors(pytorch.f32, { scale: [1, 2, 3, 4, 5, 6] }));
  assert.deepEqual([plain.mean, plain.scale], [new Float32Array(6), new Float32Array(6).fill(1)]);
  assert.deepEqual([half.mean, half.scale], [new Float32Array(6), float32(1, 2, 3, 4, 5, 6)]);
});

// ---- safetensors of other forms -------------------------------------------------------------------------------------
const headerOf = (file) => Buffer.from(file).toString('utf8', 8, 8 + Number(Buffer.from(file).readBigUInt64LE()));
const dataOf = (file) => Buffer.from(file).subarray(8 + Number(Buffer.from(file).readBigUInt64LE()));

function compose(header, data) {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header)), front = Buffer.alloc(8);
  front.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([front, text, data]));
}

/** { name: { shape, values } } as a safetensors file of F32. */
function safetensors(tensors, change = {}) {
  let at = 0;
  const header = Object.fromEntries(Object.entries(tensors).map(([name, { shape, values }]) =>
    [name, { dtype: 'F32', shape, data_offsets: [at, at += 4 * values.length] }]));
  return compose({ ...header, ...change }, Buffer.concat(Object.values(tensors).map(({ values }) => bytesOf(Float32Array.from(values)))));
}

const renamed = (file, rename) => compose(headerOf(file).replace(/"(\d+)\.(weight|bias)"/g, (_, layer, part) => `"${rename(layer)}${part}"`), dataOf(file));

test('layers are found by the natural order of whatever they are called', () => {
  const expected = fromSafetensors(pytorch.f32);
  for (const rename of [(l) => `layers.${l}.`, (l) => `net.fc${l}.linear.`, (l) => `${l}/x.`, (l) => `${'0'.repeat(3)}${l}.`, (l) => `${l === '9' ? '0009' : l}.`])
    assert.deepEqual(fromSafetensors(renamed(pytorch.f32, rename)), expected, rename(7));
  // 12 comes before 3 where names are sorted sign by sign: the shapes show that.
  refused(() => fromSafetensors(renamed(pytorch.f32, (l) => `${l.length > 1 ? 'a' : 'b'}${l}.`)), 'unsupported_model',
    /'b0' takes 6 values, and 'a12' before it gives 3\. Layers come in the natural order of their names, or as the option layers says/);
});

test('an order can be given, and another gives another network', () => {
  const letters = { 0: 'in', 3: 'square', 6: 'circle', 9: 'box', 12: 'answer' };
  const file = renamed(pytorch.f32, (l) => `${letters[l]}.`), expected = fromSafetensors(pytorch.f32);
  assert.deepEqual(fromSafetensors(file, { layers: ['in', 'square', 'circle', 'box', 'answer'] }), expected);
  assert.notDeepEqual(fromSafetensors(file, { layers: ['in', 'circle', 'square', 'box', 'answer'] }), expected);
  for (const layers of [['in'], ['in', 'square', 'circle', 'box', 'answer', 'in'], ['in', 'in', 'circle', 'box', 'answer'], ['in', 'square', 'circle', 'box', 'other'], 'in', [0, 1, 2, 3, 4]])
    refused(() => fromSafetensors(file, { layers }), 'invalid_option', /layers must name each once: 'answer', 'box', 'circle', 'in', 'square'/);
});

test('a single matrix without a bias is a network', () => {
  const file = fromSafetensors(safetensors({ weight: { shape: [2, 3], values: [1, 2, 3, -4, 5, -6] } }));
  assert.deepEqual([...logitsOf(file, float32(1, 10, 100))], [321, -554]);
});

test('halves and bfloat16 become floats exactly, and no float loses a bit', () => {
  const bits = Uint16Array.of(0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x3555);
  const halves = [0, -0, 2 ** -24, -1023 * 2 ** -24, 2 ** -14, 1, -2, 65504, 1365 * 2 ** -12];
  const brains = [0, -0, 2 ** -133, -0.7709425 * 2 ** -5, 0, 0.0078125, -2, 0, 0].length;   // how many there are
  const weightOf = (dtype, values, size) => readModel(fromSafetensors(compose(
    { weight: { dtype, shape: [values.length, 1], data_offsets: [0, size * values.length] } }, bytesOf(values)))).layers[0].weight;
  assert.deepEqual([...weightOf('F16', bits, 2)], halves);
  const words = new Float32Array(Uint32Array.from(bits, (word) => word * 65536).buffer);
  assert.equal(words.length, brains);
  assert.deepEqual([...weightOf('BF16', bits, 2)], [...words]);
  const floats = float32(-0, 2 ** -149, 3.4028234663852886e38, 1 / 3);
  assert.deepEqual([...weightOf('F32', floats, 4)], [...floats]);
  assert.deepEqual([...weightOf('F64', Float64Array.of(1 / 3, 1 + 2 ** -24, -1e-50), 8)], [Math.fround(1 / 3), 1, -0]);
});

test('a safetensors file of another network is refused by what does not fit', () => {
  const linear = { '0.weight': { shape: [3, 2], values: Array(6).fill(1) }, '0.bias': { shape: [3], values: [1, 2, 3] } };
  const with_ = (name, shape) => safetensors({ ...linear, [name]: { shape, values: Array(shape.reduce((a, b) => a * b, 1)).fill(1) } });
  const wide = (outputs, inputs) => safetensors({ weight: { shape: [outputs, inputs], values: new Float32Array(outputs * inputs) } });
  for (const [file, message] of [
    [with_('1.weight', [3]), /'1\.weight' has the shape \[3\]; only the matrices of Linear layers are taken/],
    [with_('1.weight', [2, 3, 1]), /'1\.weight' has the shape \[2,3,1\]/],
    [with_('1.weight', []), /'1\.weight' has the shape \[\]/],
    [with_('1.weight', [0, 3]), /'1\.weight' has the shape \[0,3\]/],
    [with_('1.running_mean', [3]), /'1\.running_mean' is no weight or bias of a Linear layer/],
    [with_('1.bias', [3]), /'1' has a bias and no weight/],
    [with_('1.weight', [2, 4]), /'1' takes 4 values, and '0' before it gives 3/],
    [safetensors({ '0.weight': linear['0.weight'], '0.bias': { shape: [2], values: [1, 2] } }), /'0\.bias' does not fit its weight of 3 outputs/],
    [safetensors({ '0.weight': linear['0.weight'], '0.bias': { shape: [3, 1], values: [1, 2, 3] } }), /'0\.bias' does not fit/],
    [safetensors({}), /it has 0 layers; 1 to 17 are possible/],
    [safetensors(Object.fromEntries(Array.from({ length: 18 }, (_, l) => [`${l}.weight`, { shape: [2, 2], values: [1, 0, 0, 1] }]))), /it has 18 layers/],
    [safetensors(linear, { n: { dtype: 'I64', shape: [], data_offsets: [36, 36] } }), /'n' has elements 'I64'; F32, F64, F16 and BF16 are taken/],
    [safetensors(linear, { n: { dtype: 'I8', shape: [0], data_offsets: [36, 36] } }), /'n' has elements 'I8'/],
    [wide(1, 5), /it has 1 outputs, which are no 2 to 1,000 classes/],
    [wide(1001, 1), /it has 1001 outputs/],
    [safetensors({ weight: { shape: [2, 1], values: [1, NaN] } }), /a value is not a finite number/],
    [compose({ weight: { dtype: 'F16', shape: [2, 1], data_offsets: [0, 4] } }, bytesOf(Uint16Array.of(0x3c00, 0x7c00))), /a value is not a finite number/],
    [safetensors({ '0.weight': { shape: [65536, 1], values: new Float32Array(65536) }, '1.weight': { shape: [2, 65536], values: new Float32Array(131072) } }), /a layer is too wide/],
  ]) refused(() => fromSafetensors(file), 'unsupported_model', message);
});

test('a safetensors file that lies about its bytes is refused', () => {
  const tensor = { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] }, data = Buffer.alloc(8);
  assert.equal(readModel(fromSafetensors(compose({ weight: tensor }, data))).layers.length, 1);
  for (const change of [{ data_offsets: [0, 12] }, { data_offsets: [0, 4] }, { data_offsets: [4, 12] }, { data_offsets: [8, 0] }, { data_offsets: [-8, 0] },
    { data_offsets: [0, 1e300] }, { shape: [3, 1], data_offsets: [0, 12] }, { data_offsets: [0] }, { data_offsets: null }, { shape: [2, 2] }, { shape: [2, 0.5] }, { shape: [-2, -1] }, { shape: '21' },
    { shape: [1e200, 1e200] }, { dtype: 4 }, { dtype: undefined }])
    refused(() => fromSafetensors(compose({ weight: { ...tensor, ...change } }, data)), 'corrupt_file', /safetensors file cannot be read/);
  refused(() => fromSafetensors(compose({ weight: tensor }, Buffer.alloc(9))), 'corrupt_file', /not the length that its header says/);
  refused(() => fromSafetensors(compose({ weight: tensor, bias: tensor }, data)), 'corrupt_file', /'(weight|bias)' does not begin where the tensor before it ends/);
  refused(() => fromSafetensors(compose({ weight: null }, data)), 'corrupt_file', /its header lacks a part/);
  for (const header of ['', '[]', '{', '['.repeat(100_000), '{"a":'.repeat(100_000), 'null'])
    refused(() => fromSafetensors(compose(header, data)), 'corrupt_file', /its header cannot be read|lacks a part|safetensors/);
  refused(() => fromSafetensors(new Uint8Array(7)), 'corrupt_file', /it ends too early/);
  refused(() => fromSafetensors(new Uint8Array(64).fill(255)), 'corrupt_file', /longer than the file/);
});

// ---- round trips ----------------------------------------------------------------------------------------------------
const models = Array.from({ length: 40 }, (_, seed) => randomModel(instance, seed, 100));

test('what was exported comes back to the same bytes, of int8 the rounded weights', () => {
  for (const { file, reference } of models) {
    assert.deepEqual(fromSafetensors(file), file);
    for (const weights of ['float32', 'int8']) {
      const options = { weights, featureNames: Array.from(readModel(file).mean, (_, i) => `f${i}`) };
      assert.deepEqual(fromOnnx(toOnnx(file, options)), reference[weights]);
      assert.deepEqual(fromJson(toJson(file, options)), reference[weights]);
      assert.deepEqual(fromJson(new TextEncoder().encode(toJson(file, options))), reference[weights]);
    }
  }
});

test('numbers at the limits and hostile class names come back to the same bytes', () => {
  const classNames = ['"', '\\', '\n', '</script>', 'zwölf ✓ 🙂', '\u2028', '\ufeff', '', 'constructor', '__proto__', '\0'];
  const weight = Float32Array.from({ length: 44 }, (_, i) => [-0, 2 ** -149, -(2 ** -126), 3.4028234663852886e38, 1 / 3, 0][i % 6]);
  const bias = Float32Array.from(classNames, (_, c) => [-0, -(2 ** -149), 0.1][c % 3]);
  const file = writeModel({ layers: [{ inputs: 4, outputs: 11, weight, bias }], mean: float32(-0, 1e-45, 5, 0), scale: float32(1, 2 ** -149, 3e38, 1 / 3),
    classNames, dropout: float32() });
  for (const again of [fromSafetensors(file), fromOnnx(toOnnx(file)), fromJson(toJson(file))]) assert.deepEqual(again, file);
});

test('of a file of an earlier version all comes back but dropout, which exports do not hold', () => {
  const golden = new Uint8Array(fixture('model-v1.safetensors'));
  assert.deepEqual(fromSafetensors(golden), golden);
  const { dropout, ...model } = readModel(golden);
  assert.equal(dropout.length, 1);
  for (const again of [fromOnnx(toOnnx(golden)), fromJson(toJson(golden))])
    assert.deepEqual(again, writeModel({ ...model, dropout: float32() }));
});

// ---- ONNX by hand ---------------------------------------------------------------------------------------------------
/** A varint of 64 bits, two's complement. */
function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** Fields [number, value] of Protocol Buffers: whole numbers, floats ({ float }), texts, bytes, and messages as arrays. */
const message = (...fields) => encoded(fields);
function encoded(fields) {
  return Buffer.concat(fields.flatMap(([number, value]) => {
    if (typeof value === 'number') return [varint(number * 8), varint(value)];
    if (value.float !== undefined) return [varint(number * 8 + 5), bytesOf(float32(value.float))];
    const content = Array.isArray(value) ? encoded(value) : Buffer.from(value);
    return [varint(number * 8 + 2), varint(content.length), content];
  }));
}

const attribute = ([name, value]) => [5, [[1, name], ...(Number.isInteger(value) && !/alpha|beta/.test(name) ? [[3, value], [20, 2]]
  : typeof value === 'number' ? [[2, { float: value }], [20, 1]] : value)]];
const node = (operator, inputs, outputs, attributes = {}, more = []) => [1, [
  ...inputs.map((name) => [1, name]), ...[outputs].flat().map((name) => [2, name]), [3, `the ${operator} that makes ${[outputs].flat()[0]}`], [4, operator],
  ...Object.entries(attributes).map(attribute), ...more]];
const tensor = (shape, values, type = 1, field = 9) => [...shape.map((extent) => [1, extent]), [2, type], [field, values instanceof Buffer ? values : bytesOf(values)]];
const constant = (name, shape, values, ...how) => [5, [...tensor(shape, Float32Array.from(values), ...how), [8, name]]];
const info = (field, name, elements = 1) => [field, [[1, name], [2, [[1, [[1, elements]]]]]]];
const opset = (version) => [8, [[1, ''], [2, version]]];

const onnx = (graph, { version = 17, inputs = ['x'], outputs = ['y'], more = [] } = {}) => new Uint8Array(message(
  [1, 8], [7, [...graph, [2, 'by hand'], ...inputs.map((name) => info(11, name)), ...outputs.map((name) => info(12, name))]], opset(version), ...more));

/** Numbers that are short as decimals, so that what a test says of them is easy to check. */
const some = (count, of) => Array.from({ length: count }, (_, i) => ((i * 7 + of * 5) % 11 - 5) / 4);
const w1 = constant('w1', [3, 4], some(12, 1)), b1 = constant('b1', [4], some(4, 2)), w2 = constant('w2', [4, 2], some(8, 3)), b2 = constant('b2', [2], some(2, 4));
const tail = (from) => [w2, b2, node('Relu', [from], 'h'), node('Gemm', ['h', 'w2', 'b2'], 'y')];
const testRows = Float32Array.from({ length: 30 }, (_, i) => ((i * 13) % 17 - 8) / 3);

const networks = {
  'Gemm as it is': [w1, b1, node('Gemm', ['x', 'w1', 'b1'], 's'), ...tail('s')],
  'Gemm with transB, alpha and beta': [constant('t', [4, 3], some(12, 5)), b1, node('Gemm', ['x', 't', 'b1'], 's', { transB: 1, alpha: 0.5, beta: -2, transA: 0 }), ...tail('s')],
  'Gemm without a bias': [w1, node('Gemm', ['x', 'w1'], 's'), ...tail('s')],
  'Gemm with a number as bias': [w1, constant('c', [], [0.75]), node('Gemm', ['x', 'w1', 'c'], 's'), ...tail('s')],
  'Gemm with a row as bias': [w1, constant('c', [1, 4], some(4, 6)), node('Gemm', ['x', 'w1', 'c'], 's'), ...tail('s')],
  'MatMul alone': [w1, node('MatMul', ['x', 'w1'], 's'), ...tail('s')],
  'MatMul and Add': [w1, b1, node('MatMul', ['x', 'w1'], 'm'), node('Add', ['m', 'b1'], 's'), ...tail('s')],
  'MatMul and Add, the constant first': [w1, b1, node('MatMul', ['x', 'w1'], 'm'), node('Add', ['b1', 'm'], 's'), ...tail('s')],
  'MatMul and Sub': [w1, b1, node('MatMul', ['x', 'w1'], 'm'), node('Sub', ['m', 'b1'], 's'), ...tail('s')],
  'Gemm and two Adds, one of a number': [w1, b1, constant('c', [1], [2]), node('Gemm', ['x', 'w1', 'b1'], 'g'), node('Add', ['g', 'c'], 'a'), node('Add', ['b1', 'a'], 's'), ...tail('s')],
  'one layer': [constant('w', [3, 2], some(6, 1)), node('MatMul', ['x', 'w'], 'y')],
  'Sub and Div': [constant('m', [3], [1, -2, 0.5]), constant('d', [1, 3], [2, 4, 0.5]), w1, node('Sub', ['x', 'm'], 'c'), node('Div', ['c', 'd'], 'z'), node('MatMul', ['z', 'w1'], 's'), ...tail('s')],
  'Mul and Add, constants first': [constant('m', [3], [2, 0.5, 3]), constant('a', [3], [-1, 2, 0.25]), w1, node('Mul', ['m', 'x'], 'c'), node('Add', ['a', 'c'], 'z'), node('MatMul', ['z', 'w1'], 's'), ...tail('s')],
  'Div, Sub, Mul, Add, of numbers too': [constant('d', [], [4]), constant('m', [3], [1, -2, 0.5]), constant('f', [1], [8]), constant('a', [1, 1], [-3]), w1,
    node('Div', ['x', 'd'], 'p'), node('Sub', ['p', 'm'], 'q'), node('Mul', ['q', 'f'], 'r'), node('Add', ['r', 'a'], 'z'), node('MatMul', ['z', 'w1'], 's'), ...tail('s')],
  'float_data': [constant('w1', [3, 4], some(12, 7), 1, 4), node('MatMul', ['x', 'w1'], 's'), ...tail('s')],
  'Constant nodes': [node('Constant', [], 'w1', { value: [[5, tensor([3, 4], float32(...some(12, 8)))], [20, 4]] }),
    node('Constant', [], 'k', { value_float: 1.5 }), node('Constant', [], 'l', { value_floats: [[7, bytesOf(float32(1, 2, 3, 4))], [20, 6]] }),
    node('MatMul', ['x', 'w1'], 'm'), node('Add', ['m', 'k'], 'n'), node('Add', ['n', 'l'], 's'), ...tail('s')],
  'Identity of constants': [w1, node('Identity', ['w1'], 'i'), node('Identity', ['i'], 'j'), node('MatMul', ['x', 'j'], 's'), ...tail('s')],
  'Identity, Dropout and Flatten': [w1, node('Flatten', ['x'], 'f', { axis: 1 }), node('Identity', ['f'], 'i'), node('MatMul', ['i', 'w1'], 'm'), node('Dropout', ['m'], ['s', 'mask']), ...tail('s')],
  'int8 with zero points, by column': [[5, [...tensor([3, 4], Int8Array.from(some(12, 9), (v) => v * 40), 3), [8, 'q']]], constant('k', [4], [0.5, 0.25, 0.125, 1]),
    [5, [...tensor([4], Int8Array.of(1, -2, 3, 0), 3), [8, 'z']]], node('DequantizeLinear', ['q', 'k', 'z'], 'w1', { axis: -1 }), node('MatMul', ['x', 'w1'], 's'), ...tail('s')],
  'int8 with one scale': [[5, [...tensor([3, 4], Int8Array.from(some(12, 9), (v) => v * 40), 3), [8, 'q']]], constant('k', [], [0.125]),
    node('DequantizeLinear', ['q', 'k'], 'w1'), node('MatMul', ['x', 'w1'], 's'), ...tail('s')],
  'initialisers that are inputs too': [w1, info(11, 'w1'), node('MatMul', ['x', 'w1'], 's'), ...tail('s')],
  'a branch that is not asked for': [w1, node('MatMul', ['x', 'w1'], 's'), node('Sigmoid', ['s'], 'other'), ...tail('s')],
};

for (const [name, graph] of Object.entries(networks))
  test(`ONNX by hand, ${name}: answers as ONNX Runtime does`, async () => {
    const file = onnx(graph);
    const session = await onnxruntime.InferenceSession.create(file, { logSeverityLevel: 3 });
    const { y } = await session.run({ x: new onnxruntime.Tensor('float32', testRows, [10, 3]) });
    await session.release();
    assert.ok(new Set(y.data).size > 10, 'too little to tell networks apart by');
    assertClose(logitsOf(fromOnnx(file), testRows), y.data, name);
  });

test('doubles, halves, bfloat16 and whole numbers in ONNX are read in every form', () => {
  const values = [1, -0.5, 2, 0.25, -3, 4], halves = [0x3c00, 0xb800, 0x4000, 0x3400, 0xc200, 0x4400], brains = [0x3f80, 0xbf00, 0x4000, 0x3e80, 0xc040, 0x4080];
  const expected = fromOnnx(onnx([constant('w', [3, 2], values), node('MatMul', ['x', 'w'], 'y')]));
  for (const [what, ...content] of [
    ['raw doubles', Float64Array.from(values), 11], ['double_data', Float64Array.from(values), 11, 10],
    ['raw halves', Uint16Array.from(halves), 10], ['halves in int32_data', Buffer.concat(halves.map(varint)), 10, 5],
    ['raw bfloat16', Uint16Array.from(brains), 16], ['bfloat16 in int32_data', Buffer.concat(brains.map(varint)), 16, 5],
  ]) assert.deepEqual(fromOnnx(onnx([[5, [...tensor([3, 2], ...content), [8, 'w']]], node('MatMul', ['x', 'w'], 'y')])), expected, what);
  const oneByOne = [...[3, 2].map((extent) => [1, extent]), [2, 10], ...halves.map((half) => [5, half]), [8, 'w']];
  assert.deepEqual(fromOnnx(onnx([[5, oneByOne], node('MatMul', ['x', 'w'], 'y')])), expected);
  const leftOut = [constant('w', [3, 2], values), node('Gemm', ['x', 'w'], 'y', { transB: [[20, 2]] })];   // a 0, as some writers have it
  assert.deepEqual(fromOnnx(onnx(leftOut)), expected);
  const packedShape = [[1, Buffer.from([3, 2])], [2, 1], [9, bytesOf(Float32Array.from(values))], [8, 'w']];
  assert.deepEqual(fromOnnx(onnx([[5, packedShape], node('MatMul', ['x', 'w'], 'y')])), expected);
});

test('a last Softmax or LogSoftmax is left out, and another output can be asked for', () => {
  const layer = [w1, node('MatMul', ['x', 'w1'], 'y')], expected = fromOnnx(onnx(layer));
  for (const last of [node('Softmax', ['y'], 'p', { axis: -1 }), node('Softmax', ['y'], 'p'), node('LogSoftmax', ['y'], 'p', { axis: 1 })])
    assert.deepEqual(fromOnnx(onnx([...layer, last, node('Identity', ['p'], 'out')], { outputs: ['out'] })), expected);
  const twice = onnx([...layer, node('Sigmoid', ['y'], 's')], { outputs: ['s', 'y'] });
  assert.deepEqual(fromOnnx(twice, { output: 'y' }), expected);
  refused(() => fromOnnx(twice), 'unsupported_model', /'the Sigmoid that makes \w+', Sigmoid/);
  refused(() => fromOnnx(twice, { output: 'z' }), 'invalid_option', /output: there is no 'z'\. There are 's', 'y'/);
});

test('class names of another file are taken where they are a JSON array of texts', () => {
  const layer = [constant('w', [3, 2], some(6, 1)), node('MatMul', ['x', 'w'], 'y')];
  const namesOf = (...metadata) => readModel(fromOnnx(onnx(layer, { more: metadata.map(([key, value]) => [14, [[1, key], [2, value]]]) }))).classNames;
  assert.deepEqual(namesOf(['author', 'x'], ['class_names', '["no","yes"]']), ['no', 'yes']);
  for (const value of ['', '{', '{"0":"no"}', '[1,2]', 'null']) assert.deepEqual(namesOf(['class_names', value]), ['0', '1']);
  for (const [value, message] of [['["a"]', /class names do not fit/], ['["a","a"]', /one name/], ['["a","\\ud800"]', /not Unicode/]])
    refused(() => namesOf(['class_names', value]), 'unsupported_model', message);
});

test('what an ONNX network has that ours have not is refused by node and operator', () => {
  const layer = (...inputs) => node('MatMul', inputs, 'y'), vector = (name, length, value = 1) => constant(name, [length], Array(length).fill(value));
  const chain = (...nodes) => nodes.map(([operator, ...constants], i) => node(operator, [i === 0 ? 'x' : `n${i}`, ...constants], i === nodes.length - 1 ? 'y' : `n${i + 1}`));
  for (const [graph, message, options] of [
    [[w1, node('MatMul', ['x', 'w1'], 's'), node('Sigmoid', ['s'], 'y')], /the node 'the Sigmoid that makes \w+', Sigmoid: this operator is not taken\. There may be Sub, Div, Mul and Add in front.*Gemm.*Relu/],
    [[w1, [1, [[1, 'x'], [1, 'w1'], [2, 'y'], [4, 'Conv']]]], /the node that makes 'y', Conv: this operator is not taken/],
    [[node('__proto__', ['x'], 'y')], /__proto__: this operator is not taken/],
    [[w1, node('Relu', ['x'], 'y', {}, [[7, 'com.microsoft']])], /com\.microsoft\.Relu: this operator is not taken/],
    [[w1, node('Gemm', ['x', 'w1'], 'y', { transA: 1 })], /'the Gemm that makes \w+', Gemm: transA must be 0/],
    [[w1, node('Gemm', ['x', 'w1'], 'y', { gamma: 1 })], /its attribute 'gamma' is not known/],
    [[w1, node('Gemm', ['x', 'w1'], 'y', { alpha: [[4, 'text'], [20, 3]] })], /its attribute 'alpha' is no number/],
    [[w1, node('Gemm', ['w1', 'x'], 'y')], /what comes from the rows must be its first input/],
    [[w1, node('Gemm', ['x'], 'y')], /it has 1 inputs/],
    [[w1, node('Gemm', ['x', 'w1', 'x'], 'y')], /its input 'x' must be a constant/],
    [[w1, node('MatMul', ['w1', 'w1'], 'y')], /it does not depend on the input/],
    [[node('MatMul', ['x', 'x'], 'y')], /its input 'x' must be a constant/],
    [[constant('v', [3], [1, 2, 3]), layer('x', 'v')], /its weight must be a matrix, not of the shape \[3\]/],
    [[constant('v', [1, 3, 2], some(6, 1)), layer('x', 'v')], /its weight must be a matrix, not of the shape \[1, 3, 2\]/],
    [[w1, b1, ...chain(['MatMul', 'w1'], ['Mul', 'b1'])], /'the Mul that makes \w+', Mul: behind a layer only Add and Sub can be/],
    [[w1, vector('b', 5), ...chain(['MatMul', 'w1'], ['Add', 'b'])], /it has 5 numbers where 4 or one should be/],
    [[w1, constant('b', [4, 1], some(4, 1)), ...chain(['MatMul', 'w1'], ['Add', 'b'])], /its constant must be a number, or one for each column, not of the shape \[4, 1\]/],
    [[w1, ...chain(['Relu'], ['MatMul', 'w1'])], /'the Relu that makes \w+', Relu: it cannot stand behind scaled rows, only behind sums of a layer/],
    [[w1, ...chain(['MatMul', 'w1'], ['Relu'])], /it ends with Relu/],
    [[w1, ...chain(['MatMul', 'w1'], ['Relu'], ['Relu'])], /it cannot stand behind Relu of a layer/],
    [[w1, w2, ...chain(['MatMul', 'w1'], ['MatMul', 'w2'])], /it cannot stand behind sums of a layer, only behind scaled rows or Relu of a layer/],
    [[w1, w2, ...chain(['MatMul', 'w1'], ['Softmax'], ['MatMul', 'w2'])], /it cannot stand behind Softmax/],
    [[w1, b1, ...chain(['MatMul', 'w1'], ['Relu'], ['Add', 'b1'])], /it cannot stand behind Relu of a layer/],
    [[w1, w2, ...chain(['MatMul', 'w1'], ['Relu'], ['MatMul', 'w1'])], /it takes 3 values, and the layer before it gives 4/],
    [[w1, node('MatMul', ['x', 'w1'], 's'), node('Softmax', ['s'], 'y', { axis: 0 })], /its axis must be that of the classes/],
    [[node('Flatten', ['x'], 'f', { axis: 0 }), w1, layer('f', 'w1')], /its axis must be 1/],
    [[w1, node('MatMul', ['x', 'w1'], 's'), node('Dropout', ['s'], ['d', 'y'])], /only its first output may be used/],
    [[node('Relu', ['x'], 'r')], /it has no layers/, { outputs: ['x'] }],
    [[vector('m', 4), w1, ...chain(['Sub', 'm'], ['MatMul', 'w1'])], /its scaling is of 4 inputs, and its first layer takes 3/],
    [[vector('m', 4), vector('d', 3), w1, ...chain(['Sub', 'm'], ['Div', 'd'], ['MatMul', 'w1'])], /it has 3 numbers where 4 or one should be|4 numbers/],
    [[vector('d', 3, -1), w1, ...chain(['Div', 'd'], ['MatMul', 'w1'])], /its scaling multiplies by what is not above 0/],
    [[vector('d', 3, 0), w1, ...chain(['Mul', 'd'], ['MatMul', 'w1'])], /not a finite number|not above 0/],
    [[vector('m', 3), w1, node('Sub', ['m', 'x'], 'c'), layer('c', 'w1')], /what comes from the rows must be its first input/],
    [[w1, layer('x', 'w1')], /it has 2 inputs, and only one can be/, { inputs: ['x', 'z'] }],
    [[w1, layer('x', 'w1')], /it has 0 inputs/, { inputs: [] }],
    [[w1, layer('x', 'w1')], /its operators have version 6; 7 is the oldest that is taken/, { version: 6 }],
    [[constant('v', [3, 1], [1, 2, 3]), layer('x', 'v')], /it has 1 outputs, which are no 2 to 1,000 classes/],
    [[[5, [...tensor([3, 2], Int32Array.from(some(6, 1)), 6), [8, 'v']]], layer('x', 'v')], /the constant 'v' has elements of type 6; F32, F64, F16, BF16 can be here/],
    [[[5, [...tensor([3, 2], Int8Array.of(1, 2, 3, 4, 5, 6), 3), [8, 'v']]], layer('x', 'v')], /the constant 'v' has elements of type 3/],
    [[[5, [[1, 3], [1, 2], [2, 1], [8, 'v'], [14, 1]]], layer('x', 'v')], /the values of 'v' are in another file/],
    [[constant('v', [3, 0], []), layer('x', 'v')], /the constant 'v' has too many dimensions, or one that is 0 or too large/],
    [[constant('v', Array(9).fill(1), [1]), layer('x', 'v')], /the constant 'v' has too many dimensions/],
    [[node('Constant', [], 'v', { value_ints: [[8, 3], [20, 7]] }), layer('x', 'v')], /'the Constant that makes \w+', Constant: it holds something else than one value/],
    [[node('Constant', [], 'v'), layer('x', 'v')], /it holds something else than one value/],
    [[[5, [...tensor([3, 2], Int8Array.of(1, 2, 3, 4, 5, 6), 3), [8, 'q']]], constant('k', [3], [1, 1, 1]), node('DequantizeLinear', ['q', 'k'], 'v'), layer('x', 'v')], /its scales do not fit its axis/],
    [[constant('k', [1], [1]), node('DequantizeLinear', ['x', 'k'], 'v'), w1, layer('v', 'w1')], /DequantizeLinear: this operator is not taken/],
    [Array.from({ length: 18 }, (_, l) => [...(l ? [node('Relu', [`s${l - 1}`], `h${l}`)] : [constant('w', [2, 2], [1, 0, 0, 1])]), node('MatMul', [l ? `h${l}` : 'x', 'w'], l < 17 ? `s${l}` : 'y')]).flat(), /there can be 17 layers/],
    [[w1, ...chain(['MatMul', 'w1'], ...Array(260).fill(['Identity']))], /more than 128 nodes one after the other/],
  ]) refused(() => fromOnnx(onnx(graph, options)), 'unsupported_model', message);
});

test('an ONNX file that contradicts itself is refused', () => {
  const layer = [w1, node('MatMul', ['x', 'w1'], 'y')], graph = [7, [...layer, info(11, 'x'), info(12, 'y')]];
  loads(fromOnnx(new Uint8Array(message(graph, opset(17)))));
  for (const [file, text] of [
    [message(opset(17)), /it has no graph/],
    [message(graph), /it does not tell the version of its operators/],
    [message(graph, [8, [[1, 'ai.onnx.ml'], [2, 3]]]), /it does not tell the version of its operators/],
    [message(graph, graph, opset(17)), /it has two graphs/],
    [message([7, 5], opset(17)), /a number stands where text or a message should/],
    [message([7, [...layer, info(11, 'x')]], opset(17)), /its graph has no outputs/],
    [onnx([...layer, node('Relu', ['x'], 'y')]), /two nodes make 'y'/],
    [onnx([...layer, w1]), /two constants are called 'w1'/],
    [onnx([...layer, node('Relu', ['x'], 'w1')]), /a node makes 'w1', which is there already/],
    [onnx([...layer, node('Relu', ['y'], 'x')]), /a node makes 'x', which is there already/],
    [onnx([w1, node('MatMul', ['nothing', 'w1'], 'y')]), /no node makes 'nothing'/],
    [onnx([node('Identity', ['a'], 'b'), node('Identity', ['b'], 'a'), node('Relu', ['a'], 'y')]), /its nodes go round in a circle/],
    [onnx([constant('v', [3, 2], [1, 2, 3, 4, 5]), node('MatMul', ['x', 'v'], 'y')]), /the constant 'v' has not as many bytes as its shape asks for/],
    [onnx([[5, [[1, 3], [1, 2], [2, 1], [8, 'v']]], node('MatMul', ['x', 'v'], 'y')]), /has not as many bytes/],
    [onnx([[5, [...tensor([1], float32(1), 1, 4), [4, bytesOf(float32(1))], [8, 'v']]], node('MatMul', ['x', 'v'], 'y')]), /the values of 'v' come in pieces/],
    [onnx([[1, [[1, Buffer.from([0xff])], [2, 'y'], [4, 'Relu']]]]), /a text is not UTF-8/],
    [onnx([w1, node('Gemm', ['x', 'w1'], 'y', { alpha: [[2, 'fiver']] })]), /something else stands where a float should/],
    [onnx([w1, node('Gemm', ['x', 'w1'], 'y', { transA: [[3, 'x']] })]), /something else stands where a number should/],
    [Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]), /a part of it would end beyond its end/],
    [Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), /would end beyond its end/],
    [Buffer.from([0x08, ...Array(10).fill(0x80), 0]), /a number does not end/],
    [Buffer.from([0x08]), /it ends within a number/],
    [Buffer.from([0x08, 0x80]), /it ends within a number/],
    [Buffer.from([0x0b]), /a field is of no known kind/],
    [Buffer.from([0x00, 0x00]), /a field has no number/],
  ]) refused(() => fromOnnx(file), 'corrupt_file', text);
});

// ---- JSON -----------------------------------------------------------------------------------------------------------
test('JSON that is no export of ours, or contradicts itself, is refused', () => {
  const file = models[3].file, whole = JSON.parse(toJson(file)), int8 = JSON.parse(toJson(file, { weights: 'int8' }));
  const change = (edit, from = whole) => {
    const copy = structuredClone(from);
    edit(copy);
    return JSON.stringify(copy);
  };
  assert.deepEqual(fromJson(change(() => {})), file);
  for (const [text, message] of [
    ['', /it is not JSON/], ['{', /it is not JSON/], ['['.repeat(100_000), /it is not JSON/], [Uint8Array.of(0xff), /it is not JSON/],
    ['[]', /not a Distillery one/], ['null', /it is no object/], ['3', /it is no object/],
    [change((json) => { json.format = 'other'; }), /not a Distillery one/],
    [change((json) => { json.version = 0; }), /its version is broken/], [change((json) => { json.version = '1'; }), /its version is broken/],
    [change((json) => { json.layers = []; }), /it has no layers/], [change((json) => { json.layers = {}; }), /it has no layers/],
    [change((json) => { json.layers[1] = null; }), /layer 2 is no object/],
    [change((json) => { json.layers[0].weight = []; }), /layer 1 has no weights/],
    [change((json) => { json.layers[0].weight[1].push(1); }), /the rows of layer 1 are not of one length/],
    [change((json) => { json.layers[0].weight = [[], []]; }), /the rows of layer 1 are not of one length/],
    [change((json) => { json.layers[0].weight[1][0] = '1'; }), /a row of layer 1 is no list of numbers/],
    [change((json) => { json.layers[0].bias = null; }), /the bias of layer 1 is no list of numbers/],
    [change((json) => { json.layers[0].weightScale.pop(); }, int8), /the scales of layer 1 do not fit its rows/],
    [change((json) => { json.layers[0].weightScale = 0; }, int8), /the scales of layer 1 is no list of numbers/],
    [change((json) => { json.scaling = null; }), /its scaling is no object/], [change((json) => { json.scaling.mean = 1; }), /its means is no list of numbers/],
    [change((json) => { json.classNames = [1]; }), /its class names are no texts/],
    [change((json) => { json.architecture.activation = 'tanh'; }), /its activation is not relu/],
    [change((json) => { json.architecture.hidden.push(3); }), /its layers are not those of its architecture/],
    [change((json) => { json.architecture.hidden = 3; }), /its layers are not those of its architecture/],
  ]) refused(() => fromJson(text), 'corrupt_file', message);
  refused(() => fromJson(change((json) => { json.version = 2; })), 'unsupported_version', /has version 2; this Distillery reads up to 1/);
  for (const [text, message] of [
    [change((json) => { json.layers[0].bias.pop(); }), /a bias does not fit its weight/],
    [change((json) => { json.scaling.mean.pop(); }), /its scaling does not fit its inputs/],
    [change((json) => { json.scaling.scale[0] = 0; }), /its scaling multiplies by what is not above 0/],
    [change((json) => { json.classNames.pop(); }), /its class names do not fit its classes/],
    [change((json) => { json.layers[0].bias[0] = 1e300; }), /a value is not a finite number/],
  ]) refused(() => fromJson(text), 'unsupported_model', message);
});

// ---- options --------------------------------------------------------------------------------------------------------
test('options that do not fit are refused', () => {
  for (const [options, code, message] of [
    [{ classNames: 'abc' }, 'invalid_option', /classNames must be an array of texts/], [{ classNames: [1, 2, 3] }, 'invalid_option', /array of texts/],
    [{ classNames: ['a', 'b'] }, 'shape_mismatch', /There are 2 class names; the network has 3 outputs/],
    [{ classNames: ['a', 'b', 'a'] }, 'invalid_option', /two classes have one name/],
    [{ classNames: ['a', 'b', '\ud800'] }, 'unsupported_model', /a class name is not Unicode text/],
    [{ mean: [1] }, 'shape_mismatch', /mean has 1 entries; the network has 6 inputs/], [{ scale: new Float32Array(7) }, 'shape_mismatch', /scale has 7 entries/],
    [{ mean: 1 }, 'invalid_option', /mean must be an array of numbers/], [{ mean: [1, 2, 3, 4, 5, NaN] }, 'invalid_option', /mean must hold finite numbers/],
    [{ scale: [1, 2, 3, 4, 5, 1e300] }, 'invalid_option', /scale must hold finite numbers/], [{ scale: [1, 2, 3, 4, 5, 0] }, 'invalid_option', /Each scale must be above 0/],
  ]) refused(() => fromSafetensors(pytorch.f32, options), code, message);
  const { file } = models[0];
  for (const [read, given] of [[fromSafetensors, file], [fromOnnx, toOnnx(file)], [fromJson, toJson(file)]])
    refused(() => read(given, { mean: readModel(file).mean }), 'invalid_option', /a scaling of its own\. Leave mean and scale out/);
  for (const read of [fromSafetensors, fromOnnx, fromJson]) refused(() => read([1, 2, 3]), 'invalid_data', /Uint8Array/);
});

// ---- hostile bytes --------------------------------------------------------------------------------------------------
const files = [
  [fromSafetensors, pytorch.f16], [fromSafetensors, fixture('model-v1.safetensors')], [fromOnnx, fixture('imports/matmul.onnx')],
  [fromOnnx, fixture('imports/dropout.onnx')], [fromOnnx, toOnnx(models[1].file, { weights: 'int8' })], [fromJson, Buffer.from(toJson(models[1].file))],
];
const codes = ['corrupt_file', 'unsupported_model', 'unsupported_version'];

/** 'model', where the package takes what came, or the code of the error. Anything else fails the test. */
function outcome(read, bytes) {
  let imported;
  try {
    imported = read(bytes);
  } catch (error) {
    assert.ok(error instanceof distillery.DistilleryError && codes.includes(error.code), `${error.stack}`);
    return error.code;
  }
  loads(imported);
  return 'model';
}

for (const [read, file] of files) {
  const name = `${read.name} of ${file.length} bytes`;

  test(`${name}, cut short anywhere, is an error or a model`, () => {
    const outcomes = {};
    for (let length = 0; length < file.length; ++length) {
      const code = outcome(read, file.subarray(0, length));
      outcomes[code] = (outcomes[code] ?? 0) + 1;
    }
    assert.ok(outcomes.corrupt_file >= file.length - 300, JSON.stringify(outcomes));   // what follows the graph of an ONNX file may go
  });

  test(`${name}, with a bit turned anywhere, or bytes changed, moved and doubled, is an error or a model`, () => {
    const random = randomNumbers(file.length), whole = (below) => Math.floor(random() * below), outcomes = {};
    const note = (bytes) => { const code = outcome(read, bytes); outcomes[code] = (outcomes[code] ?? 0) + 1; };
    for (let at = 0; at < file.length; ++at) {
      const altered = Uint8Array.from(file);
      altered[at] ^= 1 << whole(8);
      note(altered);
    }
    for (let i = 0; i < 2000; ++i) {
      const altered = Uint8Array.from(file), from = whole(file.length), length = whole(Math.min(40, file.length - from));
      if (i % 4 === 0) altered.copyWithin(whole(file.length), from, from + length);
      if (i % 4 === 1) altered.fill([0, 255, 128, 127][whole(4)], from, from + length);
      if (i % 4 < 2) note(altered);
      else note(Uint8Array.from(Buffer.concat([file.subarray(0, from + (i % 4 === 2 ? length : 0)), file.subarray(from + (i % 4 === 3 ? length : 0))])));
    }
    assert.ok(outcomes.corrupt_file > 100, JSON.stringify(outcomes));
    if (read !== fromSafetensors || file === pytorch.f16) assert.ok(outcomes.model > 100, JSON.stringify(outcomes));   // changed weights
  });
}

// Each would take hours, or all memory, of a reader that does quadratic work, recurses, or believes what it reads.
test('large files made to be slow are refused, or read', () => {
  const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));
  const layer = [w1, node('MatMul', ['x', 'w1'], 'y')];
  const int8 = (name, ...shape) => [5, [...tensor(shape, new Int8Array(shape[0] * shape[1]), 3), [8, name]]];
  const heads = [];   // of an attribute in an attribute in …
  for (let i = 0, length = 0; i < 100_000; ++i, length += heads.at(-1).length) heads.push(Buffer.concat([varint(8 * 5 + 2), varint(length)]));
  const nested = Buffer.concat(heads.reverse());
  for (const [graph, code, message] of [
    [[...layer, ...many(9_990, (i) => node('Relu', ['x'], `r${i}`))], 'no error'],
    [[...layer, ...many(10_001, (i) => node('Relu', ['x'], `r${i}`))], 'unsupported_model', /more than 10000 nodes/],
    [[...layer, ...many(10_001, (i) => constant(`c${i}`, [1], [1]))], 'unsupported_model', /more than 10000 constants/],
    [[...many(9_000, (i) => node('Identity', [i === 0 ? 'x' : `i${i - 1}`], `i${i}`)), w1, node('MatMul', ['i8999', 'w1'], 'y')], 'unsupported_model', /more than 128 nodes one after the other/],
    [[constant('m', [65536], new Float32Array(65536)), w1, ...many(120, (i) => node('Sub', [i === 0 ? 'x' : `s${i - 1}`, 'm'], `s${i}`)), node('MatMul', ['s119', 'w1'], 'y')], 'unsupported_model', /its scaling is of 65536 inputs/],
    [[w1, node('MatMul', ['x', 'w1'], 'y', {}, many(100, (i) => [5, [[1, `a${i}`]]]))], 'unsupported_model', /more than 32 attributes/],
    [[w1, node('MatMul', ['x', 'w1', ...many(100_000, () => 'x')], 'y')], 'unsupported_model', /it has 100002 inputs/],
    [[...layer, [1, nested]], 'no error'],
    [[...layer, ...many(150_000, (i) => info(12, `y${i}`))], 'corrupt_file', /no node makes 'y0'/],
    [[...layer, ...many(150_000, (i) => info(11, `x${i}`))], 'unsupported_model', /it has 150001 inputs/],
    [[[5, [...tensor([65536, 65536], float32(1)), [8, 'w']]], node('MatMul', ['x', 'w'], 'y')], 'corrupt_file', /not as many bytes/],
    // Int8 weights that many nodes share, each of which would be floats of its own.
    [[int8('q', 2048, 1024), constant('k', [], [1]), ...many(120, (i) => node('DequantizeLinear', ['q', 'k'], `d${i}`)),
      ...many(120, (i) => node('Add', [`d${i}`, i === 0 ? 'x' : `s${i - 1}`], i < 119 ? `s${i}` : 'y'))], 'unsupported_model', /not of the shape \[2048, 1024\]/],
    [[int8('q', 4096, 4096), constant('k', [], [1]), node('DequantizeLinear', ['q', 'k'], 'w'), ...many(17, (i) => [
      node('Gemm', [i === 0 ? 'x' : `h${i}`, 'w'], i < 16 ? `s${i}` : 'y', { transB: 1 }), node('Relu', [`s${i}`], `h${i + 1}`)]).flat()], 'unsupported_model', /there can be 268435456 parameters/],
  ]) {
    const read = () => fromOnnx(onnx(graph));
    if (code === 'no error') loads(read());
    else refused(read, code, message);
  }
  const names = JSON.stringify(many(1000, (i) => `${i}${'x'.repeat(10_000)}`));
  refused(() => fromOnnx(onnx(layer, { more: [[14, [[1, 'class_names'], [2, names]]]] })), 'unsupported_model', /class names do not fit/);
  const header = Object.fromEntries(many(100_000, (i) => [`${i}.weight`, { dtype: 'F32', shape: [0, 1], data_offsets: [0, 0] }]));
  refused(() => fromSafetensors(compose(header, Buffer.alloc(0))), 'unsupported_model', /it has 100000 layers/);
  refused(() => fromSafetensors(safetensors({ [`${'.'.repeat(1_000_000)}weigh`]: { shape: [1], values: [1] } })), 'unsupported_model', /'\.{57}…' is no weight/);
  refused(() => fromSafetensors(safetensors({ [`${'1'.repeat(500_000)}.weight`]: { shape: [2, 3], values: some(6, 1) }, [`${'2'.repeat(500_000)}.weight`]: { shape: [2, 3], values: some(6, 1) } })), 'unsupported_model', /takes 3 values/);
});

test('names in messages are short and hold nothing that a terminal obeys', () => {
  const evil = `\x1b[2J\u202e${'x'.repeat(1000)}`;
  assert.throws(() => fromOnnx(onnx([w1, [1, [[1, 'x'], [2, 'y'], [3, evil], [4, 'Tanh']]]])), ({ message: text }) => {
    assert.ok(text.length < 400 && !/[\p{Cc}\p{Cf}]/u.test(text), text);
    return true;
  });
});

test('what is imported is a copy, and what is given stays as it was', async () => {
  const given = Uint8Array.from(models[0].file), before = given.slice();
  const imported = fromSafetensors(given);
  imported.fill(0);
  assert.deepEqual(given, before);
  assert.equal(await codeOf(() => fromSafetensors(imported)), 'corrupt_file');
});
