import { dirname, relative, resolve } from 'node:path';
import { type Brought, readBrought } from './brought.js';
import { readTable } from './csv-options.js';
import { FileError } from './exit-codes.js';
import { plural } from './figures.js';
import { type DataFile, standardStream } from './files.js';
import { about } from './models.js';
import { type DataRecord, type FileTable, loadDistillery, type RunFile, type Table } from './package.js';
import type { Progress } from './progress.js';

/** Where a run's data come from, unless its file holds them. */
export interface DataFiles { data: DataFile; brought: Brought<DataFile | null> }

/** A run's data, and what its file says of them. */
export interface RunData extends Pick<RunFile, 'data' | 'brought' | 'table' | 'schema' | 'savedTable'> {
  /** With what was brought. */
  whole: Table;
}

interface Reading extends Pick<RunFile, 'csv'> {
  files: DataFiles;
  /** Of the run file. */
  path: string;
  keepData: boolean;
  /** What there is of the run already. */
  before: RunFile | undefined;
}

/** Reads the files. Throws FileError where they are not what the run began with. */
export async function readData({ files, path, csv, keepData, before }: Reading, progress: Progress, signal: AbortSignal):
    Promise<RunData> {
  let table: FileTable;
  try {
    table = await readTable(files.data, { ...csv, signal }, progress);
  } catch (error) {
    if (before && error instanceof FileError)
      error.message += ` The run began with data whose SHA-256 is ${before.data.sha256}: are these the same?`;
    throw error;
  }
  const data = recordOf(files.data, path, before?.data);
  const whole: Table = { ...table, ...await readBrought(files.brought, table, progress) };
  const record = (kind: keyof Brought<unknown>): DataRecord | null => {
    const file = files.brought[kind];
    return file && recordOf(file, path, before?.brought[kind]);
  };
  const { columnNames, classNames, skipped, warnings, schema } = table;
  return {
    whole, data, schema, brought: { unlabelled: record('unlabelled'), ensemble: record('ensemble') },
    table: { rows: table.labels.length, columnNames, classNames, skipped: skipped.count, warnings },
    savedTable: keepData ? (await loadDistillery()).saveTable(whole) : null,
  };
}

/** Of a file that has been read. */
function recordOf(file: DataFile, path: string, began: DataRecord | null | undefined): DataRecord {
  const identity = file.identity();
  if (began && identity.sha256 !== began.sha256)
    throw new FileError(`${file.name} is not what the run began with: its SHA-256 is ${identity.sha256}, not ${began.sha256}. A run `
      + 'goes on with the same bytes only.');
  const recorded = file.path === standardStream ? null : relative(dirname(resolve(path)), resolve(file.path));
  return { path: recorded, name: file.name, ...identity };
}

/** Opens the table that a run file holds. */
export async function heldData({ data, brought, table, schema }: RunFile, savedTable: Uint8Array, path: string): Promise<RunData> {
  const distillery = await loadDistillery(), whole = await about(path, () => distillery.loadTable(savedTable));
  const { rows, columnNames, classNames } = table;
  if (whole.labels.length !== rows || whole.columns !== columnNames.length || whole.classNames.join('\0') !== classNames.join('\0'))
    throw new FileError(`${path}: This run file contradicts itself: it holds another table than it says.`);
  return { whole, data, brought, table, schema, savedTable };
}

/** In a line; what there is to be said against it follows. */
export function described({ data, table, schema }: RunData): string[] {
  const { rows, columnNames, classNames, warnings } = table;
  return [`${data.name}: ${plural(rows, 'row')}, ${plural(columnNames.length, 'feature')}, `
    + `${plural(classNames.length, 'class', 'classes')}${schema ? ` (label '${schema.label}')` : ''}.`, ...warnings];
}
