import { DistilleryError } from '../errors.js';
import { type Layer, limits as modelLimits } from '../exporters/model-file.js';
import { shown, unsupported } from './fail.js';
import { broken, Graph, type Node, numbersOf, refuse, type Tensor } from './onnx-graph.js';
import { type Found, type ImportOptions, isTexts, modelFile } from './options.js';

export interface OnnxOptions extends ImportOptions {
  /** Which of the outputs is the logits, or their Softmax. Without it the first. */
  output?: string;
}

/**
 * The model file of an MLP in ONNX, operators of version 7 or later. From the one input to the output there must be a
 * single chain of nodes: first what scales the input (Sub, Div, Mul, Add of constants), if anything does; then layers
 * (Gemm, or MatMul with Add) with Relu between them; after the last one nothing, or a Softmax or LogSoftmax, which is
 * left out. Dropout, Identity and Flatten are passed over. Weights are initialisers or Constant nodes, or int8 behind
 * DequantizeLinear. Class names come from `metadata_props`, where they are as `toOnnx` writes them.
 *
 * @throws DistilleryError `corrupt_file`, `unsupported_model` (which names the node that cannot be), `invalid_option`
 * or `shape_mismatch`.
 * @example
 * ```js
 * import { fromOnnx } from 'distillery/import';
 *
 * const model = instance.loadModel(fromOnnx(onnx));
 * console.log(model.classNames);
 * model.dispose();
 * ```
 */
export function fromOnnx(file: Uint8Array, options: OnnxOptions = {}): Uint8Array {
  if (!(file instanceof Uint8Array)) throw new DistilleryError('invalid_data', 'An ONNX file is a Uint8Array.');
  const graph = new Graph(file), network = new Network();
  for (const step of chainOf(graph, options.output))
    step.operator.apply(network, step.node, () => constantsOf(graph, step));
  return modelFile({ ...network.finished(), classNames: namesIn(graph.classNames) }, options);
}

interface Operator {
  /** Least and largest number of its inputs. */
  inputs: [least: number, most: number];
  /** Whether the rows may be any of its inputs, and not the first alone. */
  commutes?: boolean;
  apply(network: Network, node: Node, constants: () => Tensor[]): void;
}

/** A node of the chain, and which of its inputs comes from the node before. */
interface Step { node: Node; operator: Operator; from: number }

const passedOver = (...attributes: string[]): Operator['apply'] => (_, node) => { numbersOf(node, attributes); };
const softmax: Operator = { inputs: [1, 1], apply: (network, node) => network.softmax(node) };

type Affine = (mean: number, scale: number, c: number) => number;

/** What becomes of mean and scale where x = (row − mean) / scale becomes x + c, x − c, x · c, x / c. */
const affine: Record<string, { mean: Affine; scale: Affine }> = {
  Add: { mean: (mean, scale, c) => mean - c * scale, scale: (_, scale) => scale },
  Sub: { mean: (mean, scale, c) => mean + c * scale, scale: (_, scale) => scale },
  Mul: { mean: (mean) => mean, scale: (_, scale, c) => scale / c },
  Div: { mean: (mean) => mean, scale: (_, scale, c) => scale * c },
};

const operators = new Map<string, Operator>([
  ...Object.keys(affine).map((name): [string, Operator] => [name, {
    inputs: [2, 2], commutes: name === 'Add' || name === 'Mul',
    apply: (network, node, constants) => network.shift(node, constants()[0]!),
  }]),
  ['Gemm', { inputs: [2, 3], apply: (network, node, constants) => network.gemm(node, constants()) }],
  ['MatMul', { inputs: [2, 2], apply: (network, node, constants) => network.matMul(node, constants()[0]!) }],
  ['Relu', { inputs: [1, 1], apply: (network, node) => network.relu(node) }],
  ['Softmax', softmax], ['LogSoftmax', softmax],
  ['Identity', { inputs: [1, 1], apply: passedOver() }],
  ['Dropout', { inputs: [1, 3], apply: passedOver('ratio', 'seed') }],
  ['Flatten', { inputs: [1, 1], apply: (_, node) => {
    if ((numbersOf(node, ['axis']).axis ?? 1) !== 1) refuse(node, 'its axis must be 1');
  } }],
]);
const mostSteps = 128;   // more than networks of ours can need

