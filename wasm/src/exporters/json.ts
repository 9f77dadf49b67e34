import { type ExportOptions, open } from './options.js';

/** What `toJson` writes. Numbers, read as doubles and then rounded to floats, are the model's to the bit. */
export interface JsonModel {
  format: 'distillery-json';
  version: 1;
  /** ReLU after every hidden layer; the last one's sums are the logits. */
  architecture: { inputs: number; hidden: number[]; classes: number; activation: 'relu' };
  classNames: string[];
  featureNames?: string[];
  /** A raw input x enters as (x − mean) / scale. */
  scaling: { mean: number[]; scale: number[] };
  layers: {
    /** outputs × inputs: a row for each output. */
    weight: number[][];
    /** Only with int8 weights, which are whole numbers: those of output o are to be multiplied by weightScale[o]. */
    weightScale?: number[];
    bias: number[];
  }[];
}

/** The model as JSON, see JsonModel. */
export function toJson(file: Uint8Array, options: ExportOptions = {}): string {
  const { layers, mean, scale, classNames, featureNames, widths } = open(file, options);
  const architecture = { inputs: widths[0], hidden: widths.slice(1, -1), classes: widths.at(-1), activation: 'relu' };
  const layerTexts = layers.map(({ inputs, outputs, weight, bias, int8 }) => {
    const numbers = int8?.weight ?? weight;
    const rows = Array.from({ length: outputs }, (_, o) => list(numbers.subarray(o * inputs, (o + 1) * inputs)));
    const scales = int8 ? `\n   "weightScale": ${list(int8.scale)},` : '';
    return `  {"weight": [\n    ${rows.join(',\n    ')}],${scales}\n   "bias": ${list(bias)}}`;
  });
  const features = featureNames ? ` "featureNames": ${JSON.stringify(featureNames)},\n` : '';
  return `{
 "format": "distillery-json",
 "version": 1,
 "architecture": ${JSON.stringify(architecture)},
 "classNames": ${JSON.stringify(classNames)},
${features} "scaling": {"mean": ${list(mean)}, "scale": ${list(scale)}},
 "layers": [
${layerTexts.join(',\n')}
 ]
}
`;
}

/** By hand, since JSON.stringify makes a 0 of −0, and a float as long as the double next to it. */
function list(values: Float32Array | Int8Array): string {
  return `[${Array.from(values, decimal).join()}]`;
}

/** The shortest decimal from six digits on that reads back to the same float; nine always do. */
function decimal(value: number): string {
  if (Object.is(value, -0)) return '-0';
  let digits = 6;
  while (Math.fround(Number(value.toPrecision(digits))) !== value) ++digits;
  return String(Number(value.toPrecision(digits)));
}
