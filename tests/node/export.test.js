import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { answers, assertAnswersAlike, assertClose, onnxruntime, rowsOf, runOnnx } from './onnx-runtime.js';
import { randomModel, randomNumbers } from './random-models.js';
import { codeOf, distillery, exporters, importSource, installed, root, temporary } from './support.js';

// Random networks, every export of each, float and int8, against the package's own answers on 100 rows: 200 networks, or
// as many as DISTILLERY_EXPORT_MODELS says.

const { quantise, toC, toJavaScript, toJson, toOnnx, usage } = exporters;
const count = Number(process.env.DISTILLERY_EXPORT_MODELS ?? 200), rowCount = 100;
const kinds = ['float32', 'int8'];
const hostile = ['"', "'", '\\', '\n', '\r\n', '*/', '//', '</script><script>alert(1)', '<!--', '`${x}`', '??/', '%s%n',
  'zwölf ✓ 🙂', '\u2028\u2029', '\ufeff', '\x7f\x01', '\\u0041', '"crc32c":"', ' ', '', 'constructor', '__proto__'];

const instance = await distillery.loadDistillery();
const folder = temporary();
const { readModel, writeModel } = await importSource('exporters/model-file');
const models = Array.from({ length: count }, (_, seed) => randomModel(instance, seed, rowCount));
after(() => assert.equal(instance.liveHandles(), 0, 'a handle is left'));

const bits = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);
function sameBits(actual, expected, what) {
  assert.ok(bits(actual).equals(bits(expected)), `${what}: ${[...actual].slice(0, 8)} is not ${[...expected].slice(0, 8)}`);
}
const largest = (values) => values.reduce((best, value, c) => (value > values[best] ? c : best), 0);

let modules = 0;
function importText(text) {
  const path = join(folder, `module${modules++}.mjs`);
  writeFileSync(path, text);
  return import(pathToFileURL(path));
}

// ---- ONNX -----------------------------------------------------------------------------------------------------------
for (const weights of kinds)
  test(`ONNX Runtime answers ${count} networks with ${weights} weights as the package does`, async () => {
    for (const [number, model] of models.entries()) await assertAnswersAlike(onnxruntime, toOnnx, instance, model, weights, `network ${number}`);
  });

/** The fields of a message of Protocol Buffers: [number, value], with the content of what is counted as bytes. */
function decode(bytes) {
  let at = 0;
  const varint = () => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  const fields = [];
  while (at < bytes.length) {
    const key = varint();
    assert.ok(key % 8 === 0 || key % 8 === 2, 'a wire type that the exporter does not use');
    const value = varint();
    fields.push([key >> 3, key % 8 === 0 ? value : bytes.subarray(at, at += value)]);
  }
  assert.equal(at, bytes.length);
  return fields;
}

test('an ONNX file tells its versions, producer, class names and feature names', () => {
  const text = (bytes) => Buffer.from(bytes).toString();
  const { file } = models[0];
  const { inputs, classNames } = answers(instance, file, new Float32Array());
  const featureNames = Array.from({ length: inputs }, (_, i) => hostile[i % hostile.length]);
  const model = decode(toOnnx(file, { featureNames }));
  const all = (fields, number) => fields.filter(([field]) => field === number).map(([, value]) => value);
  assert.deepEqual(all(model, 1), [8]);
  assert.deepEqual(all(decode(all(model, 8)[0]), 2), [17]);
  assert.equal(text(all(model, 2)[0]), 'distillery');
  const metadata = Object.fromEntries(all(model, 14).map((entry) => decode(entry).map(([, value]) => text(value))));
  assert.equal(metadata.producer, 'distillery');
  assert.deepEqual(JSON.parse(metadata.class_names), classNames);
  assert.deepEqual(JSON.parse(metadata.feature_names), featureNames);
});

