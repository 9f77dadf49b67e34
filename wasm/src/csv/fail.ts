import { DistilleryError } from '../errors.js';
import type { ErrorCode } from '../types.js';

export function fail(code: ErrorCode, message: string, cause?: unknown): never {
  throw new DistilleryError(code, message, cause === undefined ? undefined : { cause });
}
