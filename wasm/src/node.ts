/** The package's entry in Node. All that only Node has is here and in worker-node.ts. */

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { distilOn, loadOn, loadPlannerOn, measureVarianceOn, predictOn } from './api.js';
import type * as web from './index.js';
import type { Platform } from './platform.js';
import type { FromWorker } from './protocol.js';

export * from './exports.js';

const files = {
  distillery: {
    simd: () => new URL('./distillery-simd.wasm', import.meta.url),
    fast: () => new URL('./distillery-fast.wasm', import.meta.url),
  },
  planner: {
    simd: () => new URL('./planner-simd.wasm', import.meta.url),
    fast: () => new URL('./planner-fast.wasm', import.meta.url),
  },
};

const node: Platform = {
  wasm: (name, flavour) => files[name][flavour](),
  // Bytes, for Node's first Response takes 30 ms to be there.
  request: (url) => url.protocol === 'file:' ? readFile(url) : fetch(url),
  startThread({ onMessage, onDeath }) {
    // None of the program's flags: --input-type, as of a script given by --eval, would stop it.
    const worker = new Worker(new URL('./worker-node.js', import.meta.url), { name: 'distillery', execArgv: [] });
    worker.on('message', (message: FromWorker) => onMessage(message));
    worker.on('messageerror', () => onDeath('a message could not be read'));
    worker.on('error', (error) => onDeath(error.message));
    worker.on('exit', (code) => onDeath(`it ended with code ${code}`));
    return {
      post: (message, transfer = []) => worker.postMessage(message, transfer),
      terminate: () => {
        worker.removeAllListeners();
        worker.on('error', () => {});  // what it dies of now is nobody's affair
        void worker.terminate();
      },
    };
  },
  cores: availableParallelism,
};

export const loadDistillery: typeof web.loadDistillery = (options) => loadOn(node, options);
export const loadPlanner: typeof web.loadPlanner = (options) => loadPlannerOn(node, options);
export const distil: typeof web.distil = (table, plan, options) => distilOn(node, table, plan, options);
export const measureVariance: typeof web.measureVariance = (table, plan, options) => measureVarianceOn(node, table, plan, options);
export const predict: typeof web.predict = (models, features, options) => predictOn(node, models, features, options);
