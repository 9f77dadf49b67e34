import type { StartThread } from './protocol.js';

/** What differs between a page and Node. */
export interface Platform {
  /** Where the package's WebAssembly lies. */
  wasm(): URL;
  request(url: URL): Promise<Response>;
  startThread: StartThread;
  /** How many threads this machine runs at a time. */
  cores(): number;
}
