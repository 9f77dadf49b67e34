/**
 * Run files: one file that holds a run's data or where they lie, its plan, its state and its report, and goes on anywhere.
 * The package's entry `distillery/run-file`; docs/run-file.md describes the format.
 */
import { DistilleryError } from '../errors.js';
import { crc32c, joined } from '../exporters/bytes.js';
import { parseJson } from '../exporters/strict-json.js';
import { checkHeader, type RunHeader } from './header.js';

export type { DataRecord, RunHeader } from './header.js';

export interface RunFile extends RunHeader {
  /** What `Run.save` gave. */
  state: Uint8Array;
  /** The table, as `Distillery.saveTable` gives it, with all that was brought; null: the file only says where the data lie. */
  savedTable: Uint8Array | null;
}

// 4 bytes of magic, version, length of the header, length of the table (u32 each); the header, JSON in UTF-8; the table; the
// state, which is the rest; CRC-32C (u32) over all before it. Little-endian, as the library's files. Version 2 could not hold
// a table, and lacks its length; of version 1 there are none left.
const magic = 'DSTS', version = 3;
const crcBytes = 4, mostBytes = 2 ** 31 - 1;

/** @throws DistilleryError `invalid_data`, where the whole would exceed 2 GB. */
export function encodeRunFile({ state, savedTable, ...header }: RunFile): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header)), held = savedTable ?? new Uint8Array();
  const start = new Uint8Array(16), view = new DataView(start.buffer), end = new Uint8Array(crcBytes);
  if (start.length + text.length + held.length + state.length + crcBytes > mostBytes)
    throw new DistilleryError('invalid_data', 'The run and its data are too large for one file: 2 GB are possible. Leave the data out.');
  start.set(new TextEncoder().encode(magic));
  for (const [index, value] of [version, text.length, held.length].entries()) view.setUint32(4 + 4 * index, value, true);
  const file = joined([start, text, held, state, end]);
  new DataView(file.buffer).setUint32(file.length - crcBytes, crc32c(file.subarray(0, -crcBytes)), true);
  return file;
}

/** By the first 4 bytes or more. */
export const isRunFile = (file: Uint8Array): boolean => new TextDecoder('latin1').decode(file.subarray(0, 4)) === magic;

/**
 * The reverse: `state` and `savedTable` are views of the file. What they hold is checked by whoever takes them, `distil` and
 * `loadTable`.
 *
 * @throws DistilleryError `corrupt_file`, `unsupported_version`.
 * @example
 * ```js
 * import { decodeRunFile } from 'distillery/run-file';
 *
 * const { savedTable, plan, state } = decodeRunFile(bytes);   // made by `distillery distil --keep-data`
 * const run = distil(instance.loadTable(savedTable), plan, { resume: state });
 * console.log((await run.report).choice.status);
 * run.dispose();
 * ```
 */
export function decodeRunFile(file: Uint8Array): RunFile {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const word = (at: number): number => (at + 4 <= file.length - crcBytes ? view.getUint32(at, true) : corrupt('it was cut short'));
  if (!isRunFile(file)) corrupt('it does not start as one');
  const made = word(4);
  if (view.getUint32(file.length - crcBytes, true) !== crc32c(file.subarray(0, -crcBytes)))
    corrupt('its checksum does not fit, so it was cut short or altered');
  if (made > version)
    throw new DistilleryError('unsupported_version',
      `This run file has version ${made}, and this Distillery reads up to version ${version}. Use a newer one.`);
  if (made < 2) corrupt(`it has version ${made}, which nobody uses any more`);
  const headerAt = made === 2 ? 12 : 16, tableAt = headerAt + word(8), stateAt = tableAt + (made === 2 ? 0 : word(12));
  if (stateAt > file.length - crcBytes) corrupt('its parts would be longer than the file');
  try {
    const header: unknown = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(headerAt, tableAt)));
    checkHeader(header);
    return {
      ...header, state: file.subarray(stateAt, -crcBytes), savedTable: stateAt > tableAt ? file.subarray(tableAt, stateAt) : null,
    };
  } catch (error) {
    return corrupt(error instanceof Error ? error.message.replace(/\.$/, '') : String(error), error);
  }
}

function corrupt(why: string, cause?: unknown): never {
  throw new DistilleryError('corrupt_file', `This run file cannot be read: ${why}.`, { cause });
}
