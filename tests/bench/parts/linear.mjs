// How time grows with rows, epochs and teachers, and what a worker's memory comes to. In Node.
import * as distillery from 'distillery';
import { trainerOf } from '../contenders/distillery.mjs';
import { tutorial } from '../lib/data.mjs';
import { timeTeachers } from '../lib/runs.mjs';
import { nets } from '../lib/workloads.mjs';

const columns = 20;

/** Made rows: the time does not depend on what is in them, but for the share of zeros. */
function madeTable(rows) {
  const features = new Float32Array(rows * columns);
  let state = 1;
  for (let at = 0; at < features.length; ++at) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    features[at] = state / 2 ** 31;
  }
  const labels = Int32Array.from({ length: rows }, (_, row) => Number(features[row * columns] > 0));
  return { features, columns, labels, classNames: ['0', '1'] };
}

function epochTime(instance, rows, epochs) {
  const problem = { ...nets.student, ...madeTable(rows), targets: null, batch: 64, learningRate: 1e-3 };
  const trainer = trainerOf(instance, problem);
  let best = Infinity;
  for (let epoch = 0; epoch < epochs; ++epoch) {
    const start = performance.now();
    trainer.runEpoch();
    best = Math.min(best, performance.now() - start);
  }
  trainer.dispose();
  return best;
}

/** Of the line through the points in log-log: 1 is linear growth. */
export function slope(points) {
  const x = points.map(([size]) => Math.log(size)), y = points.map(([, time]) => Math.log(time));
  const mean = (values) => values.reduce((sum, value) => sum + value) / values.length;
  const [middleX, middleY] = [mean(x), mean(y)];
  const product = mean(x.map((value, at) => (value - middleX) * (y[at] - middleY)));
  return product / mean(x.map((value) => (value - middleX) ** 2));
}

/** The best of some runs in turn, per size. once(size) → ms */
async function grow(sizes, rounds, once) {
  const best = sizes.map(() => Infinity);
  for (let round = 0; round < rounds; ++round) {
    for (const [at, size] of sizes.entries()) best[at] = Math.min(best[at], await once(size));
  }
  const points = sizes.map((size, at) => [size, best[at]]);
  return { points, slope: slope(points) };
}

/** A worker's peak while it trains on many rows, against the least that it could hold, in bytes. */
async function workerMemory(rows) {
  const table = madeTable(rows);
  const plan = {
    split: { validation: 0, officialTestRows: 1000 },
    teachers: { count: 1, hidden: [16], dropout: [], training: { epochs: 1, batchSize: 256 } },
    students: { sizes: [[8]], seeds: 1, training: { epochs: 1, batchSize: 256 } },
  };
  const run = distillery.distil(table, plan, { workers: 1 });
  let peak = 0;
  for await (const event of run) if (event.type === 'job') peak = Math.max(peak, event.memory);
  await run.report;
  run.dispose();
  const data = 4 * rows * (columns + 1 + table.classNames.length);   // features, labels, targets
  return { rows, peak, limit: 1.25 * data + 16 * 2 ** 20 };
}

export async function run({ quick, log }) {
  const instance = await distillery.loadDistillery();
  const rounds = quick ? 1 : 3;
  const few = await tutorial();
  const small = { hidden: [64, 32], workers: 1 };
  epochTime(instance, 10_000, 20);   // warms up
  const rows = await grow(quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000], rounds, async (size) => (
    epochTime(instance, size, Math.max(2, Math.min(20, 1e6 / size)))));
  log('  rows: done');
  const epochs = await grow(quick ? [50, 100] : [100, 200, 400, 800], rounds, (size) => (
    timeTeachers(distillery, few, { ...small, count: 2, epochs: size })));
  log('  epochs: done');
  const teachers = await grow(quick ? [4, 8] : [8, 16, 32, 64], rounds, (size) => (
    timeTeachers(distillery, few, { ...small, count: size, epochs: 40 })));
  log('  teachers: done');
  return { rows, epochs, teachers, memory: await workerMemory(quick ? 100_000 : 1_000_000) };
}
