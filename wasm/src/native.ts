import type { MainModule } from './distillery-simd.js';
import { DistilleryError } from './errors.js';
import type { Architecture, ErrorCode, Flavour, Interval, JobInfo, Plan, Table, TrainOptions } from './types.js';

/** The number of something in the library's memory, which must be released. */
export type Handle = number;
type Job = JobInfo & { input: number };
type Options = { training: TrainOptions; seed: number; temperature: number; softWeight: number; classWeights: number[] };

/**
 * The compiled library, one instance, as wasm/bindings.cpp makes it: what gives null or false has failed, and
 * `takeError` says why. The names are checked against those that Emscripten finds in it.
 */
export interface Native extends Record<Exclude<keyof MainModule, `HEAP${string}`>, unknown> {
  /** The memory may grow with every call: views are read anew, never kept. */
  readonly HEAPU8: Uint8Array;
  readonly HEAPF32: Float32Array;
  takeError(): { code: ErrorCode; message: string } | null;
  state(): { version: string; flavour: Flavour; liveHandles: number; heapInUse: number };
  release(handle: Handle): void;
  /** A slice of work, about so many rows: whether it has ended an epoch (of a trainer) or the job. */
  advance(handle: Handle, rows: number): boolean | null;
  info(handle: Handle): any;
  save(handle: Handle): Uint8Array | null;
  generateTable(shape: string, rows: number, noise: number, seed: number): Table | null;
  loadTable(file: Uint8Array): Table | null;
  saveTable(table: Table): Uint8Array | null;
  comparePaired(a: number[], b: number[], confidence: number): { difference: Interval; p: number } | null;
  loadModel(file: Uint8Array): Handle | null;
  reserve(model: Handle, rows: number): { input: number; output: number } | null;
  /** Not through Embind, for a row takes less time than its call. */
  _answer(model: Handle, rows: number, asProbabilities: boolean): number;
  createTrainer(samples: Table & { softTargets: Float32Array | null }, options: Options,
                architecture: Required<Architecture> | null, checkpoint: Uint8Array | null): Handle | null;
  trainedModel(trainer: Handle): Handle | null;
  createWorkbench(table: Table, plan: Plan): Handle | null;
  createJobRun(workbench: Handle, job: number, input: Uint8Array, checkpoint: Uint8Array): Handle | null;
  jobResult(run: Handle): Uint8Array | null;
  createPlan(workbench: Handle, saved: Uint8Array | null): Handle | null;
  finished(plan: Handle): boolean;
  done(plan: Handle, job: number): boolean;
  readyJobs(plan: Handle): Job[] | null;
  jobInput(plan: Handle, job: number): Uint8Array | null;
  absorb(plan: Handle, job: number, result: Uint8Array): true | null;
  suspend(plan: Handle, job: number, checkpoint: Uint8Array): true | null;
  progressOf(plan: Handle, job: number): Uint8Array | null;
  setMargin(plan: Handle, margin: number): true | null;
  network(plan: Handle, kind: string, index: number, seed: number): Uint8Array | null;
  chosen(plan: Handle): Uint8Array | null;
}

/** Passes a result on, or throws what the library says went wrong. */
export function checked<T>(native: Native, result: T | null): T {
  if (result !== null) return result;
  const failure = native.takeError();
  if (!failure) throw new DistilleryError('internal', 'A call failed without saying why.');
  throw new DistilleryError(failure.code, failure.message);
}

/** Something that lives in the library's memory and must be given back: call `dispose`, or declare it with `using`. */
export abstract class Owner implements Disposable {
  #handle: Handle | undefined;

  constructor(protected readonly native: Native, handle: Handle) {
    this.#handle = handle;
  }

  protected get handle(): Handle {
    if (!this.#handle) throw new DistilleryError('disposed', 'This was disposed of and cannot be used any more.');
    return this.#handle;
  }

  /** Once more does nothing. */
  dispose(): void {
    if (this.#handle) this.native.release(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
