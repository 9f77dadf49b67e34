import { bytesOf } from './bytes.js';
import { type ExportOptions, open } from './options.js';
import { encode, type Field, type Message } from './protobuf.js';

// The numbers of fields, types and versions are those of onnx.proto.
const irVersion = 8, opset = 17;
const type = { float: 1, int8: 3, int64: 7 };
const attributeInt = 2;

/**
 * The model as ONNX (IR version 8, operators of version 17). Input `features` [batch, inputs], float32, raw: scaling is
 * part of the graph. Outputs `logits` and `probabilities` [batch, classes], float32, and `label` [batch], int64, the
 * number of the likeliest class. `metadata_props` holds producer, class_names and, where given, feature_names, both as
 * JSON.
 *
 * @throws DistilleryError `corrupt_file` or `unsupported_version`, where the file is not a model of ours, byte for byte.
 * @example
 * ```js
 * import { toOnnx } from 'distillery/export';
 *
 * const bytes = toOnnx(file, { featureNames: ['x', 'y'] });
 * console.log(bytes.length);
 * ```
 */
export function toOnnx(file: Uint8Array, options: ExportOptions = {}): Uint8Array {
  const { layers, mean, scale, classNames, featureNames, widths } = open(file, options);
  const nodes: Message[] = [], constants: Message[] = [];
  const constant = (name: string, values: Float32Array | Int8Array, ...shape: number[]): string => {
    const elements = values instanceof Int8Array ? type.int8 : type.float;
    constants.push([...shape.map((extent): Field => [1, extent]), [2, elements], [8, name], [9, bytesOf(values)]]);
    return name;
  };
  const node = (operator: string, inputs: string[], output: string, attributes = {}): string => {
    nodes.push([...inputs.map((name): Field => [1, name]), [2, output], [3, `make_${output}`], [4, operator],
      ...Object.entries<number>(attributes).map(([name, value]): Field => [5, attribute(name, value)])]);
    return output;
  };

  const inputs = widths[0]!, classes = widths.at(-1)!, last = layers.length - 1;
  const centred = node('Sub', ['features', constant('mean', mean, inputs)], 'centred');
  let x = node('Div', [centred, constant('scale', scale, inputs)], 'scaled');
  layers.forEach((layer, l) => {
    const { inputs, outputs, int8 } = layer;
    const weight = !int8 ? constant(`weight_${l}`, layer.weight, outputs, inputs) : node('DequantizeLinear', [
      constant(`int8_weight_${l}`, int8.weight, outputs, inputs), constant(`weight_scale_${l}`, int8.scale, outputs),
    ], `weight_${l}`, { axis: 0 });
    const bias = constant(`bias_${l}`, layer.bias, outputs);
    x = node('Gemm', [x, weight, bias], l === last ? 'logits' : `sum_${l}`, { transB: 1 });
    if (l < last) x = node('Relu', [x], `hidden_${l}`);
  });
  node('Softmax', ['logits'], 'probabilities', { axis: 1 });
  node('ArgMax', ['logits'], 'label', { axis: 1, keepdims: 0 });

  const graph: Message = [
    ...nodes.map((item): Field => [1, item]), [2, 'distillery'],
    ...constants.map((item): Field => [5, item]),
    [11, tensorInfo('features', type.float, 'batch', inputs)],
    [12, tensorInfo('logits', type.float, 'batch', classes)],
    [12, tensorInfo('probabilities', type.float, 'batch', classes)],
    [12, tensorInfo('label', type.int64, 'batch')],
  ];
  const metadata = { producer: 'distillery', class_names: JSON.stringify(classNames),
    ...featureNames && { feature_names: JSON.stringify(featureNames) } };
  return encode([
    [1, irVersion], [2, 'distillery'], [7, graph], [8, [[1, ''], [2, opset]]],
    ...Object.entries(metadata).map(([key, value]): Field => [14, [[1, key], [2, value]]]),
  ]);
}

const attribute = (name: string, value: number): Message => [[1, name], [3, value], [20, attributeInt]];

/** shape: a number, or the name of an extent that is open. */
function tensorInfo(name: string, elements: number, ...shape: (number | string)[]): Message {
  const dimensions = shape.map((extent): Field => [1, [[typeof extent === 'number' ? 1 : 2, extent]]]);
  return [[1, name], [2, [[1, [[1, elements], [2, dimensions]]]]]];
}
