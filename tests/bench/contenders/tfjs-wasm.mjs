import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { load as loadTfjs } from './tfjs.mjs';

/** files: in a page, where the backend's WebAssembly is served from. */
export async function load({ files } = {}) {
  if (files) setWasmPaths(`${files}/`);
  return loadTfjs('wasm');
}
