import { bytesOf } from '../exporters/bytes.js';
import { isWidth } from '../exporters/model-file.js';
import { elementSize, type ElementType, floatsOf } from './elements.js';
import { corrupt, shown, unsupported } from './fail.js';
import { bytesIn, fields, floatIn, integerIn, integers, textIn } from './protobuf.js';

// What an import needs of onnx.proto, whose numbers of fields, types and versions these are. Messages inside others are
// read one level at a time by those who ask for them, so nothing recurses, however deep a file nests.

/** Row-major. */
export interface Tensor { shape: number[]; values: Float32Array }

export interface Node {
  name: string;
  operator: string;
  inputs: string[];
  outputs: string[];
  /** Messages that are not read yet. */
  attributes: Uint8Array[];
}

/** What it holds, depending on its kind. */
interface Attribute { name: string; number?: number; floats?: Uint8Array; tensor?: Uint8Array }

/** More than an MLP has. They bound what reading a hostile file costs. */
const limits = { nodes: 10_000, constants: 10_000, attributes: 32, dimensions: 8 };
const attributeType = { float: 1, int: 2 };
const oldestOpset = 7;   // before it, operators broadcast otherwise
const ownDomains = ['', 'ai.onnx'];
const elementTypes: Record<number, ElementType> = { 1: 'F32', 3: 'I8', 10: 'F16', 11: 'F64', 16: 'BF16' };

export function broken(why: string): never {
  corrupt('ONNX', why);
}

export class Graph {
  /** Without those that are constants. */
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  /** The JSON of the names, where the file tells any. */
  readonly classNames: string | undefined;
  readonly #makers = new Map<string, Node>();
  readonly #initialisers = new Map<string, Uint8Array>();
  readonly #constants = new Map<string, Tensor>();

  constructor(file: Uint8Array) {
    let graph: Uint8Array | undefined, opset = 0;
    for (const [field, value] of fields(file)) {
      if (field === 7) graph = graph ? broken('it has two graphs') : bytesIn(value);
      if (field === 8) opset = opsetIn(bytesIn(value)) ?? opset;
      if (field === 14) this.classNames = metadataIn(bytesIn(value), 'class_names') ?? this.classNames;
    }
    if (!graph) return broken('it has no graph');
    if (opset < 1) broken('it does not tell the version of its operators');
    if (opset < oldestOpset)
      unsupported(`its operators have version ${opset}; ${oldestOpset} is the oldest that is taken. Export it anew.`);
    this.inputs = this.#read(graph);
  }

