// The side of a page: bench.call runs in it what lib/session.mjs offers, on any of the contenders.
import { coarse, createSession } from './session.mjs';
import { timeReference, timeTeachers } from './runs.mjs';
import { readArrays, tasks, trainingProblem } from './workloads.mjs';

const modules = {
  'distillery': () => import('../contenders/distillery.mjs'),
  'distillery-fast': () => import('../contenders/distillery-fast.mjs'),
  'tfjs-wasm': () => import('../contenders/tfjs-wasm.mjs'),
  'jax': () => import('../contenders/jax.mjs'),
  'onnxruntime': () => import('../contenders/onnxruntime.mjs'),
};
const files = new URL('./files', import.meta.url).href;

const [buffer, directory] = await Promise.all([
  fetch('./data/data.bin').then((response) => response.arrayBuffer()),
  fetch('./data/data.json').then((response) => response.json()),
]);
const data = readArrays(buffer, directory);
const sessions = {};

const table = async (package_) => package_.readCsv(await (await fetch('./data/tutorial.csv.gz')).arrayBuffer());

globalThis.bench = {
  async load(name) {
    const library = await (await modules[name]()).load({ files });
    sessions[name] = { ...createSession(library, data, { grain: coarse }), ...library.also?.(data) };
    return { version: library.version };
  },
  call: (name, method, ...args) => sessions[name][method](...args),

  /** ms from import to the first finished step. Only in a fresh page. */
  async start(name) {
    const problem = trainingProblem(tasks['w1-64'], data);
    const start = performance.now();
    const library = await (await modules[name]()).load({ files });
    const trainer = await library.train(problem);
    await trainer.step();
    const time = performance.now() - start;
    // Enough work for the engine to compile all of it well, and so to keep that in its cache.
    for (let epoch = 0; epoch < 4; ++epoch) await trainer.epoch();
    return time;
  },
  async teachers(options) {
    const package_ = await import('distillery');
    return timeTeachers(package_, await table(package_), options);
  },
  async reference(options) {
    const package_ = await import('distillery');
    return timeReference(package_, await table(package_), options);
  },
};
document.documentElement.dataset.state = 'ready';
