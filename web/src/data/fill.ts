import type { FileTable, Plan } from 'distillery';
import { inOurWords } from '../state/own.ts';
import { ask } from './worker.ts';

export interface ToFiller { table: FileTable; plan: Plan; module: WebAssembly.Module }
export type FromFiller = { table: FileTable } | { failure: string };

/** Fills in what is missing, by mean or median of the rows that are not test rows, and puts the test rows last; in a worker. */
export async function fill(message: ToFiller, signal: AbortSignal): Promise<FileTable> {
  const worker = () => new Worker(new URL('./filler.ts', import.meta.url), { type: 'module' });
  const answer = await ask<ToFiller, FromFiller>(worker, message, signal);
  if ('failure' in answer) throw new Error(inOurWords(answer.failure));
  return answer.table;
}
