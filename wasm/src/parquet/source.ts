import { fail } from '../csv/fail.js';
import { broken, type CsvSource, readAll } from '../csv/input.js';

/** A file of which any part can be read: Parquet has its table of contents at the end. */
export interface PartsFile {
  size: number;
  /** In memory of its own, or at least not to be written to. */
  read(from: number, to: number): Promise<Uint8Array>;
}

interface Options {
  signal: AbortSignal | undefined;
  maxUnpackedBytes: number;
  /** Of a stream, which is kept as a whole. */
  progress(bytes: number): void;
}

export async function openParts(source: CsvSource, options: Options): Promise<PartsFile> {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
    return { size: bytes.length, read: async (from, to) => bytes.subarray(from, to) };
  }
  const blob = source instanceof Blob ? source : await collect(source, options);
  const read = async (from: number, to: number): Promise<Uint8Array> => {
    try {
      return new Uint8Array(await blob.slice(from, to).arrayBuffer());
    } catch (error) {
      return fail('invalid_data', broken, error);
    }
  };
  return { size: blob.size, read };
}

/** A Blob, for browsers may keep it elsewhere than in memory. */
async function collect(source: CsvSource, { signal, maxUnpackedBytes, progress }: Options): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  await readAll(source, {
    signal, maxUnpackedBytes,
    push: (piece) => pieces.push(piece as Uint8Array<ArrayBuffer>),
    progress: ({ bytes }) => progress(bytes),
  });
  return new Blob(pieces);
}
