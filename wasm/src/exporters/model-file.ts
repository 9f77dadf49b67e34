import { DistilleryError } from '../errors.js';
import { bytesOf, crc32c, joined } from './bytes.js';

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

const limits = { header: 100_000_000, width: 65536, hiddenLayers: 16, classes: 1000, dropout: Math.fround(0.95) };
const newestVersion = 1;
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
  if (!(file instanceof Uint8Array))
    throw new DistilleryError('invalid_data', 'A model file is a Uint8Array, as Model.save gives it.');
  const { header, end } = headerOf(file);
  checkIdentity(file, header);
  const model = contents(file, header.json, end);
  check(model);
  const again = writeModel(model);
  if (again.length !== file.length || again.some((byte, at) => byte !== file[at]))
    fail('it is not what the library would write');
  return model;
}

interface Header { text: string; json: Record<string, unknown>; metadata: Record<string, unknown> }

function headerOf(file: Uint8Array): { header: Header; end: number } {
  if (file.length < 8) fail('it ends too early');
  const size = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)), end = 8 + size;
  if (size > limits.header || end > file.length) fail('its header would be longer than the file');
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.subarray(8, end));
    const json = record(JSON.parse(text));
    return { header: { text, json, metadata: record(json.__metadata__) }, end };
  } catch {
    fail('its header cannot be read');
  }
}

/** Is it ours, whole, and not newer than we are? In this order: only what is whole has a version to trust. */
function checkIdentity(file: Uint8Array, { text, metadata }: Header): void {
  if (metadata.format !== 'distillery-model') fail('it is not a Distillery one');
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

/** What the library asks of a model. */
function check({ layers, mean, scale, classNames, dropout }: ModelFile): void {
  if (layers.length > limits.hiddenLayers + 1) fail('it has too many layers');
  layers.forEach(({ inputs, outputs, bias }, l) => {
    if (l > 0 && inputs !== layers[l - 1]!.outputs) fail('its layers do not fit each other');
    if (bias.length !== outputs) fail('a bias does not fit its weight');
    if (l < layers.length - 1 && outputs >= limits.width) fail('a layer is too wide');
  });
  const { inputs } = layers[0]!, classes = layers.at(-1)!.outputs;
  if (mean.length !== inputs || scale.length !== inputs) fail('its scaling does not fit its inputs');
  if (classNames.length !== classes) fail('its class names do not fit its classes');
  if (classes < 2 || classes > limits.classes) fail('it has too few or too many classes');
  if (new Set(classNames).size !== classNames.length) fail('two classes have one name');
  if (dropout.length >= layers.length || dropout.some((p) => !(p >= 0 && p <= limits.dropout)))
    fail('its dropout is not usable');
  for (const values of [mean, scale, ...layers.flatMap(({ weight, bias }) => [weight, bias])])
    if (!values.every(Number.isFinite)) fail('a value is not a finite number');
  if (!scale.every((value) => value > 0)) fail('a scale is not above 0');
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
  const metadata = [['format', 'distillery-model'], ['version', `${newestVersion}`], ['activation', 'relu'],
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

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) fail('its header lacks a part');
  return value as Record<string, unknown>;
}

function isWidth(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= limits.width;
}
