// Makes the data that all contenders read: build/bench/data/. The rows are those of the tutorial's set, standardised.
import { readFile, writeFile } from 'node:fs/promises';
import { loadDistillery, readCsv } from 'distillery';
import { dataFolder, root } from './paths.mjs';
import { nets, tasks } from './workloads.mjs';

export const trainingRows = 4000;
const predictionRows = 10_000;

export async function tutorial() {
  return readCsv(await readFile(`${root}/data/tutorial.csv.gz`));
}

function standardise(features, columns, fitRows) {
  const result = new Float32Array(features.length);
  for (let column = 0; column < columns; ++column) {
    let sum = 0, squares = 0;
    for (let row = 0; row < fitRows; ++row) sum += features[row * columns + column];
    const mean = sum / fitRows;
    for (let row = 0; row < fitRows; ++row) squares += (features[row * columns + column] - mean) ** 2;
    const deviation = Math.sqrt(squares / fitRows);
    for (let at = column; at < features.length; at += columns) result[at] = (features[at] - mean) / deviation;
  }
  return result;
}

/** Labels that a plane decides: the sum of the columns, as near to halves as it comes. Any net gets them all right. */
function separableLabels(features, columns, rows) {
  const sums = Array.from({ length: rows }, (_, row) => (
    features.subarray(row * columns, (row + 1) * columns).reduce((sum, value) => sum + value, 0)));
  const middle = [...sums].sort((a, b) => a - b)[rows >> 1];
  return Int32Array.from(sums, (sum) => Number(sum >= middle));
}

/** A net of that shape after some epochs. */
function trained(instance, net, table, epochs) {
  const trainer = instance.createTrainer(net, table, { training: { epochs, batchSize: 64 }, seed: 1 });
  while (!trainer.finished) trainer.runEpoch();
  const model = trainer.model();
  trainer.dispose();
  return model;
}

function soften(logits, classes, temperature) {
  const result = new Float32Array(logits.length);
  for (let at = 0; at < logits.length; at += classes) {
    const row = Array.from(logits.subarray(at, at + classes), (logit) => Math.exp(logit / temperature));
    const sum = row.reduce((total, value) => total + value);
    row.forEach((value, index) => { result[at + index] = value / sum; });
  }
  return result;
}

/** Writes data.bin, data.json and tasks.json. */
export async function makeData() {
  const table = await tutorial();
  const { columns } = table;
  const all = standardise(table.features, columns, trainingRows);
  const features = all.slice(0, trainingRows * columns);
  const labels = table.labels.slice(0, trainingRows);
  const rows = new Float32Array(predictionRows * columns);
  for (let at = 0; at < rows.length; at += all.length) rows.set(all.subarray(0, rows.length - at), at);

  const instance = await loadDistillery();
  const learning = { features, columns, labels, classNames: table.classNames };
  const arrays = { features, labels, rows, separable: separableLabels(features, columns, trainingRows) };
  for (const [name, net] of Object.entries(nets)) {
    const model = trained(instance, net, learning, 10);
    arrays[`${name}.file`] = model.save();
    arrays[`${name}.answers`] = model.logits(rows);
    if (name === 'teacher') arrays.targets = soften(model.logits(features), net.classes, 3);
    model.dispose();
  }

  const types = new Map([[Float32Array, 'f32'], [Int32Array, 'i32'], [Uint8Array, 'u8']]);
  const directory = [], parts = [];
  let offset = 0;
  for (const [name, array] of Object.entries(arrays)) {
    directory.push({ name, type: types.get(array.constructor), offset, length: array.length });
    const padded = new Uint8Array(Math.ceil(array.byteLength / 8) * 8);
    padded.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    parts.push(padded);
    offset += padded.length;
  }
  await writeFile(`${dataFolder}/data.bin`, Buffer.concat(parts));
  await writeFile(`${dataFolder}/data.json`, JSON.stringify(directory));
  await writeFile(`${dataFolder}/tasks.json`, JSON.stringify({ nets, tasks }));   // for Python
}