/** From the input to the output, found backwards. */
function chainOf(graph: Graph, wanted: string | undefined): Step[] {
  const [input] = graph.inputs, output = wanted ?? graph.outputs[0] ?? broken('its graph has no outputs');
  if (input === undefined || graph.inputs.length > 1)
    unsupported(`it has ${graph.inputs.length} inputs, and only one can be: the rows.`);
  if (!graph.outputs.includes(output))
    throw new DistilleryError('invalid_option', `output: there is no ${shown(output)}. There are `
      + `${graph.outputs.slice(0, 20).map(shown).join(', ')}.`);
  const steps: Step[] = [];
  for (let name = output; name !== input;) {
    const step = stepTo(graph, name);
    if (steps.push(step) > mostSteps) unsupported(`it has more than ${mostSteps} nodes one after the other.`);
    name = step.node.inputs[step.from]!;
  }
  return steps.reverse();
}

function stepTo(graph: Graph, name: string): Step {
  const node = graph.makerOf(name) ?? broken(`no node makes ${shown(name)}`);
  const operator = operators.get(node.operator) ?? refuse(node, 'this operator is not taken. There may be Sub, Div, Mul '
    + 'and Add in front for the scaling, Gemm, or MatMul with Add, for layers, Relu between them, a Softmax at the end, '
    + 'and Dropout, Identity and Flatten');
  const { inputs: [least, most], commutes } = operator, { inputs, outputs } = node;
  if (inputs.length < least || inputs.length > most) refuse(node, `it has ${inputs.length} inputs`);
  if (outputs[0] !== name) refuse(node, 'only its first output may be used');
  const from = inputs.findIndex((input) => !graph.isConstant(input));
  if (from < 0) refuse(node, 'it does not depend on the input');
  if (from > 0 && !commutes) refuse(node, 'what comes from the rows must be its first input');
  return { node, operator, from };
}

/** The other inputs of a step. */
function constantsOf(graph: Graph, { node, from }: Step): Tensor[] {
  return node.inputs.filter((name, at) => at !== from && name !== '').map((name) => {
    if (graph.isConstant(name)) return graph.constant(name);
    return refuse(node, `its input ${shown(name)} must be a constant: an initialiser or a Constant node`);
  });
}

function namesIn(json: string | undefined): string[] | undefined {
  try {
    const names: unknown = JSON.parse(json ?? '');
    return isTexts(names) ? names : undefined;
  } catch {
    return undefined;
  }
}

/** What the nodes so far make of a row. */
class Network {
  readonly #layers: Layer[] = [];
  /** Each one number for all inputs, or one for each. −0, since any number added to it stays what it is. */
  #mean = Float64Array.of(-0);
  #scale = Float64Array.of(1);
  #isScaled = false;
  #parameters = 0;
  #now: 'scaled rows' | 'sums of a layer' | 'Relu of a layer' | 'Softmax' = 'scaled rows';

