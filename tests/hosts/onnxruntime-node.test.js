// ONNX Runtime for Node, the native one, answers our exports as the package does.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import runtime from 'onnxruntime-node';
import { assertAnswersAlike } from '../node/onnx-runtime.js';
import { randomModel } from '../node/random-models.js';
import { distillery, exporters } from '../node/support.js';

const count = 1000, rowCount = 100;
const instance = await distillery.loadDistillery();
after(() => assert.equal(instance.liveHandles(), 0, 'a handle is left'));

test(`onnxruntime-node answers ${count} random networks on ${rowCount} rows as the package does, with weights of float32 and int8`, async () => {
  for (let seed = 0; seed < count; ++seed) {
    const model = randomModel(instance, seed, rowCount);
    for (const weights of ['float32', 'int8']) await assertAnswersAlike(runtime, exporters.toOnnx, instance, model, weights, `network ${seed}, ${weights}`);
  }
});
