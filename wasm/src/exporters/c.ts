import { describe, type Exported, type ExportOptions, open } from './options.js';

export interface CExportOptions extends ExportOptions {
  /** What all identifiers begin with; what C does not allow in it becomes `_`. */
  name?: string;
}

/**
 * The model as a C99 header without dependencies, allocation or libm. With `name: 'student'` it declares the constants
 * `student_inputs` and `student_classes`, the texts `student_class_names` (UTF-8) and, where given,
 * `student_feature_names`, and
 *
 *     void student_logits(const float* row, float* logits);
 *     void student_probabilities(const float* row, float* probabilities);
 *     int student_predict(const float* row);   // the number of the likeliest class
 *
 * Logits and probabilities equal the package's bit for bit where floats are IEEE 754 singles, computed as such
 * (FLT_EVAL_METHOD 0) and not contracted (-ffp-contract=off). Where a value of the row is not finite, or much too far
 * out, they are NaN and the class is −1.
 */
export function toC(file: Uint8Array, { name = 'student', ...options }: CExportOptions = {}): string {
  const model = open(file, options);
  const { mean, scale, classNames, featureNames, widths, layers } = model;
  const prefix = identifier(String(name));
  const inputs = widths[0]!, classes = widths.at(-1)!;
  const room = Math.max(...widths.slice(0, -1)), buffers = Math.min(layers.length, 2);
  return `/*
 * ${describe(model)}
 * Compile with -ffp-contract=off and without -ffast-math: then logits and probabilities equal the package's bit for
 * bit; fused multiplications and additions change their last digits. Stack: about ${4 * buffers * room} bytes.
 */
#ifndef DISTILLERY_${prefix}
#define DISTILLERY_${prefix}

#include <stdint.h>

enum { ${prefix}_inputs = ${inputs}, ${prefix}_classes = ${classes} };

${texts(`${prefix}_class_names`, classNames)}
${featureNames ? `${texts(`${prefix}_feature_names`, featureNames)}\n` : ''}
/* A raw value x enters as (x - mean) / scale. */
${floats(`${prefix}_mean`, mean)}
${floats(`${prefix}_scale`, scale)}

/* Of each layer: weights, a row for each output${layers[0]!.int8 ? ', to be multiplied by its scale' : ''}; biases. */
${layers.map((_, l) => layerConstants(prefix, model, l)).join('\n')}

${layers[0]!.int8 ? int8Layer(prefix) : floatLayer(prefix)}

static inline void ${prefix}_logits(const float* row, float* logits) {
  float a[${room}]${layers.length > 1 ? `, b[${room}]` : ''};
  float unusable = 0; /* v - v is 0, or NaN where v is not finite */
  for (int i = 0; i < ${inputs}; ++i) {
    a[i] = (row[i] - ${prefix}_mean[i]) / ${prefix}_scale[i];
    unusable += a[i] - a[i];
  }
${layers.map((_, l) => layerCall(prefix, model, l)).join('\n')}
  for (int i = 0; i < ${classes}; ++i) logits[i] += unusable;
}

/* e^x of x up to 0: x = n ln 2 + r, a polynomial in r, and n added to the exponent. */
static inline float ${prefix}_exp(float x) {
  if (x < -87.0f || x != x) return x < 0 ? 0.0f : x;
  union { float value; uint32_t bits; } p, shifted;
  shifted.value = x * 1.44269504f + 12582912.0f;
  const float n = shifted.value - 12582912.0f;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  p.value = 1.0f / 5040;
  p.value = p.value * r + 1.0f / 720;
  p.value = p.value * r + 1.0f / 120;
  p.value = p.value * r + 1.0f / 24;
  p.value = p.value * r + 1.0f / 6;
  p.value = p.value * r + 0.5f;
  p.value = p.value * (r * r) + r + 1.0f;
  p.bits += (shifted.bits - 0x4B400000u) << 23;
  return p.value;
}

static inline void ${prefix}_probabilities(const float* row, float* probabilities) {
  ${prefix}_logits(row, probabilities);
  float most = probabilities[0], sum = 0;
  for (int c = 1; c < ${classes}; ++c) if (probabilities[c] > most) most = probabilities[c];
  for (int c = 0; c < ${classes}; ++c) sum += probabilities[c] = ${prefix}_exp(probabilities[c] - most);
  for (int c = 0; c < ${classes}; ++c) probabilities[c] /= sum;
}

static inline int ${prefix}_predict(const float* row) {
  float logits[${classes}];
  int best = 0;
  ${prefix}_logits(row, logits);
  for (int c = 1; c < ${classes}; ++c) if (logits[c] > logits[best]) best = c;
  return logits[0] == logits[0] ? best : -1;
}

#endif
`;
}

