import type { CsvProgress } from 'distillery';
import type { Outcome, ReadingOptions } from '../state/own.ts';

export interface ToReader { file: Blob; options: ReadingOptions }
export type FromReader = { progress: CsvProgress } | { outcome: Outcome } | { failure: string };

export interface Reading { signal: AbortSignal; progress(read: CsvProgress): void }

/**
 * Reads a table in a worker that is fetched now and ends with the reading: a megabyte of text takes some ten milliseconds,
 * in which the page could not draw. An abort ends the worker at once, whatever it does, and the promise then stays open.
 */
export function readFile(file: Blob, options: ReadingOptions, { signal, progress }: Reading): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./reader.ts', import.meta.url), { type: 'module' });
    const end = () => worker.terminate();
    signal.addEventListener('abort', end, { once: true });
    worker.onmessage = ({ data }: MessageEvent<FromReader>) => {
      if (signal.aborted) return;
      if ('progress' in data) return progress(data.progress);
      end();
      if ('outcome' in data) resolve(data.outcome);
      else reject(new Error(data.failure));
    };
    worker.onerror = (event) => {
      event.preventDefault();   // it is reported to the reader
      end();
      reject(new Error('The part of the page that reads files could not be loaded. Reload the page, and try again.'));
    };
    worker.postMessage({ file, options } satisfies ToReader);
  });
}
