import { DistilleryError } from '../errors.js';
import { faultOf, type Layer, type ModelFile, writeModel } from '../exporters/model-file.js';
import { unsupported } from './fail.js';

export interface ImportOptions {
  /** One for each class, all different. Without them those that the file tells, or '0', '1', '2', … */
  classNames?: string[];
  /**
   * How raw inputs enter a network that learned from scaled ones, (x − mean) / scale: a mean and a scale above 0 for
   * each input. Without them what the file tells, or 0 and 1. A file with a scaling of its own takes no second one.
   */
  mean?: ArrayLike<number>;
  scale?: ArrayLike<number>;
}

/** What a file tells of its network. */
export interface Found {
  layers: Layer[];
  scaling?: { mean: Float32Array; scale: Float32Array };
  classNames?: string[];
  dropout?: Float32Array;
}

/** What every importer ends with: the model file of what was found and what was given. */
export function modelFile(found: Found, { classNames, mean, scale }: ImportOptions): Uint8Array {
  const inputs = found.layers[0]!.inputs, classes = found.layers.at(-1)!.outputs;
  if (found.scaling && (mean !== undefined || scale !== undefined))
    wrong('This file has a scaling of its own. Leave mean and scale out.');
  const scaling = found.scaling ?? {
    mean: valuesOf('mean', mean, inputs, 0), scale: valuesOf('scale', scale, inputs, 1),
  };
  if (!scaling.scale.every((value) => value > 0)) {
    if (found.scaling) unsupported('its scaling multiplies by what is not above 0. Fold that into the first layer.');
    wrong('Each scale must be above 0.');
  }
  const model: ModelFile = {
    layers: found.layers, ...scaling, dropout: found.dropout ?? new Float32Array(),
    classNames: namesOf(classNames, classes) ?? found.classNames ?? Array.from({ length: classes }, (_, c) => `${c}`),
  };
  const fault = faultOf(model);
  if (fault) unsupported(`${fault}.`);
  return writeModel(model);
}

function wrong(why: string): never {
  throw new DistilleryError('invalid_option', why);
}

function valuesOf(option: string, values: ArrayLike<number> | undefined, inputs: number, usual: number): Float32Array {
  if (values === undefined) return new Float32Array(inputs).fill(usual);
  if (!Array.isArray(values) && !ArrayBuffer.isView(values)) wrong(`${option} must be an array of numbers.`);
  const floats = Float32Array.from(values);
  if (floats.length !== inputs)
    throw new DistilleryError('shape_mismatch',
      `${option} has ${floats.length} entries; the network has ${inputs} inputs.`);
  if (!floats.every(Number.isFinite)) wrong(`${option} must hold finite numbers that floats can hold.`);
  return floats;
}

function namesOf(names: string[] | undefined, classes: number): string[] | undefined {
  if (names === undefined) return undefined;
  if (!isTexts(names)) wrong('classNames must be an array of texts.');
  if (names.length !== classes)
    throw new DistilleryError('shape_mismatch',
      `There are ${names.length} class names; the network has ${classes} outputs.`);
  if (new Set(names).size !== names.length) wrong('classNames: two classes have one name.');
  return names;
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
