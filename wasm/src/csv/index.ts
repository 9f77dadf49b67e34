import { type CsvSource, readAll } from './input.js';
import { checkOptions } from './options.js';
import { createCsvReader } from './reader.js';
import type { CsvTable, ReadCsvOptions } from './types.js';

export type * from './types.js';
export type { CsvSource } from './input.js';
export { createCsvReader, type CsvReader } from './reader.js';
export { checkSchema, encodeRows, featureNames, fillSchema } from './schema.js';

/**
 * Reads a table from CSV, plain or gzipped. Delimiter, header, encoding, decimal sign, kinds of columns and the label
 * are guessed and told; every one can be given: docs/csv.md. Numbers are the nearest double, then the nearest float.
 * Classes are put in order: by value where all are whole numbers, else by code point.
 *
 * @throws DistilleryError `invalid_data`, with line and column; `corrupt_file`; `invalid_option`; `aborted`.
 * @example
 * ```js
 * import { readCsv } from 'distillery';
 *
 * const text = 'width,height,kind\n1.5,2,small\n3,4.5,large\n';
 * const { features, labels, classNames } = await readCsv(new TextEncoder().encode(text), { label: 'kind' });
 * console.log(features, classNames[labels[0]]);   // 1.5, 2, 3, 4.5; small
 * ```
 */
export async function readCsv(source: CsvSource, options: ReadCsvOptions = {}): Promise<CsvTable> {
  const { signal, progress, maxUnpackedBytes = 1e9, ...rest } = checkOptions(options);
  const reader = createCsvReader(rest);
  await readAll(source, {
    signal, maxUnpackedBytes,
    push: (piece) => reader.push(piece),
    progress: (read) => progress?.({ ...read, rows: reader.rows }),
  });
  return reader.finish();
}
