// The few protocol-buffer messages that an ONNX file of dense layers needs.

/** Fields: [number, value]; a whole number becomes a varint, text and bytes are counted, arrays are messages. */
function message(fields) {
  const bytes = [];
  const varint = (value) => {
    for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 | 128);
    bytes.push(value);
  };
  for (const [field, value] of fields) {
    let content = value;
    if (typeof value === 'string') content = new TextEncoder().encode(value);
    if (Array.isArray(value)) content = message(value);
    varint(field * 8 + (typeof content === 'number' ? 0 : 2));
    varint(typeof content === 'number' ? content : content.length);
    if (typeof content !== 'number') for (const byte of content) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

const float = 1, int = 2;   // TensorProto.FLOAT, AttributeProto.INT
const bytesOf = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength);
const tensor = (name, values, ...shape) => [
  ...shape.map((size) => [1, size]), [2, float], [8, name], [9, bytesOf(values)]];
const value = (name, columns) => [[1, name], [2, [[1, [[1, float], [2, [[1, [[2, 'rows']]], [1, [[1, columns]]]]]]]]]];
const node = (operator, inputs, output, attributes = []) => [
  ...inputs.map((input) => [1, input]), [2, output], [4, operator], ...attributes.map((attribute) => [5, attribute])];

/** layers: weights (outputs × inputs) and bias of each; ReLU between them. Input 'x', output 'y'. */
export function onnxOf(layers) {
  const nodes = [], constants = [];
  let from = 'x';
  layers.forEach(({ inputs, outputs, weights, bias }, at) => {
    const last = at === layers.length - 1;
    const to = last ? 'y' : `z${at}`;
    nodes.push(node('Gemm', [from, `w${at}`, `b${at}`], to, [[[1, 'transB'], [3, 1], [20, int]]]));
    if (!last) nodes.push(node('Relu', [to], `a${at}`));
    from = `a${at}`;
    constants.push(tensor(`w${at}`, weights, outputs, inputs), tensor(`b${at}`, bias, outputs));
  });
  const graph = [...nodes.map((item) => [1, item]), [2, 'net'], ...constants.map((item) => [5, item]),
    [11, value('x', layers[0].inputs)], [12, value('y', layers.at(-1).outputs)]];
  return message([[1, 8], [7, graph], [8, [[1, ''], [2, 17]]]]);   // IR 8, operators of version 17
}
