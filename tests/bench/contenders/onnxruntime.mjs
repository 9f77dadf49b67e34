// onnxruntime-web: it answers, and trains nothing.
import * as ort from 'onnxruntime-web/wasm';
import { onnxOf } from '../lib/onnx.mjs';

export async function load({ files } = {}) {
  ort.env.wasm.numThreads = 1;
  if (files) ort.env.wasm.wasmPaths = `${files}/`;
  return {
    version: ort.env.versions.web,
    async predict({ layers, inputs }) {
      const session = await ort.InferenceSession.create(onnxOf(layers), { executionProviders: ['wasm'] });
      const answer = async (rows) => {
        const { y } = await session.run({ x: new ort.Tensor('float32', rows, [rows.length / inputs, inputs]) });
        return y.data;
      };
      return { one: answer, many: answer };
    },
  };
}
