// What is measured: the same nets, rows and recipes for every contender, in Node, Python and browsers alike.

export const nets = {
  teacher: { inputs: 20, hidden: [256, 128, 64], classes: 2, dropout: [0.3, 0.3] },
  student: { inputs: 20, hidden: [64, 32], classes: 2, dropout: [] },
};

/** Multiply-adds count two, forward once and backward twice; the first layer needs no gradient of its inputs. */
export function trainingFlops({ inputs, hidden, classes }) {
  const widths = [inputs, ...hidden, classes];
  const layers = widths.slice(1).map((width, at) => 2 * width * widths[at]);
  return 3 * layers.reduce((sum, flops) => sum + flops) - layers[0];
}

const teacher = { kind: 'train', net: 'teacher', labels: 'labels' };
const separable = { ...teacher, dropout: false, labels: 'separable', warmUp: 60 };

/**
 * A task: kind 'train' counts milliseconds per epoch of 4,000 rows, 'one' microseconds per call with one row, 'many'
 * milliseconds per call with 10,000 rows. warmUp: epochs before the first that counts.
 */
export const tasks = {
  'w1-64': { ...teacher, batch: 64 },
  'w1-256': { ...teacher, batch: 256 },
  'w1-64-separable': { ...separable, batch: 64 },
  'w1-256-separable': { ...separable, batch: 256 },
  'w2': { kind: 'train', net: 'student', labels: 'labels', targets: 'targets', batch: 64 },
  'w3-one': { kind: 'one', net: 'student' },
  'w3-student': { kind: 'many', net: 'student' },
  'w3-teacher': { kind: 'many', net: 'teacher' },
};

export const titles = {
  'w1-64': 'W1 teacher, batch 64, ms an epoch',
  'w1-256': 'W1 teacher, batch 256, ms an epoch',
  'w1-64-separable': 'W1 without dropout, separable data, batch 64, ms an epoch',
  'w1-256-separable': 'W1 without dropout, separable data, batch 256, ms an epoch',
  'w2': 'W2 student on soft targets, batch 64, ms an epoch',
  'w3-one': 'W3 one row through the student, µs a call',
  'w3-student': 'W3 10,000 rows through the student, ms',
  'w3-teacher': 'W3 10,000 rows through the teacher, ms',
};

/** A training task as a contender gets it: shapes, options and arrays. */
export function trainingProblem(task, data) {
  const net = nets[task.net];
  return {
    ...net,
    dropout: task.dropout === false ? [] : net.dropout,
    batch: task.batch,
    learningRate: 1e-3,
    features: data.features,
    labels: data[task.labels],
    targets: task.targets ? data[task.targets] : null,
    temperature: 3,
    softWeight: 0.7,
  };
}

/** A prediction task: the net's file, its weights as plain arrays (outputs × inputs) and the rows to be answered. */
export function predictionProblem(task, data) {
  const file = data[`${task.net}.file`];
  return { ...nets[task.net], file, layers: layersOf(file), rows: data.rows, expected: data[`${task.net}.answers`] };
}

/** Weights and biases in a model file of ours; their scaling is left out, for the rows are scaled already. */
function layersOf(file) {
  const headerBytes = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes)));
  const tensor = (name) => {
    const [from, to] = header[name].data_offsets;
    return new Float32Array(file.slice(8 + headerBytes + from, 8 + headerBytes + to).buffer);
  };
  const layers = [];
  for (let at = 0; `layers.${at}.weight` in header; ++at) {
    const [outputs, inputs] = header[`layers.${at}.weight`].shape;
    layers.push({ inputs, outputs, weights: tensor(`layers.${at}.weight`), bias: tensor(`layers.${at}.bias`) });
  }
  return layers;
}

/** data.bin: arrays one after the other, each on a multiple of 8 bytes; data.json says which and where. */
export function readArrays(buffer, directory) {
  const types = { f32: Float32Array, i32: Int32Array, u8: Uint8Array };
  return Object.fromEntries(directory.map(({ name, type, offset, length }) => (
    [name, new types[type](buffer, offset, length)])));
}
