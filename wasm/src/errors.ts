import type { ErrorCode } from './types.js';

/** Every failure of this package. The message says what was wrong, where, and what to do. */
export class DistilleryError extends Error {
  override readonly name = 'DistilleryError';

  constructor(readonly code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
