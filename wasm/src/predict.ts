import { DistilleryError } from './errors.js';
import type { StartThread, Thread } from './protocol.js';

/** Asks models in a worker that lives only for that. */
export async function predict(load: () => Promise<WebAssembly.Module>, startThread: StartThread, models: Uint8Array[],
                              features: Float32Array, signal?: AbortSignal): Promise<Float32Array[]> {
  const module = await load();
  let thread: Thread | undefined;
  let abort: (() => void) | undefined;
  try {
    return await new Promise<Float32Array[]>((resolve, reject) => {
      abort = () => reject(new DistilleryError('aborted', 'The prediction was aborted.'));
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort);
      thread = startThread({
        onMessage(message) {
          if (message.type === 'predicted') resolve(message.logits);
          else if (message.type === 'failed') reject(new DistilleryError(message.code, message.message));
        },
        onDeath: (reason) => reject(new DistilleryError('worker_failed', `The worker failed: ${reason}.`)),
      });
      thread.post({ type: 'predict', module, models, features });
    });
  } finally {
    if (abort) signal?.removeEventListener('abort', abort);
    thread?.terminate();
  }
}
