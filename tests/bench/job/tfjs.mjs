import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { accuracy, meanOf, oneHot, read, softmax } from './read.mjs';

tf.enableProdMode();
await tf.setBackend('wasm');
const { classes, train, test } = read(process.argv[2], 2000), temperature = 3, softWeight = 0.7;
const x = tf.tensor2d(train.features), tested = tf.tensor2d(test.features), y = oneHot(train.labels, classes);

function trained(hidden, targets, loss, learningRate, epochs) {
  const net = sequential();
  hidden.forEach((units, at) => net.add(layers.dense({
    units, activation: 'relu', kernelInitializer: 'heUniform', ...(at === 0 && { inputShape: [train.features[0].length] }) })));
  net.add(layers.dense({ units: classes }));
  // A loop of one's own, for model.fit takes no targets of another shape than the answers.
  const optimizer = tf.train.adam(learningRate), goal = tf.tensor2d(targets), rows = targets.length;
  for (let epoch = 0; epoch < epochs; ++epoch) {
    const order = tf.tensor1d(Int32Array.from(tf.util.createShuffledIndices(rows)), 'int32');
    for (let from = 0; from < rows; from += 64)
      tf.tidy(() => {
        const part = tf.slice(order, from, Math.min(64, rows - from));
        optimizer.minimize(() => loss(tf.gather(goal, part), net.apply(tf.gather(x, part), { training: true })));
      });
    order.dispose();
  }
  return net;
}
const entropy = (truth, logits) => tf.losses.softmaxCrossEntropy(truth, logits);
const logitsOf = (net, rows) => net.predict(rows).arraySync();

const teachers = [];
for (let i = 0; i < 4; ++i) teachers.push(trained([128, 64], y, entropy, 1e-3, 10));
const soft = meanOf(teachers.map((net) => logitsOf(net, x))).map((row) => softmax(row, temperature));
const distilled = (truth, logits) => {
  const [hard, softened] = tf.split(truth, 2, 1);
  return tf.add(tf.mul(entropy(hard, logits), 1 - softWeight),
    tf.mul(entropy(softened, tf.div(logits, temperature)), softWeight * temperature ** 2));
};
const student = trained([32, 16], y.map((row, at) => [...row, ...soft[at]]), distilled, 3e-3, 15);
console.log(JSON.stringify({
  ensemble: accuracy(meanOf(teachers.map((net) => logitsOf(net, tested))), test.labels), student: accuracy(logitsOf(student, tested), test.labels),
}));
