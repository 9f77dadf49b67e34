/// <reference lib="esnext.disposable" preserve="true" />

import type { MainModule } from './distillery-simd.js';
import { DistilleryError } from './errors.js';
import type { MainModule as PlannerModule } from './planner-simd.js';
import type { ErrorCode, Flavour, Interval, JobInfo, Table, VarianceParts } from './types.js';

/**
 * The compiled library, one instance. Its functions are declared by Emscripten, from wasm/bindings.cpp: what gives null
 * has failed, and `takeError` says why.
 */
export interface Native extends Functions<MainModule> {
  /** The memory may grow with every call: views are read anew, never kept. */
  readonly HEAPU8: Uint8Array;
  readonly HEAPF32: Float32Array;
  /** What lives in the memory and has an owner. */
  readonly owned: FinalizationRegistry<Owned>;
}

/** The same with all that plans need, from wasm/planner.cpp. */
export interface PlannerNative extends Native, Functions<PlannerModule> {}

type Functions<Module> = Omit<Module, `HEAP${string}`>;

// What the functions take and give, beside the words of types.ts.

/** The number of something in the library's memory, which must be released. */
export type Handle = number;
export interface Failure { code: ErrorCode; message: string }
export interface State { version: string; flavour: Flavour; liveHandles: number; heapInUse: number }
/** Addresses in the memory: where rows go, and where their answers will be. */
export interface Room { input: number; output: number }
/** Of paired values: their mean difference, and the two-sided p that it is 0, by the paired t test and by Wilcoxon's. */
export interface Comparison { difference: Interval; p: number; wilcoxonP: number }
/** By kind of network; and what `VarianceReport.kept` is. */
export interface Decomposition { parts: VarianceParts[]; kept: Interval }
/** Of two classifiers, a and b, that answered on the same rows. */
export interface PredictionComparison {
  rows: number;
  /** Rows on which each is right, and on which only one is: these tell them apart. */
  aRight: number;
  bRight: number;
  aOnly: number;
  bOnly: number;
  /** Accuracy, a − b, with the matched pairs score interval (Tango 1998). */
  difference: Interval;
  /** Of both being right equally often, by McNemar's exact test. */
  p: number;
}
export interface Job extends JobInfo { input: number }
/** With null for what is not there. */
export interface WholeTable extends Omit<Table, 'unlabelled' | 'ensemble' | 'groups' | 'imputation'> {
  unlabelled: Float32Array | null;
  ensemble: Float32Array | null;
  groups: Int32Array | null;
  imputation: 'none' | 'mean' | 'median';
}
export interface Samples extends WholeTable { softTargets: Float32Array | null }

/** Passes a result on, or throws what the library says went wrong. */
export function checked<T>(native: Native, result: T | null): T {
  if (result !== null) return result;
  const failure = native.takeError();
  if (!failure) throw new DistilleryError('internal', 'A call failed without saying why.');
  throw new DistilleryError(failure.code, failure.message);
}

/** Hears of the first thing that was garbage-collected before anybody called its `dispose`. */
export type LeakHook = (message: string) => void;

interface Owned { handle: Handle; kind: string }

/**
 * The net under `dispose`: gives back what its owner went without giving back. It belongs to the instance, for what goes
 * together with a whole instance leaves nothing behind and is nobody's mistake.
 */
export function netFor(native: Native, onLeak: LeakHook = (message) => console.warn(message)): Native['owned'] {
  let told = false;
  return new FinalizationRegistry(({ handle, kind }) => {
    native.release(handle);
    if (told) return;
    told = true;
    onLeak(`distillery: a ${kind} was garbage-collected without dispose(). Its memory was given back only now: call `
      + 'dispose() when you are done with it, or declare it with `using`. This is said once.');
  });
}

/** Something that lives in the library's memory and must be given back: call `dispose`, or declare it with `using`. */
export abstract class Owner<Of extends Native = Native> implements Disposable {
  #handle: Handle | undefined;

  /** @internal */
  constructor(protected readonly native: Of, handle: Handle) {
    this.#handle = handle;
    native.owned.register(this, { handle, kind: new.target.name }, this);
  }

  protected get handle(): Handle {
    if (!this.#handle) throw new DistilleryError('disposed', 'This was disposed of and cannot be used any more.');
    return this.#handle;
  }

  /** What there is to say of it. */
  protected info<T>(): T {
    return checked(this.native, this.native.info(this.handle)) as T;
  }

  /** Once more does nothing. */
  dispose(): void {
    if (!this.#handle) return;
    this.native.owned.unregister(this);
    this.native.release(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
