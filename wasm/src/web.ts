import { DistilleryError } from './errors.js';
import type { Platform } from './platform.js';
import type { FromWorker } from './protocol.js';

// The addresses are spelled out where they are used, for that is how bundlers find the files.
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

export const web: Platform = {
  wasm: (name, flavour) => files[name][flavour](),
  request: (url) => fetch(url),
  startThread({ onMessage, onDeath }) {
    if (typeof Worker === 'undefined')
      throw new DistilleryError('unsupported',
        'There are no workers here, as in a service worker: use loadDistillery() and its parts.');
    // Nameless: webpack takes a name for that of a file, and two versions of the package would share it.
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => onMessage(data);
    worker.onmessageerror = () => onDeath('a message could not be read');
    worker.onerror = (event) => {
      event.preventDefault();  // it is reported to whoever called
      onDeath(event.message || "its script, the package's worker.js, could not be loaded");
    };
    return {
      post: (message, transfer = []) => worker.postMessage(message, transfer),
      terminate: () => {
        worker.onmessage = worker.onmessageerror = worker.onerror = null;
        worker.terminate();
      },
    };
  },
  cores: () => navigator.hardwareConcurrency || 2,
};
