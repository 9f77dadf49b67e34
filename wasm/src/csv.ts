import { DistilleryError } from './errors.js';
import type { Table } from './types.js';

export interface CsvTable extends Table { columnNames: string[] }

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const integer = /^-?\d+$/;

/**
 * Reads a table from CSV: a header, numeric columns, the class in the last one. Commas, UTF-8, no quotes; plain or
 * gzipped. Numbers are the nearest double, then the nearest float. Classes are put in order: by value where all are
 * whole numbers, else by code point.
 */
export async function readCsv(file: Uint8Array | ArrayBuffer): Promise<CsvTable> {
  const lines = (await text(file)).split('\n');  // fields are trimmed, so the end of Windows' lines does no harm
  if (lines.at(-1) === '') lines.pop();
  const fail = (line: number, why: string): never => {
    throw new DistilleryError('invalid_data', `Line ${line + 1}: ${why}.`);
  };

  const header = lines[0]?.split(',') ?? [];
  const columns = header.length - 1, rows = lines.length - 1;
  if (columns < 1) fail(0, 'a header with at least two columns is needed, separated by commas');
  if (rows < 1) fail(1, 'there is no row');

  const features = new Float32Array(rows * columns);
  const classes: string[] = [];
  for (let row = 0; row < rows; ++row) {
    const line = lines[row + 1] ?? '';
    if (line.includes('"')) fail(row + 1, 'quotes are not supported');
    const fields = line.split(',');
    if (fields.length !== columns + 1) fail(row + 1, `${fields.length} fields, where the header has ${columns + 1}`);
    for (let column = 0; column < columns; ++column) {
      const field = fields[column]?.trim() ?? '';
      const value = Math.fround(Number(field));
      if (!decimal.test(field) || !Number.isFinite(value))
        fail(row + 1, `'${field.slice(0, 40)}' in column ${column + 1} is not a number that a float can hold`);
      features[row * columns + column] = value;
    }
    const name = fields[columns]?.trim() ?? '';
    if (name === '') fail(row + 1, 'its class is missing');
    classes.push(name);
  }

  const classNames = [...new Set(classes)];
  if (classNames.every((name) => integer.test(name))) classNames.sort((a, b) => Number(a) - Number(b));
  else classNames.sort(byCodePoint);
  const numbers = new Map(classNames.map((name, index) => [name, index]));
  const labels = Int32Array.from(classes, (name) => numbers.get(name) ?? -1);
  return { features, columns, labels, classNames, columnNames: header.slice(0, columns).map((name) => name.trim()) };
}

async function text(file: Uint8Array | ArrayBuffer): Promise<string> {
  let bytes = new Uint8Array(file);
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
      bytes = new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DistilleryError('corrupt_file', 'This is neither UTF-8 text nor a whole gzip file.', { cause: error });
  }
}

/** Not by UTF-16 unit, as JavaScript's own order is. */
function byCodePoint(a: string, b: string): number {
  const left = Array.from(a, (c) => c.codePointAt(0) ?? 0), right = Array.from(b, (c) => c.codePointAt(0) ?? 0);
  for (let i = 0; i < Math.min(left.length, right.length); ++i) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