// ---- JavaScript -----------------------------------------------------------------------------------------------------
async function checkJavaScript(file, weights, reference, rows) {
  const module = await importText(toJavaScript(file, { weights }));
  const { inputs, classes, classNames, logits, probabilities } = answers(instance, reference, rows);
  assert.equal(module.inputs, inputs);
  assert.deepEqual(module.classNames, classNames);
  const answer = (of) => Float32Array.from(rowsOf(rows, inputs).flatMap((row) => [...of(row)]));
  sameBits(answer(module.logits), logits, 'logits');
  sameBits(answer(module.probabilities), probabilities, 'probabilities');
  rowsOf(logits, classes).forEach((row, r) =>
    assert.equal(module.predict([...rowsOf(rows, inputs)[r]]), classNames[largest(row)]));
}

for (const weights of kinds)
  test(`the JavaScript of ${count} networks with ${weights} weights gives the package's bits, near rows and far ones`, async () => {
    for (const { file, reference, rows, farRows } of models)
      for (const some of [rows, farRows]) await checkJavaScript(file, weights, reference[weights], some);
  });

test('the far rows reach probabilities of 0, which is where the exponential ends', () => {
  const zeros = models.flatMap(({ file, farRows }) => [...answers(instance, file, farRows).probabilities]).filter((p) => p === 0);
  assert.ok(zeros.length > count);
});

