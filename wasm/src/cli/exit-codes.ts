import { DistilleryError } from './package.js';

/** What the process ends with. Scripts branch on them: docs/command-line.md. */
export const exitCodes = {
  ok: 0,
  /** Something that neither the command nor the data is to blame for. */
  failure: 1,
  /** The command is not as it must be. */
  usage: 2,
  /** A file is missing, damaged or does not hold what it must. */
  data: 3,
  /** No size passes: what was written is the closest student, not a recommended one. */
  noSize: 4,
  /** As shells have it: 128 + SIGINT. */
  interrupted: 130,
} as const;
export type ExitCode = typeof exitCodes[keyof typeof exitCodes];

/** The command is wrong. The message names the option and says what to do. */
export class UsageError extends Error {}

/** A file cannot be used. */
export class FileError extends Error {}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof FileError) return exitCodes.data;
  if (!(error instanceof DistilleryError)) return exitCodes.failure;
  switch (error.code) {
    case 'invalid_option': case 'unsupported': return exitCodes.usage;
    case 'invalid_data': case 'corrupt_file': case 'unsupported_version': case 'unsupported_model':
    case 'shape_mismatch': return exitCodes.data;
    case 'aborted': return exitCodes.interrupted;
    default: return exitCodes.failure;
  }
}
