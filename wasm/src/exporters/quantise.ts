import { type Layer, readModel, writeModel } from './model-file.js';

export interface Quantised {
  /** Per layer the int8 weights, outputs × inputs, within ±127, and a scale for each output. */
  layers: { weight: Int8Array; scale: Float32Array }[];
  /**
   * The model whose weights are the rounded ones, as a model file: load and score it to see what quantising costs. The
   * int8 exports answer as it does.
   */
  file: Uint8Array;
}

/**
 * Quantises a model's weights to int8, symmetrically per output: scale = max |w| / 127 (1 where that is 0), and
 * w / scale rounded to the nearest whole number, halves to the even one. Biases and the scaling of inputs stay floats.
 */
export function quantise(file: Uint8Array): Quantised {
  const model = readModel(file);
  const layers = model.layers.map(quantiseLayer);
  return { layers: layers.map(({ int8 }) => int8), file: writeModel({ ...model, layers }) };
}

export function quantiseLayer(layer: Layer): Required<Layer> {
  const { inputs, outputs, weight: exact } = layer;
  const int8 = { weight: new Int8Array(exact.length), scale: new Float32Array(outputs) };
  const weight = new Float32Array(exact.length);
  for (let o = 0; o < outputs; ++o) {
    const row = exact.subarray(o * inputs, (o + 1) * inputs);
    const scale = Math.fround(row.reduce((most, w) => Math.max(most, Math.abs(w)), 0) / 127) || 1;
    int8.scale[o] = scale;
    row.forEach((w, i) => { int8.weight[o * inputs + i] = Math.min(Math.max(roundHalfToEven(w / scale), -127), 127); });
  }
  int8.weight.forEach((whole, at) => { weight[at] = whole * int8.scale[Math.floor(at / inputs)]!; });
  return { ...layer, weight, int8 };
}

function roundHalfToEven(value: number): number {
  return value - Math.floor(value) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value);
}
