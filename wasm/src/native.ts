import type { MainModule } from './distillery-simd.js';
import { DistilleryError } from './errors.js';
import type { ErrorCode } from './types.js';

/** The compiled library, one instance. Its memory may grow with every call: views are read anew, never kept. */
export type Native = MainModule & { readonly HEAPU8: Uint8Array; readonly HEAPF32: Float32Array };

type Failed = null | undefined | false | -1;

/** Passes a result on, or throws what the library says went wrong. */
export function checked<T>(native: Native, result: T | Failed): Exclude<T, Failed> {
  if (result !== null && result !== undefined && result !== false && result !== -1) return result as Exclude<T, Failed>;
  const failure = native.takeError();
  if (!failure) throw new DistilleryError('internal', 'A call failed without saying why.');
  throw new DistilleryError(failure.code as ErrorCode, failure.message as string);
}

/** Something that lives in the library's memory and must be given back: call `dispose`, or declare it with `using`. */
export abstract class Owner<Handle extends { delete(): void }> implements Disposable {
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
    this.#handle?.delete();
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
