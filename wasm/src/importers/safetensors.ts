import { DistilleryError } from '../errors.js';
import { headerOf, isOurs, isWidth, type Layer, limits, readModel, record } from '../exporters/model-file.js';
import { elementSize, type ElementType, floatsOf } from './elements.js';
import { corrupt, shown, unsupported } from './fail.js';
import { type ImportOptions, isTexts, modelFile } from './options.js';

export interface SafetensorsOptions extends ImportOptions {
  /**
   * The layers from first to last, by their names without `.weight`, where the natural order of the names (2 before 10)
   * is not theirs.
   */
  layers?: string[];
}

/**
 * The model file of an MLP in safetensors, as `safetensors.torch.save_file(model.state_dict(), …)` writes an
 * `nn.Sequential` of Linear, ReLU and Dropout: matrices `0.weight`, `layers.0.weight`, … [outputs, inputs] with their
 * `.bias` [outputs] or without; F32, or F64, F16 and BF16, which become floats. The format does not tell what happens
 * between the matrices: it is taken to be ReLU. Files of ours are taken with all they hold.
 *
 * @throws DistilleryError `corrupt_file`, `unsupported_version`, `unsupported_model` (whole, but no such network),
 * `invalid_option` or `shape_mismatch`.
 */
export function fromSafetensors(file: Uint8Array, options: SafetensorsOptions = {}): Uint8Array {
  const header = headerOf(file);
  if (isOurs(header)) {
    const { mean, scale, ...model } = readModel(file);
    return modelFile({ ...model, scaling: { mean, scale } }, options);
  }
  return modelFile({ layers: layersOf(tensorsOf(header.json, file.subarray(header.end)), options.layers) }, options);
}

interface Tensor { name: string; type: ElementType; shape: number[]; begin: number; bytes: Uint8Array }

/** All tensors. Together they must fill the data without gaps. */
function tensorsOf(header: Record<string, unknown>, data: Uint8Array): Tensor[] {
  const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__')
    .map(([name, described]) => tensorOf(name, record(described), data))
    .sort((a, b) => a.begin - b.begin || a.bytes.length - b.bytes.length);
  let end = 0;
  for (const { name, begin, bytes } of tensors) {
    if (begin !== end) corrupt('safetensors', `${shown(name)} does not begin where the tensor before it ends`);
    end += bytes.length;
  }
  if (end !== data.length) corrupt('safetensors', 'it has not the length that its header says');
  return tensors;
}

function tensorOf(name: string, { dtype, shape, data_offsets: offsets }: Record<string, unknown>,
                  data: Uint8Array): Tensor {
  if (typeof dtype !== 'string' || !areSizes(shape) || !areSizes(offsets) || offsets.length !== 2)
    corrupt('safetensors', `${shown(name)} is not described as a tensor is`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > data.length) corrupt('safetensors', `${shown(name)} would end beyond the file`);
  if (!isFloat(dtype)) unsupported(`${shown(name)} has elements ${shown(dtype)}; F32, F64, F16 and BF16 are taken.`);
  if (shape.reduce((product, extent) => product * extent, elementSize[dtype]) !== end - begin)
    corrupt('safetensors', `${shown(name)} has not as many bytes as its shape asks for`);
  return { name, type: dtype, shape, begin, bytes: data.subarray(begin, end) };
}

const isFloat = (type: string): type is ElementType => Object.hasOwn(elementSize, type) && type !== 'I8';

function areSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

type Linear = Partial<Record<'weight' | 'bias', Tensor>>;

function layersOf(tensors: Tensor[], wanted: string[] | undefined): Layer[] {
  const found = new Map<string, Linear>();
  for (const tensor of tensors) {
    const [, name = '', part] = /^(?:(.*)\.)?(weight|bias)$/s.exec(tensor.name)
      ?? unsupported(`${shown(tensor.name)} is no weight or bias of a Linear layer, and others are not taken.`);
    found.set(name, { ...found.get(name), [part!]: tensor });
  }
  if (found.size < 1 || found.size > limits.hiddenLayers + 1)
    unsupported(`it has ${found.size} layers; 1 to ${limits.hiddenLayers + 1} are possible.`);
  const order = orderOf([...found.keys()], wanted);
  const layers = order.map((name) => layerOf(name, found.get(name)!));
  layers.forEach(({ inputs }, l) => {
    if (l > 0 && inputs !== layers[l - 1]!.outputs)
      unsupported(`${shown(order[l]!)} takes ${inputs} values, and ${shown(order[l - 1]!)} before it gives `
        + `${layers[l - 1]!.outputs}. Layers come in the natural order of their names, or as the option layers says.`);
  });
  return layers;
}

function orderOf(names: string[], wanted: string[] | undefined): string[] {
  if (wanted === undefined) return names.sort(naturally);
  if (!isTexts(wanted) || wanted.length !== names.length || !names.every((name) => wanted.includes(name)))
    throw new DistilleryError('invalid_option',
      `layers must name each once: ${names.sort(naturally).map(shown).join(', ')}.`);
  return wanted;
}

type Pair = [string, string];

/** Runs of digits by their value, all else sign by sign. */
function naturally(a: string, b: string): number {
  const [these, those] = [a.split(/(\d+)/), b.split(/(\d+)/)];
  for (let i = 0; i < Math.min(these.length, those.length); ++i) {
    const [one, other] = [these, those].map(({ [i]: piece }) => i % 2 ? piece!.replace(/^0+/, '') : piece!) as Pair;
    if (i % 2 && one.length !== other.length) return one.length - other.length;
    if (one !== other) return one < other ? -1 : 1;
  }
  return these.length - those.length || (a < b ? -1 : 1);
}

function layerOf(name: string, { weight, bias }: Linear): Layer {
  if (!weight) unsupported(`${shown(name)} has a bias and no weight.`);
  const [outputs, inputs] = weight.shape;
  if (weight.shape.length !== 2 || !isWidth(outputs) || !isWidth(inputs))
    unsupported(`${shown(weight.name)} has the shape [${weight.shape.slice(0, 8).join()}]; only the matrices of Linear `
      + 'layers are taken, no convolutions or normalisations.');
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
    unsupported(`${shown(bias.name)} does not fit its weight of ${outputs} outputs.`);
  return {
    inputs, outputs, weight: floatsOf(weight.bytes, weight.type),
    bias: bias ? floatsOf(bias.bytes, bias.type) : new Float32Array(outputs),
  };
}
