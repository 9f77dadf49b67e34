import { fail } from '../csv/fail.js';
import { readCsv } from '../csv/index.js';
import { broken, checkSource, type CsvSource } from '../csv/input.js';
import { checkOptions } from '../csv/options.js';
import type { CsvTable, ParquetTable, ReadCsvOptions, ReadParquetOptions } from '../csv/types.js';

/**
 * Reads a table from Parquet, in the same way and with the same result as `readCsv`: what the file says of its columns
 * need not be guessed. The reader is a file of its own, fetched with the first call. docs/parquet.md says which files
 * are read. A `ReadableStream` is held as a whole, of anything else only what is needed.
 *
 * @throws DistilleryError `invalid_data`, with column and, where it is one row's, its number from 1; `corrupt_file`;
 * `invalid_option`; `aborted`.
 * @example
 * ```js
 * import { readParquet } from 'distillery';
 *
 * const { features, columnNames, classNames } = await readParquet(file, { label: 'species', … });
 * ```
 */
export async function readParquet(source: CsvSource, options: ReadParquetOptions = {}): Promise<ParquetTable> {
  checkOptions(options, 'readParquet');
  for (const name of ['delimiter', 'quote', 'header', 'encoding', 'decimal'])
    if ((options as Record<string, unknown>)[name] !== undefined)
      fail('invalid_option', `${name}: a Parquet file has none. Leave it out.`);
  checkSource(source);
  const { read } = await import('./parquet.js').catch((error: unknown) =>
    fail('load_failed', 'The part of distillery that reads Parquet, its file parquet.js, could not be loaded. Serve it '
      + "beside the package's other files, and try again.", error));
  return read(source, options);
}

/** `readCsv` or `readParquet`, as the file's first four bytes say. */
export async function readTable(source: CsvSource, options: ReadCsvOptions = {}): Promise<CsvTable | ParquetTable> {
  checkOptions(options, 'readTable');
  checkSource(source);
  const { head, whole } = await peek(source, options.signal);
  return isParquet(head) ? readParquet(whole, options) : readCsv(whole, options);
}

/** Also of an encrypted file. */
const isParquet = (head: Uint8Array): boolean => /^PAR[1E]/.test(String.fromCharCode(...head.subarray(0, 4)));

/** The first bytes of a file, and the file from the first byte on. */
async function peek(source: CsvSource, signal: AbortSignal | undefined):
    Promise<{ head: Uint8Array; whole: CsvSource }> {
  if (source instanceof Uint8Array) return { head: source, whole: source };
  if (source instanceof ArrayBuffer) return { head: new Uint8Array(source), whole: source };
  if (source instanceof Blob) {
    const head = await source.slice(0, 4).arrayBuffer().catch((error: unknown) => fail('invalid_data', broken, error));
    return { head: new Uint8Array(head), whole: source };
  }
  const file = source.getReader(), pieces: Uint8Array[] = [];
  const cancel = (): void => { file.cancel().catch(() => {}); };  // ends a read that waits
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  try {
    for (let bytes = 0; bytes < 4;) {
      const { value } = await file.read();
      if (!value) break;
      pieces.push(value);
      bytes += value instanceof Uint8Array ? value.length : 4;  // whoever reads the file says what is wrong
    }
  } catch (error) {
    fail('invalid_data', broken, error);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  const head = pieces.flatMap((piece) => (piece instanceof Uint8Array ? [...piece.subarray(0, 4)] : []));
  const whole = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = pieces.shift() ?? (await file.read()).value;
      if (piece) controller.enqueue(piece);
      else controller.close();
    },
    cancel: (reason) => file.cancel(reason),
  }, { highWaterMark: 0 });
  return { head: Uint8Array.from(head), whole };
}