/** The part of a name that all identifiers start with: no keyword, reserved or longer than compilers tell apart. */
function identifier(name: string): string {
  const usable = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^_+/, '').slice(0, 32);
  return /^[A-Za-z]/.test(usable) ? usable : `student_${usable}`.replace(/_+$/, '');
}

const floatLayer = (prefix: string): string => `\
static inline void ${prefix}_layer(
    const float* x, int inputs, const float* weight, const float* bias, int outputs, int rectify, float* y) {
  for (int o = 0; o < outputs; ++o) {
    float sum = 0;
    for (int i = 0; i < inputs; ++i) sum += x[i] * *weight++;
    sum += bias[o];
    y[o] = sum > 0 || !rectify ? sum : 0;
  }
}`;

const int8Layer = (prefix: string): string => `\
static inline void ${prefix}_layer(
    const float* x, int inputs, const signed char* weight, const float* scale, const float* bias, int outputs,
    int rectify, float* y) {
  for (int o = 0; o < outputs; ++o) {
    float sum = 0;
    for (int i = 0; i < inputs; ++i) sum += x[i] * ((float)*weight++ * scale[o]);
    sum += bias[o];
    y[o] = sum > 0 || !rectify ? sum : 0;
  }
}`;

function layerConstants(prefix: string, { layers }: Exported, l: number): string {
  const { weight, bias, int8 } = layers[l]!;
  const weights = !int8 ? [floats(`${prefix}_weight_${l}`, weight)] : [
    array('signed char', `${prefix}_weight_${l}`, Array.from(int8.weight, String)),
    floats(`${prefix}_weight_scale_${l}`, int8.scale)];
  return [...weights, floats(`${prefix}_bias_${l}`, bias)].join('\n');
}

/** From one of the two buffers into the other, from the last layer to where the logits belong. */
function layerCall(prefix: string, { layers }: Exported, l: number): string {
  const { inputs, outputs, int8 } = layers[l]!;
  const last = l === layers.length - 1;
  const [from, to] = l % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
  const constants = ['weight', ...int8 ? ['weight_scale'] : [], 'bias'].map((what) => `${prefix}_${what}_${l}`);
  return `  ${prefix}_layer(${[from, inputs, ...constants, outputs, last ? 0 : 1, last ? 'logits' : to].join(', ')});`;
}

function array(type: string, name: string, values: string[]): string {
  return `static const ${type} ${name}[] = {\n  ${wrapped(values)}\n};`;
}
const floats = (name: string, values: Float32Array): string => array('float', name, Array.from(values, hexadecimal));
const texts = (name: string, values: string[]): string => array('char* const', name, values.map(literal));

/** Separated by commas, in lines of up to 118 characters where the values are that short. */
function wrapped(values: string[]): string {
  let text = '', column = 0;
  for (const [i, value] of values.entries()) {
    const piece = i < values.length - 1 ? `${value}, ` : value;
    if (column > 0 && column + piece.length > 118) {
      text = `${text.trimEnd()}\n  `;
      column = 0;
    }
    text += piece;
    column += piece.length;
  }
  return text;
}

/** A float as C writes it without loss: 0x1.8p+0f. */
function hexadecimal(value: number): string {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const word = bits.getUint32(0), exponent = word >>> 23 & 0xff, mantissa = word & 0x7fffff;
  const sign = word >>> 31 ? '-' : '';
  if (exponent === 0 && mantissa === 0) return `${sign}0x0p+0f`;
  const digits = (mantissa * 2).toString(16).padStart(6, '0').replace(/0+$/, '');
  const power = exponent === 0 ? -126 : exponent - 127;   // 0: a subnormal number
  return `${sign}0x${exponent === 0 ? 0 : 1}${digits && `.${digits}`}p${power < 0 ? '' : '+'}${power}f`;
}

/** A text as a C string: what is not plain ASCII byte by byte, `?` too, for two of them may begin a trigraph. */
function literal(text: string): string {
  const escaped = Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[ !#->@-[\]-~]/.test(character) ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}
