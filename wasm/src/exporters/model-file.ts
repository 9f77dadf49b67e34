import { DistilleryError } from '../errors.js';
import { bytesOf, crc32c, joined } from './bytes.js';
import { parseJson } from './strict-json.js';

/** Matrices are row-major. */
export interface Layer {
  inputs: number;
  outputs: number;
  /** outputs × inputs */
  weight: Float32Array;
  bias: Float32Array;
  /** Where the weights are quantised: weight[o][i] = int8.weight[o][i] · int8.scale[o], rounded to a float. */
  int8?: { weight: Int8Array; scale: Float32Array };
}

/** What a model file holds: a network with ReLU between its layers, its inputs' scaling, and its classes' names. */
export interface ModelFile {
  layers: Layer[];
  /** A raw input x enters as (x − mean) / scale. */
  mean: Float32Array;
  scale: Float32Array;
  classNames: string[];
  /** Probabilities, of the first hidden layers. */
  dropout: Float32Array;
}

/** What a model may be at most; a hidden layer is narrower than `width`. As in src/distillery/mlp.cpp. */
export const limits = {
  header: 100_000_000, width: 65536, hiddenLayers: 16, classes: 1000, dropout: Math.fround(0.95), parameters: 2 ** 28,
};
const formatName = 'distillery-model', newestVersion = 1;
const crcKey = '"crc32c":"', crcDigits = 8;

function fail(why: string): never {
  throw new DistilleryError('corrupt_file',
    `This model cannot be read: ${why}. It was cut short, altered, or is another kind of file.`);
}

/**
 * Reads what `Model.save` wrote, as src/distillery/model_file.cpp does. Strict: once read it is written again, and any
 * other byte anywhere in the file is an error. Throws corrupt_file or unsupported_version.
 */
export function readModel(file: Uint8Array): ModelFile {
  const header = headerOf(file);
  checkIdentity(file, header);
  const model = contents(file, header.json, header.end);
  const fault = faultOf(model);
  if (fault) fail(fault);
  const again = writeModel(model);
  if (again.length !== file.length || again.some((byte, at) => byte !== file[at]))
    fail('it is not what the library would write');
  return model;
}

interface Header {
  text: string;
  json: Record<string, unknown>;
  /** Where the tensors begin. */
  end: number;
}

/** Of any safetensors file. Throws corrupt_file, or invalid_data where it is no Uint8Array. */
export function headerOf(file: Uint8Array): Header {
  if (!(file instanceof Uint8Array))
    throw new DistilleryError('invalid_data', 'A model file is a Uint8Array, as Model.save gives it.');
  if (file.length < 8) fail('it ends too early');
  const size = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)), end = 8 + size;
  if (size > limits.header || end > file.length) fail('its header would be longer than the file');
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.subarray(8, end));
    return { text, json: record(parseJson(text)), end };
  } catch {
    fail('its header cannot be read');
  }
}

/** Whether a safetensors file says that it is one of ours. */
export function isOurs({ json: { __metadata__: metadata } }: Header): boolean {
  return typeof metadata === 'object' && metadata !== null && 'format' in metadata && metadata.format === formatName;
}

/** Is it ours, whole, and not newer than we are? In this order: only what is whole has a version to trust. */
function checkIdentity(file: Uint8Array, header: Header): void {
  if (!isOurs(header)) fail('it is not a Distillery one');
  const { text } = header, metadata = record(header.json.__metadata__);
  const before = text.indexOf(crcKey);   // no text can hold it, for its quotes would be escaped
  const digitsAt = 8 + new TextEncoder().encode(text.slice(0, before)).length + crcKey.length;
  if (before < 0 || metadata.crc32c !== checksum(file, digitsAt)) fail('its checksum does not fit');
  if (typeof metadata.version !== 'string' || !/^[1-9]\d{0,5}$/.test(metadata.version)) fail('its version is broken');
  const version = Number(metadata.version);
  if (version > newestVersion)
    throw new DistilleryError('unsupported_version',
      `This model has version ${version}; this Distillery reads up to ${newestVersion}. Use a newer one.`);
}

function contents(file: Uint8Array, header: Record<string, unknown>, dataAt: number): ModelFile {
  let at = dataAt;
  /** The next tensor. Its shape is backed by bytes before anything is allocated for it. */
  const tensor = (name: string, dimensions: number): { shape: number[]; values: Float32Array } => {
    const shape = record(header[name]).shape;
    if (!Array.isArray(shape) || shape.length !== dimensions || !shape.every(isWidth))
      fail(`${name} has no usable shape`);
    const size = 4 * shape.reduce((product, extent) => product * extent, 1);
    if (size > file.length - at) fail(`${name} would end beyond the file`);
    const values = new Float32Array(size / 4);
    bytesOf(values).set(file.subarray(at, at + size));
    at += size;
    return { shape, values };
  };

  const layers: Layer[] = [];
  for (let l = 0; l === 0 || Object.hasOwn(header, `layers.${l}.weight`); ++l) {
    const { shape, values: weight } = tensor(`layers.${l}.weight`, 2);
    layers.push({ outputs: shape[0]!, inputs: shape[1]!, weight, bias: tensor(`layers.${l}.bias`, 1).values });
  }
  const mean = tensor('scaling.mean', 1).values, scale = tensor('scaling.scale', 1).values;
  const dropout = Object.hasOwn(header, 'dropout') ? tensor('dropout', 1).values : new Float32Array();

  const metadata = record(header.__metadata__), classNames: string[] = [];
  for (let c = 0; Object.hasOwn(metadata, `class.${c}`); ++c) {
    const name = metadata[`class.${c}`];
    classNames.push(typeof name === 'string' ? name : fail('a class name is no text'));
  }
  return { layers, mean, scale, classNames, dropout };
}