test('the JavaScript is 2 KB of code beside weights and names', () => {
  for (const weights of kinds) {
    const text = toJavaScript(models[3].file, { weights });
    const code = text.replace(/atob\('[^']*'\)/, '').replace(/^export const classNames = .*$/m, '');
    assert.ok(code.length <= 2048, `${code.length} bytes`);
  }
});

test('the JavaScript refuses rows that the package refuses', async () => {
  const { logits, inputs } = await importText(toJavaScript(models[0].file));
  assert.throws(() => logits(new Float32Array(inputs + 1)), RangeError);
  for (const value of [NaN, Infinity, 3e38 * 10]) assert.throws(() => logits(new Float32Array(inputs).fill(value)), RangeError);
});

// ---- C --------------------------------------------------------------------------------------------------------------
const compilers = [['gcc', 'cc'], ['clang', 'clang-19']].flatMap((names) => names.filter(isThere).slice(0, 1));
const strict = ['-std=c99', '-pedantic-errors', '-Wall', '-Wextra', '-Werror', '-Wno-overlength-strings'];

function isThere(program) {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Compiles models in one go and answers rows of each: [{ logits, probabilities, predicted }]. */
function runC(compiler, items) {
  const inputsOf = ({ file }) => readModel(file).mean.length, classesOf = ({ file }) => readModel(file).classNames.length;
  const members = ['inputs', 'classes', 'logits', 'probabilities', 'predict'];
  const entry = (item, i) => `  {${item.rows.length / inputsOf(item)}, ${members.map((member) => `m${i}_${member}`)}},`;
  items.forEach(({ header }, i) => writeFileSync(join(folder, `m${i}.h`), header));
  // Through pointers, so that nothing grows into one function, for which compilers take ages.
  writeFileSync(join(folder, 'models.c'), `${items.map((_, i) => `#include "m${i}.h"`).join('\n')}
#include <stdio.h>
static const struct {
  int rows, inputs, classes;
  void (*logits)(const float*, float*);
  void (*probabilities)(const float*, float*);
  int (*predict)(const float*);
} models[] = {
${items.map(entry).join('\n')}
};
int main(void) {
  float row[64], answer[64];
  for (unsigned m = 0; m < sizeof models / sizeof models[0]; ++m)
    for (int r = 0; r < models[m].rows; ++r) {
      if (fread(row, sizeof row[0], models[m].inputs, stdin) == 0) return 1;
      models[m].logits(row, answer), fwrite(answer, sizeof answer[0], models[m].classes, stdout);
      models[m].probabilities(row, answer), fwrite(answer, sizeof answer[0], models[m].classes, stdout);
      const int best = models[m].predict(row);
      fwrite(&best, sizeof best, 1, stdout);
    }
}
`);
  execFileSync(compiler, [...strict, '-O2', '-ffp-contract=off', 'models.c', '-o', 'models'], { cwd: folder });
  const input = Buffer.concat(items.map(({ rows }) => bits(rows)));
  const output = execFileSync(join(folder, 'models'), { input, maxBuffer: 2 ** 30 });
  let at = 0;
  const floats = (length) => Float32Array.from({ length }, () => output.readFloatLE((at += 4) - 4));
  return items.map((item) => {
    const classes = classesOf(item);
    const answers = Array.from({ length: item.rows.length / inputsOf(item) },
      () => ({ logits: floats(classes), probabilities: floats(classes), predicted: output.readInt32LE((at += 4) - 4) }));
    const all = (what) => Float32Array.from(answers.flatMap((answer) => [...answer[what]]));
    return { logits: all('logits'), probabilities: all('probabilities'), predicted: answers.map(({ predicted }) => predicted) };
  });
}

function checkC(compiler, items) {
  for (const [i, { logits, probabilities, predicted }] of runC(compiler, items).entries()) {
    const expected = answers(instance, items[i].reference, items[i].rows);
    sameBits(logits, expected.logits, `logits of network ${i}`);
    sameBits(probabilities, expected.probabilities, `probabilities of network ${i}`);
    assert.deepEqual(predicted, rowsOf(expected.logits, expected.classes).map(largest));
  }
}

test('there is a C compiler to test with', () => assert.ok(compilers.length > 0));

// Compiling is what takes long: so only a fifth of the networks with int8 weights, which differ by one product.
for (const compiler of compilers)
  for (const [weights, step] of [['float32', 1], ['int8', 5]]) {
    const some = models.filter((_, i) => i % step === 0);
    test(`the C of ${some.length} networks with ${weights} weights, compiled by ${compiler}, gives the package's bits`, () => {
      checkC(compiler, some.map(({ file, reference, rows, farRows }, i) => ({
        file, header: toC(file, { name: `m${i}`, weights }), reference: reference[weights],
        rows: Float32Array.of(...rows, ...farRows),
      })));
    });
  }

test('the C answers NaN and −1 to what is not finite, or becomes so when scaled', () => {
  const { file } = models[2];
  const inputs = readModel(file).mean.length;
  const rows = new Float32Array(2 * inputs).fill(1);
  rows[0] = NaN;
  rows[2 * inputs - 1] = -Infinity;
  const [{ logits, probabilities, predicted }] = runC(compilers[0], [{ file, header: toC(file, { name: 'm0' }), rows }]);
  assert.ok(logits.every(Number.isNaN) && probabilities.every(Number.isNaN));
  assert.deepEqual(predicted, [-1, -1]);
});

test('a C name becomes an identifier', () => {
  const { file } = models[0];
  for (const [name, expected] of [['a b-c', 'a_b_c'], ['__x', 'x'], ['2nd', 'student_2nd'], ['', 'student'],
    ['*/ evil', 'evil'], ['é', 'student'], ['x'.repeat(99), 'x'.repeat(32)]])
    assert.match(toC(file, { name }), new RegExp(`static inline int ${expected}_predict\\(`), name);
});

// ---- JSON -----------------------------------------------------------------------------------------------------------
/** The model file that a JSON stands for. */
function fromJson(text) {
  const { format, version, architecture, classNames, scaling, layers } = JSON.parse(text);
  assert.equal(format, 'distillery-json');
  assert.equal(version, 1);
  const widths = [architecture.inputs, ...architecture.hidden, architecture.classes];
  return writeModel({
    classNames, mean: Float32Array.from(scaling.mean), scale: Float32Array.from(scaling.scale), dropout: new Float32Array(),
    layers: layers.map(({ weight, weightScale, bias }, l) => {
      const weights = weight.flatMap((row, o) => row.map((w) => (weightScale ? w * Math.fround(weightScale[o]) : w)));
      return { inputs: widths[l], outputs: widths[l + 1], bias: Float32Array.from(bias), weight: Float32Array.from(weights) };
    }),
  });
}

for (const weights of kinds)
  test(`the JSON of ${count} networks with ${weights} weights reads back to the same model`, () => {
    for (const { file, reference } of models) assert.deepEqual(fromJson(toJson(file, { weights })), reference[weights]);
  });

// ---- numbers and names at the limits --------------------------------------------------------------------------------
function custom({ weights = [1, -2, 0.5, 0.25], bias = [0.5, 0], classNames = ['a', 'b'], mean = [0, 0], scale = [1, 1] }) {
  const floats = (values) => Float32Array.from(values);
  const layer = { inputs: mean.length, outputs: classNames.length, weight: floats(weights), bias: floats(bias) };
  return writeModel({ layers: [layer], mean: floats(mean), scale: floats(scale), classNames, dropout: floats([]) });
}

test('the least, the largest and both zeros come through JSON, JavaScript and C', async () => {
  const weights = [-0, 2 ** -149, -(2 ** -126), 3.4028234663852886e38, 1 / 3, 8388609, 2 ** -127, 0];
  const file = custom({ weights, bias: [-0, -(2 ** -149)], mean: [-0, 1e-45, 2 ** -130, 5], scale: [1, 2 ** -149, 1e30, 1 / 3] });
  const rows = Float32Array.of(0, 1e-45, 0, 5, 1, 2e-45, 1e-30, 4, -3, 1e-44, 12, 5.25);
  assert.deepEqual(fromJson(toJson(file)), file);
  await checkJavaScript(file, 'float32', file, rows);
  for (const compiler of compilers) checkC(compiler, [{ file, header: toC(file, { name: 'm0' }), reference: file, rows }]);
});

test('hostile class names and feature names come through every format', async () => {
  const file = custom({ classNames: hostile, weights: Array(2 * hostile.length).fill(1), bias: Array.from(hostile, (_, c) => c) });
  instance.loadModel(file).dispose();
  const featureNames = ['*/ "??/\n', '</script>'];
  const options = { featureNames };

  const script = toJavaScript(file, options);
  assert.ok(!/<\/script|<!--/i.test(script));
  const module = await importText(script);
  assert.deepEqual(module.classNames, hostile);
  assert.deepEqual(module.featureNames, featureNames);
  assert.equal(module.predict([1, 1]), hostile.at(-1));

  const json = JSON.parse(toJson(file, options));
  assert.deepEqual([json.classNames, json.featureNames], [hostile, featureNames]);
  await runOnnx(onnxruntime, toOnnx(file, options), Float32Array.of(1, 1), 2);
  const metadata = Buffer.from(decode(decode(toOnnx(file, options)).filter(([field]) => field === 14)[1][1])[1][1]);
  assert.deepEqual(JSON.parse(metadata), hostile);

  writeFileSync(join(folder, 'student.h'), toC(file, options));
  writeFileSync(join(folder, 'names.c'), `#include "student.h"
#include <stdio.h>
int main(void) {
  for (int c = 0; c < student_classes; ++c) printf("%s%c", student_class_names[c], 0);
  for (int i = 0; i < student_inputs; ++i) printf("%s%c", student_feature_names[i], 0);
}
`);
  for (const compiler of compilers) {
    execFileSync(compiler, [...strict, 'names.c', '-o', 'names'], { cwd: folder });
    const names = execFileSync(join(folder, 'names'), { encoding: 'utf8' });
    assert.equal(names, [...hostile, ...featureNames].map((name) => `${name}\0`).join(''));
  }
});

// ---- int8 -----------------------------------------------------------------------------------------------------------
test('weights are quantised per output, halves to the even number', () => {
  const weights = [127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5, 0, 0, 0, 0, 0, 0, 0, -0, 2, -1, 1, 0.25, 0, 0, 0, -2];
  const file = custom({ weights, bias: [1, 2, 3], classNames: ['a', 'b', 'c'], mean: Array(8).fill(0), scale: Array(8).fill(1) });
  const { layers: [{ weight, scale }], file: rounded } = quantise(file);
  assert.deepEqual([...weight], [127, 0, 2, 2, 0, -2, -2, 126, 0, 0, 0, 0, 0, 0, 0, 0, 127, -64, 64, 16, 0, 0, 0, -127]);
  assert.deepEqual([...scale], [1, 1, Math.fround(2 / 127)]);
  const model = readModel(rounded);
  assert.deepEqual([...model.layers[0].weight], [...weight].map((w, i) => Math.fround(w * scale[i >> 3])));
  assert.deepEqual(model.layers[0].bias, Float32Array.of(1, 2, 3));
});

test('no quantised weight is off by more than half a step', () => {
  for (const { file, reference } of models)
    readModel(file).layers.forEach(({ weight, inputs }, l) => {
      const { scale } = quantise(file).layers[l];
      // Beside half a step the rounding of w and of w · scale to floats, up to 127 steps of 2^-24 each.
      readModel(reference.int8).layers[l].weight.forEach((w, i) =>
        assert.ok(Math.abs(w - weight[i]) <= scale[Math.floor(i / inputs)] * (0.5 + 127 * 2 ** -23)));
    });
});

test('int8 makes every format smaller, where weights prevail ONNX and JavaScript to less than a third', () => {
  const trainer = instance.createTrainer({ inputs: 2, hidden: [128, 64], classes: 2 }, instance.generate('moons', { rows: 50 }));
  const model = trainer.model();
  const file = model.save();
  for (const handle of [trainer, model]) handle.dispose();
  for (const [write, most] of [[toOnnx, 1 / 3], [toJavaScript, 1 / 3], [toJson, 0.5], [toC, 0.5]])
    assert.ok(write(file, { weights: 'int8' }).length < most * write(file).length, write.name);
});

// ---- bytes that are no model ----------------------------------------------------------------------------------------
const all = [toOnnx, toJson, toJavaScript, toC, quantise];

/** A file of this header and data, with a right checksum where the header has a place for one. */
function compose(header, data) {
  const text = Buffer.from(header);
  const file = Buffer.concat([Buffer.alloc(8), text, data]);
  file.writeBigUInt64LE(BigInt(text.length));
  const digits = file.indexOf('"crc32c":"') + 10;
  if (digits < 10) return Uint8Array.from(file);
  let crc = ~0;
  for (const byte of Buffer.concat([file.subarray(0, digits), file.subarray(digits + 8)])) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  file.write((~crc >>> 0).toString(16).padStart(8, '0'), digits);
  return Uint8Array.from(file);
}
const headerOf = (file) => Buffer.from(file).subarray(8, 8 + Number(Buffer.from(file).readBigUInt64LE())).toString();
const golden = Uint8Array.from(readFileSync(join(root, 'tests/fixtures/model-v1.safetensors')));

test('every exporter takes the golden file, as a Buffer too, and no part of it nor any with an altered bit', async () => {
  for (const write of all) {
    assert.deepEqual(write(Buffer.concat([Buffer.of(1), golden]).subarray(1)), write(golden), write.name);
    const longer = Uint8Array.of(...golden, 0);
    for (const wrong of [new Uint8Array(), golden.subarray(0, -1), longer, new Uint8Array(100).fill(255), new Uint8Array(4096)])
      assert.equal(await codeOf(() => write(wrong)), 'corrupt_file', write.name);
  }
  for (let length = 0; length < golden.length; ++length)
    assert.equal(await codeOf(() => quantise(golden.subarray(0, length))), 'corrupt_file');
  for (let at = 0; at < golden.length; ++at) {
    const altered = golden.slice();
    altered[at] ^= 1 << at % 8;
    assert.equal(await codeOf(() => quantise(altered)), 'corrupt_file', `byte ${at}`);
  }
});

test('a file that lies about itself is refused, though its checksum fits', async () => {
  const header = headerOf(golden), data = golden.subarray(8 + Buffer.byteLength(header));
  assert.deepEqual(compose(header, data), golden);
  const notText = '{"toString":0,"valueOf":0}';
  for (const [part, ...replacements] of [
    [header, '[]', 'null', '['.repeat(100_000), `${header}\t`],
    ['{"__metadata__":', '{"a":{},"__metadata__":', '{"__meta__":'],
    ['"distillery-model"', '"distillery-table"'], ['"relu"', '"tanh"'],
    ['"version":"1"', '"version":"01"', `"version":${notText}`],
    ['"class.1"', '"class.2"'], ['"no"', '"\\ud800"', '{}', notText, '"yes – \\"ja\\""'],
    ['"F32"', '"F64"'], ['data_offsets":[0', 'data_offsets":[4'],
    ['[3,2]', '[2,3]', '[3,2,1]', '[65536,65536]', '[65537,65537]', '[1e9,1e9]', '[-3,2]', '["3",2]', 'null'],
    ['layers.1.weight', 'layers.2.weight'], ['scaling.mean', 'scaling.mode'], ['"dropout"', '"dropped"'],
  ]) {
    assert.ok(header.includes(part), part);
    for (const replacement of replacements) {
      const file = compose(header.replace(part, () => replacement), data);
      assert.equal(await codeOf(() => quantise(file)), 'corrupt_file', `${part} -> ${replacement}`);
    }
  }
  const newer = compose(header.replace('"version":"1"', '"version":"2"'), data);
  assert.equal(await codeOf(() => quantise(newer)), 'unsupported_version');
  newer[newer.length - 1] ^= 1;
  assert.equal(await codeOf(() => quantise(newer)), 'corrupt_file');   // what is not whole has no version to trust
});

test('a well-written file of a model that cannot be is refused, as the library does', async () => {
  const model = readModel(golden);
  const layer = (inputs, outputs, biases = outputs) =>
    ({ inputs, outputs, weight: new Float32Array(inputs * outputs), bias: new Float32Array(biases) });
  for (const [what, change] of Object.entries({
    'two classes of one name': { classNames: ['no', 'no'] },
    'a class without a name': { classNames: ['no'] },
    'a name without a class': { classNames: ['no', 'yes', 'maybe'] },
    'one class': { layers: [layer(2, 1)], classNames: ['no'], dropout: new Float32Array() },
    'layers that do not fit': { layers: [layer(2, 3), layer(4, 2)] },
    'a bias that does not fit': { layers: [layer(2, 3, 4), layer(3, 2)] },
    'means that do not fit': { mean: new Float32Array(3) },
    'scales that do not fit': { scale: new Float32Array(3).fill(1) },
    'more dropout than hidden layers': { dropout: new Float32Array(2) },
    'a layer of 65,536': { layers: [layer(2, 65536), layer(65536, 2)] },
    'eighteen layers': { layers: Array.from({ length: 18 }, () => layer(2, 2)) },
  })) {
    const file = writeModel({ ...model, ...change });
    assert.equal(await codeOf(() => instance.loadModel(file).dispose()), 'corrupt_file', what);
    assert.equal(await codeOf(() => quantise(file)), 'corrupt_file', what);
  }
  quantise(writeModel({ ...model, layers: Array.from({ length: 17 }, () => layer(2, 2)) }));
  // Other checks would refuse these, too, with a less helpful message.
  assert.throws(() => quantise(new Uint8Array(100).fill(255)), /longer than the file/);
  const foreign = Buffer.from(golden);
  foreign.write('x', foreign.indexOf('distillery-model'));
  assert.throws(() => quantise(foreign), /not a Distillery one/);
});

test('values that the library refuses are refused, and so are altered headers that it refuses', async () => {
  const header = headerOf(golden), data = Buffer.from(golden.subarray(8 + Buffer.byteLength(header)));
  const verdict = async (file) => [await codeOf(() => quantise(file)), await codeOf(() => instance.loadModel(file).dispose())];
  for (let at = 0; at < data.length; at += 4)
    for (const value of [NaN, Infinity, -1, 0, 0.96]) {
      const altered = Buffer.from(data);
      altered.writeFloatLE(value, at);
      const [ours, theirs] = await verdict(compose(header, altered));
      assert.equal(ours, theirs, `${value} at ${at}`);
    }
  const random = randomNumbers(1);
  const taken = { 'no error': 0, corrupt_file: 0, unsupported_version: 0 };
  for (let i = 0; i < 3000; ++i) {
    const text = Buffer.from(header);
    const at = Math.floor(random() * text.length);
    text[at] = random() < 0.5 ? text[Math.floor(random() * text.length)] : Math.floor(random() * 256);
    const [ours, theirs] = await verdict(compose(text, data));
    ++taken[ours];
    if (ours === 'no error' || theirs !== 'no error') assert.equal(ours, theirs, text.toString());
  }
  assert.ok(taken['no error'] > 0 && taken.corrupt_file > 1000, JSON.stringify(taken));
});

test('options that do not fit are refused', async () => {
  for (const write of all.slice(0, 4)) {
    assert.equal(await codeOf(() => write(golden, { weights: 'int4' })), 'invalid_option');
    assert.equal(await codeOf(() => write(golden, { featureNames: 'ab' })), 'invalid_option');
    assert.equal(await codeOf(() => write(golden, { featureNames: ['one'] })), 'shape_mismatch');
  }
  assert.equal(await codeOf(() => toJson([...golden])), 'invalid_data');
});

// ---- what goes with them --------------------------------------------------------------------------------------------
test('every usage is ten lines or less, and those in Node and C run as they stand', async () => {
  assert.deepEqual(Object.keys(usage), ['safetensors', 'onnx', 'json', 'javascript', 'c']);
  const manual = readFileSync(join(root, 'docs/exports.md'), 'utf8');
  for (const [name, text] of Object.entries(usage)) {
    assert.ok(text.trimEnd().split('\n').length <= 10, name);
    assert.ok(manual.includes(`\n${text}\`\`\``), `docs/exports.md has another usage of ${name}`);
  }
  const names = ['un', 'deux'];
  const file = custom({ classNames: names });
  const row = ['0.25', '-1'];
  const { probabilities } = answers(instance, file, Float32Array.from(row, Number));
  const shares = names.map((name, c) => `${name}: ${probabilities[c].toFixed(3)}\n`);
  const expected = `${shares.join('')}-> ${names[largest(probabilities)]}\n`;
  const home = temporary();
  const files = { 'student.mjs': toJavaScript(file), 'student.h': toC(file), 'predict.mjs': usage.javascript, 'predict.c': usage.c };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
  const inNode = () => execFileSync(process.execPath, ['predict.mjs', ...row], { cwd: home, encoding: 'utf8' });
  assert.equal(inNode(), expected);
  mkdirSync(join(home, 'node_modules'));
  symlinkSync(installed, join(home, 'node_modules/distillery'));
  writeFileSync(join(home, 'student.safetensors'), file);
  writeFileSync(join(home, 'predict.mjs'), usage.safetensors);
  assert.equal(inNode(), expected);
  for (const compiler of compilers) {
    execFileSync(compiler, [...strict, '-O2', '-ffp-contract=off', 'predict.c', '-o', 'predict'], { cwd: home });
    assert.equal(execFileSync(join(home, 'predict'), row, { encoding: 'utf8' }), expected);
  }
});

test('the core knows nothing of exporters and importers', () => {
  const core = readdirSync(join(installed, 'dist')).filter((name) => name.endsWith('.js'));
  assert.ok(core.includes('index.js') && core.includes('node.js'));
  for (const name of core)
    assert.doesNotMatch(readFileSync(join(installed, 'dist', name), 'utf8'), /exporters|importers|toOnnx|fromOnnx|quantise/, name);
});
