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
