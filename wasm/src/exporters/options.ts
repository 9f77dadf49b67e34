import { DistilleryError } from '../errors.js';
import { type ModelFile, readModel } from './model-file.js';
import { quantiseLayer } from './quantise.js';

export interface ExportOptions {
  /** `int8`: a fourth of the size, and somewhat other answers; `quantise` tells how to measure that. */
  weights?: 'float32' | 'int8';
  /** One for each input, to be kept beside the weights. */
  featureNames?: string[];
}

export interface Exported extends ModelFile {
  /** Inputs, hidden layers, classes. */
  widths: number[];
  featureNames: string[] | undefined;
}

/** What every exporter starts from. Throws corrupt_file, unsupported_version, invalid_option or shape_mismatch. */
export function open(file: Uint8Array, { weights = 'float32', featureNames }: ExportOptions): Exported {
  if (weights !== 'float32' && weights !== 'int8')
    throw new DistilleryError('invalid_option', "weights must be 'float32' or 'int8'.");
  if (featureNames !== undefined && !Array.isArray(featureNames))
    throw new DistilleryError('invalid_option', 'featureNames must be an array.');
  const model = readModel(file);
  const inputs = model.mean.length;
  if (featureNames && featureNames.length !== inputs)
    throw new DistilleryError('shape_mismatch',
      `There are ${featureNames.length} feature names; the network has ${inputs} inputs.`);
  return {
    ...model, layers: weights === 'int8' ? model.layers.map(quantiseLayer) : model.layers,
    widths: [inputs, ...model.layers.map(({ outputs }) => outputs)], featureNames: featureNames?.map(String),
  };
}

/** For comments in what is exported: shape and kind of weights. */
export function describe({ widths, layers }: Exported): string {
  return `Made by Distillery: network ${widths.join('-')}, ${layers[0]!.int8 ? 'int8' : 'float32'} weights.`;
}
