import { fail } from '../csv/fail.js';
import { DistilleryError } from '../errors.js';

/** The result of what may come upon anything in a file; whatever it throws is the file's fault. */
export function guarded<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    return blame(what, error);
  }
}

export function blame(what: string, error: unknown): never {
  if (error instanceof DistilleryError) throw error;
  const reason = error instanceof Error ? error.message : String(error);
  fail('corrupt_file', `This Parquet file is damaged, or written in a way that is not read here, in ${what} `
    + `(${reason}). Fetch it again, or write it anew.`, error);
}
