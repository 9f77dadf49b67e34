import type { CsvProgress } from 'distillery';
import type { Outcome, ReadingOptions } from '../state/own.ts';
import { ask } from './worker.ts';

export interface ToReader { file: Blob; options: ReadingOptions }
export type FromReader = { progress: CsvProgress } | { outcome: Outcome } | { failure: string };

export interface Reading { signal: AbortSignal; progress(read: CsvProgress): void }

/** Reads a table in a worker: a megabyte of text takes some ten milliseconds, in which the page could not draw. */
export async function readFile(file: Blob, options: ReadingOptions, { signal, progress }: Reading): Promise<Outcome> {
  const worker = () => new Worker(new URL('./reader.ts', import.meta.url), { type: 'module' });
  const answer = await ask<ToReader, FromReader>(worker, { file, options }, signal, (message) => {
    if ('progress' in message) progress(message.progress);
    return !('progress' in message);
  });
  if ('outcome' in answer) return answer.outcome;
  throw new Error('failure' in answer ? answer.failure : '');
}
