import { DistilleryError } from '../errors.js';
import type { Layer } from '../exporters/model-file.js';
import { parseJson } from '../exporters/strict-json.js';
import { corrupt } from './fail.js';
import { type ImportOptions, isTexts, modelFile } from './options.js';

const newestVersion = 1;

/**
 * The model file of a JSON export (`JsonModel` of `distillery/export`), as text or as bytes. Of an int8 export the
 * weights are the rounded ones, as `quantise` has them.
 *
 * @throws DistilleryError `corrupt_file`, `unsupported_version`, `unsupported_model`, `invalid_option` or
 * `shape_mismatch`.
 */
export function fromJson(json: string | Uint8Array, options: ImportOptions = {}): Uint8Array {
  const { format, version, architecture, classNames, scaling, layers } = record(parsed(json), 'it');
  if (format !== 'distillery-json') wrong('it is not a Distillery one');
  if (!Number.isSafeInteger(version) || (version as number) < 1) wrong('its version is broken');
  if (version !== newestVersion)
    throw new DistilleryError('unsupported_version',
      `This JSON has version ${version as number}; this Distillery reads up to ${newestVersion}. Use a newer one.`);
  if (!Array.isArray(layers) || layers.length === 0) wrong('it has no layers');
  const found = (layers as unknown[]).map(layerOf), { mean, scale } = record(scaling, 'its scaling');
  checkArchitecture(record(architecture, 'its architecture'), found);
  if (!isTexts(classNames)) wrong('its class names are no texts');
  return modelFile({
    layers: found, classNames, scaling: { mean: floats(mean, 'its means'), scale: floats(scale, 'its scales') },
  }, options);
}

function parsed(json: string | Uint8Array): unknown {
  if (typeof json !== 'string' && !(json instanceof Uint8Array))
    throw new DistilleryError('invalid_data', 'A JSON export is a text or a Uint8Array.');
  try {
    return parseJson(typeof json === 'string' ? json : new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    wrong('it is not JSON', error);
  }
}

function checkArchitecture({ inputs, hidden, classes, activation }: Record<string, unknown>, layers: Layer[]): void {
  if (activation !== 'relu') wrong('its activation is not relu');
  const widths = [layers[0]!.inputs, ...layers.map(({ outputs }) => outputs)];
  if (!Array.isArray(hidden) || JSON.stringify([inputs, ...hidden as unknown[], classes]) !== JSON.stringify(widths))
    wrong('its layers are not those of its architecture');
}

function layerOf(layer: unknown, at: number): Layer {
  const name = `layer ${at + 1}`, { weight, weightScale, bias } = record(layer, name);
  if (!Array.isArray(weight) || weight.length === 0) wrong(`${name} has no weights`);
  const rows = (weight as unknown[]).map((row) => floats(row, `a row of ${name}`));
  const inputs = rows[0]!.length, outputs = rows.length;
  if (inputs === 0 || rows.some(({ length }) => length !== inputs)) wrong(`the rows of ${name} are not of one length`);
  const values = new Float32Array(inputs * outputs);
  const scales = weightScale === undefined ? undefined : floats(weightScale, `the scales of ${name}`);
  if (scales && scales.length !== outputs) wrong(`the scales of ${name} do not fit its rows`);
  rows.forEach((row, o) => values.set(scales ? row.map((whole) => whole * scales[o]!) : row, o * inputs));
  return { inputs, outputs, weight: values, bias: floats(bias, `the bias of ${name}`) };
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) wrong(`${what} is no object`);
  return value as Record<string, unknown>;
}

function floats(value: unknown, what: string): Float32Array {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'number')) wrong(`${what} is no list of numbers`);
  return Float32Array.from(value as number[]);
}

function wrong(why: string, cause?: unknown): never {
  corrupt('JSON', why, cause);
}
