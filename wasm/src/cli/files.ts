import { createHash } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { type FileHandle, open, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { FileError, UsageError } from './exit-codes.js';

/** Instead of a file's name: standard input or output. */
export const standardStream = '-';

/** Models and runs are read as a whole. */
const mostBytes = 2 ** 31 - 1;

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file', EISDIR: 'it is a folder', ENOTDIR: 'a part of its path is no folder',
  EACCES: 'there is no permission', EPERM: 'there is no permission', EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
};
const reasonOf = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
};
const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

async function openToRead(path: string): Promise<FileHandle> {
  try {
    const file = await open(path);
    if (!(await file.stat()).isDirectory()) return file;
    await file.close();
  } catch (error) {
    throw new FileError(`${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
  throw new FileError(`${path} cannot be read: ${reasons.EISDIR}.`);
}

export async function readWhole(path: string): Promise<Uint8Array> {
  const file = await openToRead(path);
  try {
    if ((await file.stat()).size > mostBytes) throw new FileError(`${path} is too large to be a model or a run.`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The first bytes, by which a file's kind is known. Of what is no ordinary file none: they would be gone. */
export async function headOf(path: string): Promise<Uint8Array> {
  const file = await openToRead(path);
  try {
    if (!(await file.stat()).isFile()) return new Uint8Array();
    const { buffer, bytesRead } = await file.read(new Uint8Array(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}

/** A file, or standard input, as it comes; afterwards its size and SHA-256 are known. */
export class DataFile {
  readonly name: string;
  readonly #hash = createHash('sha256');
  #sha256: string | undefined;
  #bytes = 0;
  #source: Readable | undefined;

  constructor(readonly path: string) {
    this.name = path === standardStream ? 'standard input' : basename(path);
  }

  /** From the first byte on. Throws FileError where it cannot be opened. */
  async stream(): Promise<{ stream: ReadableStream<Uint8Array>; totalBytes: number | null }> {
    const file = this.path === standardStream ? undefined : await openToRead(this.path);
    const totalBytes = file && (await file.stat()).size || null;
    this.#source = file?.createReadStream() ?? process.stdin;
    const chunks = this.#source[Symbol.asyncIterator]();
    const stream = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { value, done } = await chunks.next() as IteratorResult<Uint8Array, undefined>;
        if (done) return controller.close();
        this.#hash.update(value);
        this.#bytes += value.length;
        controller.enqueue(value);
      },
      cancel: () => this.close(),
    }, { highWaterMark: 0 });
    return { stream, totalBytes };
  }

  /** At once: an iterator would wait for the next piece. */
  close(): void {
    this.#source?.destroy();
  }

  /** When it has been read to its end. */
  identity(): { bytes: number; sha256: string } {
    return { bytes: this.#bytes, sha256: this.#sha256 ??= this.#hash.digest('hex') };
  }
}

const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) try { unlinkSync(path); } catch { /* it is gone */ }
});

/**
 * Writes a file that is whole or not there: beside its place first, then renamed. What is no ordinary file, such as
 * /dev/stdout, is written as it is.
 */
export async function writeWhole(path: string, content: string | Uint8Array | Iterable<string>): Promise<void> {
  try {
    const old = await stat(path).catch(() => undefined);
    if (old && !old.isFile()) return await writeFile(path, content);
    const place = old ? await realpath(path) : path;  // a link stays one
    const beside = join(dirname(place), `.${basename(place)}.${process.pid}.tmp`);
    unfinished.add(beside);
    try {
      await writeFile(beside, content, { flush: true });
      await rename(beside, place);
    } catch (error) {
      await unlink(beside).catch(() => {});
      throw error;
    } finally {
      unfinished.delete(beside);
    }
  } catch (error) {
    throw new Error(`${path} cannot be written: ${reasonOf(error)}.`, { cause: error });
  }
}

/** Before hours of work: whether a file could be written there. */
export async function checkPlace(path: string, option: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) throw new UsageError(`${option}: there is no folder ${dirname(path)}. Make it first.`);
  const there = await stat(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw new UsageError(`${option}: ${path} cannot be written: ${reasonOf(error)}.`);
  });
  if (there?.isDirectory()) throw new UsageError(`${option}: ${path} is a folder. Name a file.`);
}

/** Whether two paths lead to one file. */
export async function isSame(a: string, b: string): Promise<boolean> {
  if (a === standardStream || b === standardStream) return false;
  const [one, other] = await Promise.all([a, b].map((path) => stat(path).catch(() => undefined)));
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/** The path without the ending of its name: data/letter.csv.gz → data/letter. */
export function stem(path: string): string {
  const withoutGz = path.replace(/\.gz$/i, '');
  return withoutGz.slice(0, withoutGz.length - extname(withoutGz).length);
}