/** What the library would not take of a model; undefined: nothing. */
export function faultOf({ layers, mean, scale, classNames, dropout }: ModelFile): string | undefined {
  const { inputs } = layers[0]!, classes = layers.at(-1)!.outputs;
  if (layers.length > limits.hiddenLayers + 1) return 'it has too many layers';
  if (layers.some((layer, l) => l > 0 && layer.inputs !== layers[l - 1]!.outputs))
    return 'its layers do not fit each other';
  if (layers.some(({ outputs, bias }) => bias.length !== outputs)) return 'a bias does not fit its weight';
  if (layers.slice(0, -1).some(({ outputs }) => outputs >= limits.width)) return 'a layer is too wide';
  if (layers.reduce((sum, { weight, bias }) => sum + weight.length + bias.length, 0) > limits.parameters)
    return 'it has too many parameters';
  if (mean.length !== inputs || scale.length !== inputs) return 'its scaling does not fit its inputs';
  if (classNames.length !== classes) return 'its class names do not fit its classes';
  if (classes < 2 || classes > limits.classes) return `it has ${classes} outputs, which are no 2 to 1,000 classes`;
  if (new Set(classNames).size !== classNames.length) return 'two classes have one name';
  if (classNames.some((name) => /\p{Surrogate}/u.test(name))) return 'a class name is not Unicode text';
  if (dropout.length >= layers.length || dropout.some((p) => !(p >= 0 && p <= limits.dropout)))
    return 'its dropout is not usable';
  for (const values of [mean, scale, ...layers.flatMap(({ weight, bias }) => [weight, bias])])
    if (!values.every(Number.isFinite)) return 'a value is not a finite number';
  return scale.every((value) => value > 0) ? undefined : 'a scale is not above 0';
}

/** The file of a model, the same bytes as the library's. */
export function writeModel({ layers, mean, scale, classNames, dropout }: ModelFile): Uint8Array {
  const tensors: Float32Array[] = [];
  let offset = 0;
  const tensor = (name: string, values: Float32Array, shape = [values.length]): string => {
    tensors.push(values);
    const start = offset;
    offset += values.byteLength;
    return `,"${name}":{"dtype":"F32","shape":[${shape.join()}],"data_offsets":[${start},${offset}]}`;
  };
  const metadata = [['format', formatName], ['version', `${newestVersion}`], ['activation', 'relu'],
    ['crc32c', '0'.repeat(crcDigits)], ...classNames.map((name, c) => [`class.${c}`, name])];
  const header = [
    `{"__metadata__":{${metadata.map(([key, value]) => `"${key}":${quoted(value!)}`).join()}}`,
    ...layers.map(({ inputs, outputs, weight, bias }, l) =>
      tensor(`layers.${l}.weight`, weight, [outputs, inputs]) + tensor(`layers.${l}.bias`, bias)),
    tensor('scaling.mean', mean), tensor('scaling.scale', scale),
    dropout.length > 0 ? tensor('dropout', dropout) : '', '}',
  ].join('');

  const text = new TextEncoder().encode(header);
  const front = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);   // tensors start on a multiple of 8
  new DataView(front.buffer).setBigUint64(0, BigInt(front.length - 8), true);
  front.set(text, 8);
  const file = joined([front, ...tensors.map(bytesOf)]);
  const digitsAt = 8 + header.indexOf(crcKey) + crcKey.length;
  file.set(new TextEncoder().encode(checksum(file, digitsAt)), digitsAt);
  return file;
}

/** JSON of a text, as the library writes it. */
function quoted(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&')
    .replace(/[\0-\x1f]/g, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}

/** CRC-32C of a file in which the digits at `digitsAt` are left out, as those digits. */
function checksum(file: Uint8Array, digitsAt: number): string {
  const crc = crc32c(file.subarray(digitsAt + crcDigits), crc32c(file.subarray(0, digitsAt)));
  return crc.toString(16).padStart(crcDigits, '0');
}

/** An object of JSON. */
export function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) fail('its header lacks a part');
  return value as Record<string, unknown>;
}

export function isWidth(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= limits.width;
}
