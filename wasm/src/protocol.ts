/** All that is said between a run and its workers. A worker does one thing at a time. */

import type { ErrorCode, Plan } from './types.js';

/** Rows from number `first` on, with a label each or, after all those, without. */
export interface Piece {
  first: number;
  features: Float32Array<ArrayBuffer>;
  labels: Int32Array<ArrayBuffer>;
  ensemble: Float32Array<ArrayBuffer> | undefined;
  groups: Int32Array<ArrayBuffer> | undefined;
}

/** What a table has beside its rows. */
export interface TableKinds {
  /** How many more rows have no label. */
  unlabelled: number;
  /** Whether an ensemble's answers come along. */
  ensemble: boolean;
  /** Whether each row has a number that says to which group it belongs. */
  groups: boolean;
  /** What stands for no value. */
  imputation: 'none' | 'mean' | 'median';
}

export type ToWorker =
  /** First: what all jobs share. The table's rows follow in pieces, each asked for by 'rows', so that no two lie waiting. */
  | { type: 'prepare'; module: WebAssembly.Module; plan: Plan; rows: number; columns: number; classNames: string[];
      kinds: TableKinds }
  | { type: 'rows'; piece: Piece }
  /**
   * Run a job, from its checkpoint if that is not empty. inputBytes: where the worker's last job had another input; work: of
   * the job, rows × parameters × epochs.
   */
  | { type: 'run'; job: number; work: number; inputBytes: Uint8Array | undefined; checkpoint: Uint8Array }
  /** Say how far the job has got, and drop it if `stop`. Always answered, by 'checkpoint'. */
  | { type: 'checkpoint'; stop: boolean }
  /** Instead of all that: answer on these rows. */
  | { type: 'predict'; module: WebAssembly.Module; models: Uint8Array[]; features: Float32Array };

export type FromWorker =
  | { type: 'epoch'; job: number; epoch: number; epochs: number; loss: number; accuracy: number }
  /** memory: the most that the worker has held so far, in bytes of WebAssembly memory and of messages. */
  | { type: 'done'; job: number; result: Uint8Array; memory: number }
  /** It runs a job, and unless it is heard of within so many ms it hangs. */
  | { type: 'alive'; patience: number }
  /** Wants the next piece of the table. */
  | { type: 'rows' }
  /** progress: none where no job was running. */
  | { type: 'checkpoint'; stopped: boolean; progress: Checkpoint | undefined }
  | { type: 'predicted'; logits: Float32Array[] }
  | { type: 'failed'; code: ErrorCode; message: string };

export interface Checkpoint { job: number; bytes: Uint8Array }

/** A worker seen from outside, in a page or in Node. */
export interface Thread {
  post(message: ToWorker, transfer?: ArrayBuffer[]): void;
  /** At once; nothing is heard of it afterwards. */
  terminate(): void;
}

export interface ThreadListener {
  onMessage(message: FromWorker): void;
  /** It died, or never lived. */
  onDeath(reason: string): void;
}

export type StartThread = (listener: ThreadListener) => Thread;

/** The outside seen from a worker. */
export interface Port {
  post(message: FromWorker, transfer?: Transferable[]): void;
  /** Resolves when messages that have arrived were heard. */
  breathe(): Promise<void>;
}
