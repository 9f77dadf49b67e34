import { bytesOf, joined } from './bytes.js';
import { describe, type ExportOptions, open } from './options.js';

/**
 * The model as an ES module without dependencies, for browsers, Node and other engines. It exports `inputs`,
 * `classNames` and, where given, `featureNames`, and `logits(row)`, `probabilities(row)` (Float32Array) and
 * `predict(row)` (a class's name) of a row of `inputs` numbers. Logits and probabilities equal the package's bit for
 * bit: every product, sum and quotient is rounded to a float, in the same order, and the exponential is the package's
 * own. RangeError where a row has another length or a value that is not finite.
 */
export function toJavaScript(file: Uint8Array, options: ExportOptions = {}): string {
  const model = open(file, options);
  const { layers, mean, scale, classNames, featureNames, widths } = model;
  const int8 = layers[0]!.int8 !== undefined;
  const values = [mean, scale, ...layers.flatMap((layer) => layer.int8
    ? [layer.int8.weight, layer.int8.scale, layer.bias] : [layer.weight, layer.bias])];
  const data = base64(joined(values.map(bytesOf)));
  return `// ${describe(model)}
export const classNames = ${literal(classNames)};
${featureNames ? `export const featureNames = ${literal(featureNames)};\n` : ''}const widths = [${widths.join(', ')}];
export const inputs = widths[0];

// mean, scale; per layer weights (outputs x inputs), ${int8 ? 'scales, ' : ''}biases; little-endian
const data = new DataView(Uint8Array.from(atob('${data}'), (c) => c.charCodeAt(0)).buffer);
let at = 0;
const floats = (length) => Float32Array.from({ length }, () => data.getFloat32((at += 4) - 4, true));
const mean = floats(inputs), scale = floats(inputs);
const layers = widths.slice(1).map((outputs, l) => {
  ${int8 ? int8Weights : 'const weight = floats(outputs * widths[l]);'}
  return { weight, bias: floats(outputs) };
});
const f = Math.fround;

export function logits(row) {
  let x = Float32Array.from(row).map((v, i) => v - mean[i]).map((v, i) => v / scale[i]);
  if (x.length !== inputs || !x.every(isFinite)) throw new RangeError(\`a row is \${inputs} finite numbers\`);
  layers.forEach(({ weight, bias }, l) => {
    const from = l ? x.map((v) => (v > 0 ? v : 0)) : x;
    x = bias.map((b, o) => from.reduce((sum, v, i) => f(sum + f(v * weight[o * from.length + i])), 0) + b);
  });
  return x;
}

export function probabilities(row) {
  const z = logits(row), most = z.reduce((a, b) => (b > a ? b : a));
  const e = z.map((v) => exp(f(v - most))), sum = e.reduce((a, b) => f(a + b));
  return e.map((v) => v / sum);
}

export function predict(row) {
  const z = logits(row);
  return classNames[z.reduce((best, v, c) => (v > z[best] ? c : best), 0)];
}

// e^x for x <= 0: 2^n times a polynomial
const p = new Float32Array(1), bits = new Int32Array(p.buffer);
function exp(x) {
  if (x < -87) return 0;
  const n = f(f(f(x * f(1.44269504)) + 12582912) - 12582912);
  const r = f(f(x - f(n * 0.693359375)) + f(n * f(2.1219444e-4)));
  p[0] = 1 / 5040;
  for (const c of [720, 120, 24, 6, 2]) p[0] = f(p[0] * r) + f(1 / c);
  p[0] = f(f(p[0] * f(r * r)) + r) + 1;
  bits[0] += n * 2 ** 23;
  return p[0];
}
`;
}

const int8Weights = `const int8 = Int8Array.from({ length: outputs * widths[l] }, () => data.getInt8(at++));
  const scale = floats(outputs);
  const weight = Float32Array.from(int8, (w, i) => w * scale[i / widths[l] | 0]);`;

/** Names as an array literal that is harmless inside an HTML page, too. */
function literal(names: string[]): string {
  return JSON.stringify(names)
    .replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function base64(bytes: Uint8Array): string {
  const step = 3 * 4096;   // a multiple of 3, so that the pieces join; few enough to be arguments
  let text = '';
  for (let i = 0; i < bytes.length; i += step) text += btoa(String.fromCharCode(...bytes.subarray(i, i + step)));
  return text;
}
