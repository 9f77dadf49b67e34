/** The worker of a page. */

import type { ToWorker } from './protocol.js';
import { serve } from './work.js';

declare const self: DedicatedWorkerGlobalScope;

const { port1, port2 } = new MessageChannel();

const hear = serve({
  post: (message, transfer = []) => self.postMessage(message, transfer),
  // A message to oneself queues up behind those that have arrived, without the delay of a timer.
  breathe: () => new Promise((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  }),
});
self.onmessage = ({ data }: MessageEvent<ToWorker>) => hear(data);