  shift(node: Node, constant: Tensor): void {
    numbersOf(node, []);
    const values = vectorOf(node, constant);
    if (this.#now === 'scaled rows') return this.#addScaling(node, values);
    const layer = this.#layers.at(-1)!, { outputs, bias } = layer;
    this.#expect(node, 'sums of a layer');
    if (node.operator !== 'Add' && node.operator !== 'Sub') refuse(node, 'behind a layer only Add and Sub can be');
    const sign = node.operator === 'Add' ? 1 : -1, shift = spread(node, values, outputs);
    layer.bias = bias.map((value, o) => value + sign * shift(o));
  }

  #addScaling(node: Node, values: Float32Array): void {
    const length = Math.max(this.#mean.length, values.length);
    const [mean, scale, c] = [this.#mean, this.#scale, values].map((some) => spread(node, some, length));
    const combined = (of: Affine) => Float64Array.from({ length }, (_, i) => of(mean!(i), scale!(i), c!(i)));
    this.#mean = combined(affine[node.operator]!.mean);
    this.#scale = combined(affine[node.operator]!.scale);
    this.#isScaled = true;
  }

  /** alpha · x W + beta · c */
  gemm(node: Node, [weight, bias]: Tensor[]): void {
    const { alpha = 1, beta = 1, transA = 0, transB = 0 } = numbersOf(node, ['alpha', 'beta', 'transA', 'transB']);
    if (transA !== 0) refuse(node, 'transA must be 0, for rows come one below the other');
    const layer = this.#addLayer(node, weight!, transB !== 0);
    if (alpha !== 1) layer.weight = layer.weight.map((value) => alpha * value);
    if (!bias) return;
    const value = spread(node, vectorOf(node, bias), layer.outputs);
    layer.bias = layer.bias.map((_, o) => beta * value(o));
  }

  matMul(node: Node, weight: Tensor): void {
    numbersOf(node, []);
    this.#addLayer(node, weight, false);
  }

  #addLayer(node: Node, { shape, values }: Tensor, isTransposed: boolean): Layer {
    this.#expect(node, 'scaled rows', 'Relu of a layer');
    const [outputs, inputs] = isTransposed ? shape : [shape[1], shape[0]];
    if (shape.length !== 2 || outputs === undefined || inputs === undefined)
      refuse(node, `its weight must be a matrix, not of the shape ${shapeText(shape)}`);
    const before = this.#layers.at(-1)?.outputs ?? inputs;
    if (inputs !== before) refuse(node, `it takes ${inputs} values, and the layer before it gives ${before}`);
    const { hiddenLayers, parameters } = modelLimits;
    if (this.#layers.length > hiddenLayers) refuse(node, `there can be ${hiddenLayers + 1} layers`);
    this.#parameters += values.length;
    if (this.#parameters > parameters) refuse(node, `there can be ${parameters} parameters`);
    const weight = isTransposed ? values : transposed(values, inputs, outputs);
    const layer = { inputs, outputs, weight, bias: new Float32Array(outputs) };
    this.#layers.push(layer);
    this.#now = 'sums of a layer';
    return layer;
  }

  relu(node: Node): void {
    numbersOf(node, []);
    this.#expect(node, 'sums of a layer');
    this.#now = 'Relu of a layer';
  }

  softmax(node: Node): void {
    const { axis = 1 } = numbersOf(node, ['axis']);
    if (axis !== 1 && axis !== -1) refuse(node, 'its axis must be that of the classes, 1');
    this.#expect(node, 'sums of a layer');
    this.#now = 'Softmax';
  }

  #expect(node: Node, ...states: string[]): void {
    if (!states.includes(this.#now))
      refuse(node, `it cannot stand behind ${this.#now}, only behind ${states.join(' or ')}`);
  }

  finished(): Found {
    const inputs = this.#layers[0]?.inputs ?? unsupported('it has no layers.');
    if (this.#now === 'Relu of a layer')
      unsupported('it ends with Relu. The last layer gives logits, which may be below 0.');
    if (!this.#isScaled) return { layers: this.#layers };
    const each = (values: Float64Array): Float32Array => {
      if (values.length !== 1 && values.length !== inputs)
        unsupported(`its scaling is of ${values.length} inputs, and its first layer takes ${inputs}.`);
      return Float32Array.from({ length: inputs }, (_, i) => values[i % values.length]!);
    };
    return { layers: this.#layers, scaling: { mean: each(this.#mean), scale: each(this.#scale) } };
  }
}

/** Numbers of a shape such as [], [n] or [1, n]. */
function vectorOf(node: Node, { shape, values }: Tensor): Float32Array {
  if (shape.slice(0, -1).some((extent) => extent !== 1))
    refuse(node, `its constant must be a number, or one for each column, not of the shape ${shapeText(shape)}`);
  return values;
}

/** By index: values that are one for all, or one for each of `length`. */
function spread(node: Node, values: ArrayLike<number>, length: number): (at: number) => number {
  if (values.length !== 1 && values.length !== length)
    refuse(node, `it has ${values.length} numbers where ${length} or one should be`);
  return values.length === 1 ? () => values[0]! : (at) => values[at]!;
}

const shapeText = (shape: number[]): string => `[${shape.join(', ')}]`;

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let r = 0; r < rows; ++r) for (let c = 0; c < columns; ++c) turned[c * rows + r] = values[r * columns + c]!;
  return turned;
}
