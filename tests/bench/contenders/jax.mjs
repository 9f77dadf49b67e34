// jax-js on its WebAssembly backend: a whole step, Adam included, is one jitted function.
import { defaultDevice, init, jit, nn, numpy as np, random, tree, valueAndGrad } from '@jax-js/jax';

export async function load() {
  await init('wasm');
  defaultDevice('wasm');
  return { version: '0.1.25', train, predict };
}

const [decay1, decay2] = [0.9, 0.999];

function initial({ inputs, hidden, classes }) {
  let from = inputs;
  return [...hidden, classes].map((to) => {
    const bound = Math.sqrt(6 / from);
    const weights = Float32Array.from({ length: from * to }, () => bound * (2 * Math.random() - 1));
    const layer = { w: np.array(weights).reshape([from, to]), b: np.zeros([to]) };
    from = to;
    return layer;
  });
}

/** Consumes x and the parameters. key: of the dropout, or null. */
function forward(params, x, dropout, key) {
  const keys = key && random.split(key, dropout.length);
  const last = params.length - 1;
  params.forEach(({ w, b }, at) => {
    x = np.dot(x, w).add(b);
    if (at === last) return;
    x = nn.relu(x);
    if (key && dropout[at]) {
      const kept = random.bernoulli(keys.ref.slice(at), 1 - dropout[at], x.shape);
      x = np.where(kept, x.mul(1 / (1 - dropout[at])), 0);
    }
  });
  keys?.dispose();
  return x;
}

function train(problem) {
  const { features, labels, targets, inputs, classes, batch, dropout, learningRate, temperature, softWeight } = problem;
  const rows = labels.length;
  const drops = dropout.length > 0;

  const entropy = (truth, logits) => truth.mul(nn.logSoftmax(logits, -1)).sum(-1).mean().neg();
  const lossOf = (params, x, y, p, key) => {
    const logits = forward(params, x, dropout, drops ? key : null);
    if (!targets) return entropy(y, logits);
    const soft = entropy(p, logits.ref.div(temperature)).mul(softWeight * temperature ** 2);
    return entropy(y, logits).mul(1 - softWeight).add(soft);
  };
  const advance = jit((params, first, second, rate, x, y, p, key) => {
    const [loss, gradient] = valueAndGrad(lossOf)(tree.ref(params), x, y, p, key);
    first = tree.map((m, g) => m.mul(decay1).add(g.mul(1 - decay1)), first, tree.ref(gradient));
    second = tree.map((v, g) => v.mul(decay2).add(np.square(g).mul(1 - decay2)), second, gradient);
    const move = (w, m, v) => w.sub(m.mul(rate.ref).div(np.sqrt(v).add(1e-8)));
    params = tree.map(move, params, tree.ref(first), tree.ref(second));
    rate.dispose();
    return { params, first, second, loss };
  });

  let params = initial(problem);
  let first = tree.map((w) => np.zeros(w.shape), tree.ref(params));
  let second = tree.map((w) => np.zeros(w.shape), tree.ref(params));
  let steps = 0;
  const order = Int32Array.from({ length: rows }, (_, row) => row);

  /** The rows of a batch, copied on this side: cheaper than a gather. */
  function gather(part, source, width) {
    const values = new Float32Array(part.length * width);
    part.forEach((row, at) => values.set(source.subarray(row * width, (row + 1) * width), at * width));
    return np.array(values).reshape([part.length, width]);
  }
  const oneHot = new Float32Array(rows * classes);
  labels.forEach((label, row) => { oneHot[row * classes + label] = 1; });

  function step(part) {
    ++steps;
    const rate = learningRate * Math.sqrt(1 - decay2 ** steps) / (1 - decay1 ** steps);
    const x = gather(part, features, inputs), y = gather(part, oneHot, classes);
    const p = targets ? gather(part, targets, classes) : np.zeros([1]);
    const next = advance(params, first, second, np.array(rate), x, y, p, random.key(steps));
    ({ params, first, second } = next);
    return next.loss.js();   // this has the step run: else steps pile up, which takes several times as long
  }
  return {
    epoch() {
      for (let at = rows - 1; at > 0; --at) {
        const other = Math.floor(Math.random() * (at + 1));
        [order[at], order[other]] = [order[other], order[at]];
      }
      let loss;
      for (let from = 0; from < rows; from += batch) loss = step(order.subarray(from, from + batch));
      return loss;
    },
    step: () => void step(order.subarray(0, batch)),
    dispose: () => tree.dispose([params, first, second]),
  };
}

function predict({ layers, inputs }) {
  const params = layers.map(({ inputs: from, outputs: to, weights, bias }) => (
    { w: np.transpose(np.array(weights).reshape([to, from])), b: np.array(bias) }));
  const run = jit((net, x) => forward(net, x, [], null));
  const answer = (rows) => run(tree.ref(params), np.array(rows).reshape([rows.length / inputs, inputs])).dataSync();
  return { one: answer, many: answer, dispose: () => tree.dispose(params) };
}
