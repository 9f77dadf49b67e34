// ONNX Runtime for browsers, which runs in Node too.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

const runtime = new URL('../../.toolchain/onnxruntime/ort.wasm.bundle.min.mjs', import.meta.url);
assert.ok(existsSync(runtime), 'ONNX Runtime is not there; scripts/setup brings it');
export const onnxruntime = await import(runtime);
onnxruntime.env.wasm.numThreads = 1;

// The runtime sums in another order and with another exponential. These sums have up to 33 terms that cancel to a few
// units, so some 1e-6 of difference must be expected; a wrong weight, order or scaling shows at 1e-2.
export function assertClose(actual, expected, what) {
  expected.forEach((value, i) =>
    assert.ok(Math.abs(actual[i] - value) <= 1e-5 + 1e-4 * Math.abs(value), `${what}: ${actual[i]} is not ${value}`));
}

/** What the package answers. */
export function answers(instance, file, rows) {
  const model = instance.loadModel(file);
  try {
    const { inputs, classes } = model.architecture;
    const { classNames } = model;
    return { inputs, classes, classNames, logits: model.logits(rows), probabilities: model.predictProba(rows) };
  } finally {
    model.dispose();
  }
}

export const rowsOf = (values, width) =>
  Array.from({ length: values.length / width }, (_, row) => values.subarray(row * width, (row + 1) * width));

/** What a runtime, for browsers or for Node, answers. */
export async function runOnnx({ InferenceSession, Tensor }, bytes, rows, inputs) {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  assert.deepEqual([...session.inputNames], ['features']);
  const features = new Tensor('float32', rows, [rows.length / inputs, inputs]);
  const { logits, probabilities, label } = await session.run({ features });
  await session.release();
  const shapes = [logits, probabilities, label].map(({ dims }) => [...dims]);
  return { logits: logits.data, probabilities: probabilities.data, label: label.data, shapes };
}

/** Has a runtime answer the ONNX export of a random model on its rows. */
export async function assertAnswersAlike(runtime, toOnnx, instance, { file, rows, reference }, weights, what) {
  const { inputs, classes, logits, probabilities } = answers(instance, reference[weights], rows), count = rows.length / inputs;
  const onnx = await runOnnx(runtime, toOnnx(file, { weights }), rows, inputs);
  assert.deepEqual(onnx.shapes, [[count, classes], [count, classes], [count]]);
  assertClose(onnx.logits, logits, `logits of ${what}`);
  assertClose(onnx.probabilities, probabilities, `probabilities of ${what}`);
  rowsOf(onnx.logits, classes).forEach((row, r) => assert.equal(Number(onnx.label[r]), row.indexOf(Math.max(...row))));
}
