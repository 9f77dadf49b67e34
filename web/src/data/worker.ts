/** Told of what is on its way; true where it was the answer. */
type Hear<From> = (message: From) => boolean;

/**
 * Asks a worker that is fetched now and ends with its answer. An abort ends it at once, whatever it does, and the promise
 * then stays open. `isAnswer` hears every message until one is the answer.
 */
export function ask<To, From>(start: () => Worker, message: To, signal: AbortSignal, isAnswer: Hear<From> = () => true): Promise<From> {
  return new Promise((resolve, reject) => {
    const worker = start(), end = () => worker.terminate();
    signal.addEventListener('abort', end, { once: true });
    worker.onmessage = ({ data }: MessageEvent<From>) => {
      if (signal.aborted || !isAnswer(data)) return;
      end();
      resolve(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();   // it is reported to the reader
      end();
      reject(new Error('A part of the page could not be loaded. Reload the page, and try again.'));
    };
    worker.postMessage(message);
  });
}
