/** The worker thread of Node. */

import { parentPort, type Transferable as NodeTransferable } from 'node:worker_threads';
import type { ToWorker } from './protocol.js';
import { serve } from './work.js';

if (!parentPort) throw new Error('This file is run as a worker thread.');
const port = parentPort;

port.on('message', serve({
  post: (message, transfer = []) => port.postMessage(message, transfer as NodeTransferable[]),
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
}) satisfies (message: ToWorker) => void);
