import type { StartThread } from './protocol.js';

/** What differs between a page and Node. */
export interface Platform {
  /** Where the package's WebAssembly lies. */
  wasm(name: 'distillery' | 'planner', flavour: 'simd' | 'fast'): URL;
  request(url: URL): Promise<Response | BufferSource>;
  startThread: StartThread;
  /** How many threads this machine runs at a time. */
  cores(): number;
}
