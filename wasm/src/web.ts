import type { Platform } from './platform.js';
import type { FromWorker } from './protocol.js';

// The addresses are spelled out where they are used, for that is how bundlers find the files.
export const web: Platform = {
  wasm: (flavour) => flavour === 'fast' ? new URL('./distillery-fast.wasm', import.meta.url)
    : new URL('./distillery-simd.wasm', import.meta.url),
  request: (url) => fetch(url),
  startThread({ onMessage, onDeath }) {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'distillery' });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => onMessage(data);
    worker.onmessageerror = () => onDeath('a message could not be read');
    worker.onerror = (event) => {
      event.preventDefault();  // it is reported to whoever called
      onDeath(event.message || 'its script could not be loaded');
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