  #read(graph: Uint8Array): string[] {
    let nodes = 0;
    const inputs: string[] = [];
    for (const [field, value] of fields(graph)) {
      if (field === 1) this.#addNode(nodeOf(bytesIn(value)), ++nodes);
      if (field === 5) this.#addInitialiser(bytesIn(value));
      if (field === 11) inputs.push(firstText(bytesIn(value)));
      if (field === 12) this.outputs.push(firstText(bytesIn(value)));
    }
    const double = [...inputs, ...this.#initialisers.keys()].find((name) => this.#makers.has(name));
    if (double !== undefined) broken(`a node makes ${shown(double)}, which is there already`);
    return inputs.filter((name) => !this.#initialisers.has(name));
  }

  #addNode(node: Node, count: number): void {
    if (count > limits.nodes) unsupported(`it has more than ${limits.nodes} nodes.`);
    for (const name of node.outputs.filter((output) => output !== '')) {
      if (this.#makers.has(name)) broken(`two nodes make ${shown(name)}`);
      this.#makers.set(name, node);
    }
  }

  #addInitialiser(tensor: Uint8Array): void {
    if (this.#initialisers.size >= limits.constants) unsupported(`it has more than ${limits.constants} constants.`);
    const name = firstText(tensor, 8);
    if (this.#initialisers.has(name)) broken(`two constants are called ${shown(name)}`);
    this.#initialisers.set(name, tensor);
  }

  makerOf(name: string): Node | undefined {
    return this.#makers.get(name);
  }

  /** Whether the values of this name depend on no input. */
  isConstant(name: string): boolean {
    const [origin, maker] = this.#originOf(name);
    return this.#initialisers.has(origin) || maker?.operator === 'Constant'
      || maker?.operator === 'DequantizeLinear' && maker.inputs.every((input) => this.#initialisers.has(input));
  }

  /** The values of a constant. Read when they are asked for, and once, however often that is. */
  constant(name: string): Tensor {
    const tensor = this.#constants.get(name) ?? this.#readConstant(name);
    this.#constants.set(name, tensor);
    return tensor;
  }

  #readConstant(name: string): Tensor {
    const [origin, maker] = this.#originOf(name), initialiser = this.#initialisers.get(origin);
    if (initialiser) return tensorOf(initialiser, origin);
    return maker!.operator === 'Constant' ? valueOf(maker!) : this.#dequantised(maker!);
  }

  /** Follows Identity, by which PyTorch lets two names have one constant. */
  #originOf(name: string): [origin: string, maker: Node | undefined] {
    for (let steps = 0; steps <= limits.nodes; ++steps) {
      const node = this.#makers.get(name);
      if (node?.operator !== 'Identity') return [name, node];
      name = node.inputs[0] ?? '';
    }
    return broken('its nodes go round in a circle');
  }

  /** (whole − zero point) · scale, each of the latter one for all or one for each index along `axis`. */
  #dequantised(node: Node): Tensor {
    const [whole, scale, zero] = node.inputs.map((name) => this.#initialisers.get(name));
    if (!whole || !scale || node.inputs.length > 3) refuse(node, `it has ${node.inputs.length} inputs`);
    const { axis = 1 } = numbersOf(node, ['axis']), { shape, values } = tensorOf(whole, node.inputs[0]!, ['I8']);
    const scales = tensorOf(scale, node.inputs[1]!).values;
    const zeros = zero ? tensorOf(zero, node.inputs[2]!, ['I8']).values : new Float32Array(scales.length);
    const at = axis < 0 ? axis + shape.length : axis, extent = scales.length === 1 ? 1 : shape[at];
    if (scales.length !== extent || zeros.length !== extent) refuse(node, 'its scales do not fit its axis');
    const stride = shape.slice(at + 1).reduce((product, width) => product * width, 1);
    return { shape, values: values.map((value, i) => {
      const of = Math.floor(i / stride) % extent;
      return (value - zeros[of]!) * scales[of]!;
    }) };
  }
}

/** Says of a node what is wrong with it. */
export function refuse({ name, operator, outputs }: Node, why: string): never {
  unsupported(`the node ${name ? shown(name) : `that makes ${shown(outputs[0] ?? '')}`}, ${operator}: ${why}.`);
}

/** Those attributes of a node that are numbers; another than these is refused. */
export function numbersOf(node: Node, known: string[]): Record<string, number | undefined> {
  return Object.fromEntries(node.attributes.map(attributeOf).map(({ name, number }) => {
    if (!known.includes(name)) refuse(node, `its attribute ${shown(name)} is not known`);
    return [name, number ?? refuse(node, `its attribute ${shown(name)} is no number`)];
  }));
}

function attributeOf(message: Uint8Array): Attribute {
  const attribute: Attribute = { name: '' };
  let type = 0;
  for (const [field, value] of fields(message)) {
    if (field === 1) attribute.name = textIn(value);
    if (field === 2) attribute.number = floatIn(value);
    if (field === 3) attribute.number = integerIn(value);
    if (field === 5) attribute.tensor = bytesIn(value);
    if (field === 7) attribute.floats = bytesIn(value);
    if (field === 20) type = integerIn(value);
  }
  // Some writers leave zeros out.
  if (type === attributeType.float || type === attributeType.int) attribute.number ??= 0;
  return attribute;
}

function nodeOf(message: Uint8Array): Node {
  const node: Node = { name: '', operator: '', inputs: [], outputs: [], attributes: [] };
  let domain = '';
  for (const [field, value] of fields(message)) {
    if (field === 1) node.inputs.push(textIn(value));
    if (field === 2) node.outputs.push(textIn(value));
    if (field === 3) node.name = textIn(value);
    if (field === 4) node.operator = textIn(value);
    if (field === 5 && node.attributes.push(bytesIn(value)) > limits.attributes)
      refuse(node, `it has more than ${limits.attributes} attributes`);
    if (field === 7) domain = textIn(value);
  }
  if (!ownDomains.includes(domain)) node.operator = `${domain}.${node.operator}`;
  return node;
}

/** What a Constant node holds. */
function valueOf(node: Node): Tensor {
  const [{ name, number, floats, tensor } = { name: '' }, ...others] = node.attributes.map(attributeOf);
  if (others.length === 0) {
    if (name === 'value' && tensor) return tensorOf(tensor, node.outputs[0]!);
    if (name === 'value_float' && number !== undefined) return { shape: [], values: Float32Array.of(number) };
    if (name === 'value_floats' && floats && floats.length % 4 === 0)
      return { shape: [floats.length / 4], values: floatsOf(floats, 'F32') };
  }
  return refuse(node, 'it holds something else than one value, value_float or value_floats');
}

const floatTypes: ElementType[] = ['F32', 'F64', 'F16', 'BF16'];

function tensorOf(message: Uint8Array, name: string, allowed = floatTypes): Tensor {
  const shape: number[] = [], integerData: number[] = [], data = new Map<number, Uint8Array>();
  let number = 0;
  for (const [field, value] of fields(message)) {
    if (field === 1) for (const extent of integers(value)) shape.push(extentOf(extent, name, shape.length));
    if (field === 2) number = integerIn(value);
    if (field === 5) for (const item of integers(value)) integerData.push(item);
    if (field === 4 || field === 9 || field === 10) {
      if (data.has(field)) broken(`the values of ${shown(name)} come in pieces`);
      data.set(field, bytesIn(value));
    }
    if (field === 14 && value !== 0)
      unsupported(`the values of ${shown(name)} are in another file. Save it all in one.`);
  }
  const type = elementTypes[number];
  if (!type || !allowed.includes(type))
    unsupported(`the constant ${shown(name)} has elements of type ${number}; ${allowed.join(', ')} can be here.`);
  const bytes = data.get(9) ?? (type === 'F32' ? data.get(4) : type === 'F64' ? data.get(10) : undefined)
    ?? bytesOf(type === 'I8' ? Int8Array.from(integerData) : Uint16Array.from(integerData));
  if (bytes.length !== shape.reduce((product, extent) => product * extent, elementSize[type]))
    broken(`the constant ${shown(name)} has not as many bytes as its shape asks for`);
  return { shape, values: floatsOf(bytes, type) };
}

function extentOf(extent: number, name: string, dimension: number): number {
  if (!isWidth(extent) || dimension >= limits.dimensions)
    unsupported(`the constant ${shown(name)} has too many dimensions, or one that is 0 or too large.`);
  return extent;
}

/** The first text of this number in a message; '' where there is none. */
function firstText(message: Uint8Array, field = 1): string {
  for (const [number, value] of fields(message)) if (number === field) return textIn(value);
  return '';
}

/** The version of ONNX's own operators, if this entry is about them. */
function opsetIn(message: Uint8Array): number | undefined {
  let version = 0;
  for (const [field, value] of fields(message)) if (field === 2) version = integerIn(value);
  return ownDomains.includes(firstText(message)) ? version : undefined;
}

const metadataIn = (message: Uint8Array, key: string): string | undefined =>
  firstText(message) === key ? firstText(message, 2) : undefined;
