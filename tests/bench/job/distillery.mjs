import { readFile } from 'node:fs/promises';
import { distil, readCsv } from 'distillery';

const table = await readCsv(await readFile(process.argv[2]));
const training = { batchSize: 64, weightDecay: 0, schedule: 'constant' };
const run = distil(table, {
  seed: Number(process.argv[3]), split: { officialTestRows: 2000, validation: 0 },
  teachers: { count: 4, hidden: [128, 64], dropout: [], training: { ...training, epochs: 10, learningRate: 1e-3 } },
  students: {
    sizes: [[32, 16]], seeds: 1, recipe: [{ temperature: 3, softWeight: 0.7, transfer: false }],
    training: { ...training, epochs: 15, learningRate: 3e-3 },
  },
}, { workers: 1 });
const { test } = await run.report;
run.dispose();
console.log(JSON.stringify({ ensemble: test.ensembleAccuracy.estimate, student: test.sizes[0].student.accuracy.estimate }));
