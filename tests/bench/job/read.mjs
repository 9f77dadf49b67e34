// A table for libraries that read none: standardised by the training rows, as arrays.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export function read(file, testRows) {
  const rows = gunzipSync(readFileSync(file)).toString().trim().split('\n').slice(1).map((line) => line.split(','));
  const names = [...new Set(rows.map((row) => row.at(-1)))].sort();
  const labels = rows.map((row) => names.indexOf(row.at(-1)));
  const raw = rows.map((row) => row.slice(0, -1).map(Number)), count = rows.length - testRows;
  const fitted = raw[0].map((_, column) => {
    const values = raw.slice(0, count).map((row) => row[column]), mean = values.reduce((a, b) => a + b) / count;
    return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count) || 1 };
  });
  const features = raw.map((row) => row.map((value, column) => (value - fitted[column].mean) / fitted[column].deviation));
  const part = (from, to) => ({ features: features.slice(from, to), labels: labels.slice(from, to) });
  return { classes: names.length, train: part(0, count), test: part(count) };
}

export const oneHot = (labels, classes) => labels.map((label) => Array.from({ length: classes }, (_, c) => Number(c === label)));
const largest = (values) => values.indexOf(Math.max(...values));
export const accuracy = (answers, labels) => answers.filter((row, at) => largest(row) === labels[at]).length / labels.length;
/** Of several networks' answers, each rows of numbers. */
export const meanOf = (all) => all[0].map((row, at) => row.map((_, c) => all.reduce((sum, one) => sum + one[at][c], 0) / all.length));
export const softmax = (row, temperature) => {
  const most = Math.max(...row), powers = row.map((value) => Math.exp((value - most) / temperature)), sum = powers.reduce((a, b) => a + b);
  return powers.map((value) => value / sum);
};
