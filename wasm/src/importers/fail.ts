import { DistilleryError } from '../errors.js';

/** The bytes are not what their format says. */
export function corrupt(format: string, why: string, cause?: unknown): never {
  throw new DistilleryError('corrupt_file',
    `This ${format} file cannot be read: ${why}. It was cut short, altered, or is another kind of file.`, { cause });
}

/** The file may be whole, but what it holds is no network of ours. `why` is one sentence or more. */
export function unsupported(why: string): never {
  throw new DistilleryError('unsupported_model', `This network cannot be imported: ${why}`);
}

/** A name of the file's, for a message: short, and with nothing that a terminal would obey. */
export function shown(name: string): string {
  const short = name.length > 60 ? `${name.slice(0, 57)}…` : name;
  return `'${short.replace(/[\p{Cc}\p{Cf}\p{Surrogate}]/gu, '?')}'`;
}
