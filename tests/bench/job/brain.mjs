// Its networks end in an activation between 0 and 1 and learn by squared error, row by row: what the ensemble says is their target.
import brain from 'brain.js';
import { accuracy, meanOf, oneHot, read } from './read.mjs';

const { classes, train, test } = read(process.argv[2], 2000), y = oneHot(train.labels, classes);

function trained(hiddenLayers, targets, learningRate, iterations) {
  const net = new brain.NeuralNetwork({ inputSize: train.features[0].length, hiddenLayers, outputSize: classes, activation: 'sigmoid' });
  net.train(train.features.map((input, at) => ({ input, output: targets[at] })), { iterations, learningRate, errorThresh: 1e-9 });
  return (rows) => rows.map((row) => Array.from(net.run(row)));
}

const teachers = Array.from({ length: 4 }, () => trained([128, 64], y, 0.05, 10));
const soft = meanOf(teachers.map((answer) => answer(train.features)));
const student = trained([32, 16], y.map((row, at) => row.map((hard, c) => 0.3 * hard + 0.7 * soft[at][c])), 0.05, 15);
console.log(JSON.stringify({
  ensemble: accuracy(meanOf(teachers.map((answer) => answer(test.features))), test.labels), student: accuracy(student(test.features), test.labels),
}));
