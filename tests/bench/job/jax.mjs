import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { accuracy, meanOf, oneHot, read, softmax } from './read.mjs';

await init('wasm');
defaultDevice('wasm');
const { classes, train, test } = read(process.argv[2], 2000), temperature = 3, softWeight = 0.7, batch = 64;
const y = oneHot(train.labels, classes), inputs = train.features[0].length;
const array = (rows) => np.array(Float32Array.from(rows.flat())).reshape([rows.length, rows[0].length]);

function initial(hidden) {
  let from = inputs;
  return [...hidden, classes].map((to) => {
    const bound = Math.sqrt(6 / from), w = Float32Array.from({ length: from * to }, () => bound * (2 * Math.random() - 1));
    const layer = { w: np.array(w).reshape([from, to]), b: np.zeros([to]) };
    from = to;
    return layer;
  });
}
const forward = (params, x) => params.reduce((rows, { w, b }, at) => {
  const next = np.dot(rows, w).add(b);
  return at < params.length - 1 ? nn.relu(next) : next;
}, x);
const entropy = (truth, logits) => truth.mul(nn.logSoftmax(logits, -1)).sum(-1).mean().neg();
const zeros = (params) => tree.map((w) => np.zeros(w.shape), tree.ref(params));

function trained(hidden, targets, lossOf, learningRate, epochs) {
  const advance = jit((params, first, second, rate, x, t) => {
    const [loss, gradient] = valueAndGrad((p, rows, truth) => lossOf(truth, forward(p, rows)))(tree.ref(params), x, t);
    first = tree.map((m, g) => m.mul(0.9).add(g.mul(0.1)), first, tree.ref(gradient));
    second = tree.map((v, g) => v.mul(0.999).add(np.square(g).mul(0.001)), second, gradient);
    params = tree.map((w, m, v) => w.sub(m.mul(rate.ref).div(np.sqrt(v).add(1e-8))), params, tree.ref(first), tree.ref(second));
    rate.dispose();
    return { params, first, second, loss };
  });
  let params = initial(hidden), first = zeros(params), second = zeros(params), steps = 0;
  const order = train.labels.map((_, row) => row);
  for (let epoch = 0; epoch < epochs; ++epoch) {
    for (let at = order.length - 1; at > 0; --at) {
      const other = Math.floor(Math.random() * (at + 1));
      [order[at], order[other]] = [order[other], order[at]];
    }
    for (let from = 0; from < order.length; from += batch) {
      const part = order.slice(from, from + batch);
      ++steps;
      const rate = np.array(learningRate * Math.sqrt(1 - 0.999 ** steps) / (1 - 0.9 ** steps));
      const next = advance(params, first, second, rate, array(part.map((row) => train.features[row])), array(part.map((row) => targets[row])));
      ({ params, first, second } = next);
      next.loss.js();   // has the step run: else steps pile up
    }
  }
  return (rows) => forward(tree.ref(params), array(rows)).js();
}

const teachers = Array.from({ length: 4 }, () => trained([128, 64], y, entropy, 1e-3, 10));
const soft = meanOf(teachers.map((answer) => answer(train.features))).map((row) => softmax(row, temperature));
const distilled = (truth, logits) => {
  const [hard, softened] = np.split(truth, 2, 1);
  return entropy(hard, logits.ref).mul(1 - softWeight).add(entropy(softened, logits.div(temperature)).mul(softWeight * temperature ** 2));
};
const student = trained([32, 16], y.map((row, at) => [...row, ...soft[at]]), distilled, 3e-3, 15);
console.log(JSON.stringify({
  ensemble: accuracy(meanOf(teachers.map((answer) => answer(test.features))), test.labels), student: accuracy(student(test.features), test.labels),
}));
