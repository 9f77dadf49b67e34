// What is loaded for Parquet alone, with the library in it.

import { assemble } from '../csv/assemble.js';
import { assignColumns, refuse, type SourceColumn, uniqueNames } from '../csv/columns.js';
import { fail } from '../csv/fail.js';
import { guessKind } from '../csv/guess.js';
import type { CsvSource } from '../csv/input.js';
import { type Fields, Intake } from '../csv/intake.js';
import { layOutColumns } from '../csv/layout.js';
import { Missing } from '../csv/missing.js';
import { withPolicy } from '../csv/options.js';
import { allocate } from '../csv/rows.js';
import type { ParquetTable, ReadParquetOptions } from '../csv/types.js';
import { type Column, readFooter, type RowGroup } from './footer.js';
import { Budget, type Page, pagesOf } from './pages.js';
import { openParts, type PartsFile } from './source.js';
import type { Meaning, Stored } from './values.js';

const sampleRows = 1000, rowsAtATime = 1 << 14, cellBytes = 8, workMilliseconds = 12;

/** A column whose values can be read. */
type Readable = Column & { meaning: Meaning };

export async function read(source: CsvSource, options: ReadParquetOptions): Promise<ParquetTable> {
  const { signal, progress, maxUnpackedBytes = 1e9, ...given } = options, tableOptions = withPolicy(given);
  const checkSignal = (): void => {
    if (signal?.aborted) fail('aborted', 'Reading the file was aborted.', signal.reason);
  };
  let paused = performance.now();
  /** Between pieces of work a page can draw and cancel. */
  const pause = async (): Promise<void> => {
    if (performance.now() - paused >= workMilliseconds) {
      await new Promise((resolve) => setTimeout(resolve));
      paused = performance.now();
    }
    checkSignal();
  };
  checkSignal();
  const file = await openParts(source, {
    signal, maxUnpackedBytes, progress: (bytes) => progress?.({ bytes, totalBytes: null, rows: 0 }),
  });
  const { columns, groups, rows, format } = await readFooter(file), warnings: string[] = [];
  const names = uniqueNames(columns.map(({ name }) => name), warnings);
  const wanted = wantedColumns(columns, names, options);
  if (rows * wanted.length * cellBytes > maxUnpackedBytes)
    fail('invalid_data', `The Parquet file has ${rows} rows of ${wanted.length} columns, which are more than `
      + `${maxUnpackedBytes} bytes. Leave columns out with ignore, or raise maxUnpackedBytes.`);
  const budget = new Budget(maxUnpackedBytes);

  const missing = Missing.of(tableOptions), look = await lookAt(file, columns, wanted, groups, missing, budget);
  const assigned = assignColumns(columns.map(({ name }) => name), names, look, tableOptions, warnings);
  refuseUnreadable(columns, assigned);
  const layout = layOutColumns(assigned, { place: 'row', decimal: '.', schema: tableOptions.schema });
  const intake = new Intake(layout, tableOptions, missing);
  const used = assigned.filter(({ role }) => role !== 'ignored');
  let at = 0, bytes = 0;
  for (const group of groups) {
    const fields = new GroupFields();
    for (const { index, role } of group.rows > 0 ? used : []) {
      const column = columns[index] as Readable, chunk = group.chunk(column);
      const values = fields.columns[index] = new ColumnValues(column, role === 'numeric', group.rows);
      for await (const page of pagesOf(file, column, chunk, group.rows, budget)) values.add(page);
      bytes = Math.max(bytes, chunk.to);
      await pause();
    }
    for (fields.row = 0; fields.row < group.rows; ++fields.row) {
      intake.take(fields, ++at);
      if (at % rowsAtATime === 0) await pause();
    }
    progress?.({ bytes, totalBytes: file.size, rows: layout.rows.count });
  }
  intake.checkRows(Math.max(1, at));
  const { skipped } = intake;
  const { encoding: _, ...table } = assemble(layout, { options: tableOptions, encoding: 'utf-8', skipped, warnings });
  return { ...table, format };
}

const isReadable = (column: Column): column is Readable => typeof column.meaning !== 'string';

/** Those of which values may be needed. */
function wantedColumns(columns: Column[], names: string[], { schema, ignore = [], group, label }: ReadParquetOptions):
    Readable[] {
  const isOneOf = (refs: unknown[], index: number): boolean => refs.includes(index) || refs.includes(names[index]);
  const known = schema && [...schema.columns.map(({ name }) => name), schema.label, group, label];
  return columns.filter((column, index): column is Readable =>
    isReadable(column) && !isOneOf(ignore, index) && (!known || isOneOf(known, index)));
}

/** How the columns look in their first rows, as `assignColumns` wants to know it. */
async function lookAt(file: PartsFile, columns: Column[], wanted: Readable[], groups: RowGroup[], missing: Missing,
                      budget: Budget): Promise<Parameters<typeof assignColumns>[2]> {
  const group = groups.find(({ rows }) => rows > 0), samples = new Map<Column, string[]>();
  for (const column of group ? wanted : []) {
    const sample: string[] = [];
    for await (const { values } of pagesOf(file, column, group!.chunk(column), group!.rows, budget)) {
      for (let i = 0; i < values.length && sample.length < sampleRows; ++i) sample.push(textIn(values, i, column));
      if (sample.length === sampleRows) break;
    }
    samples.set(column, sample.filter((text) => !missing.isNumber(text)));
  }
  const values = (index: number): string[] => samples.get(columns[index]!) ?? [];
  return {
    values,
    kind(index) {
      const { meaning } = columns[index]!;
      return typeof meaning === 'string' ? meaning : meaning.isText ? guessKind(values(index)) : 'numeric';
    },
  };
}

/** Whatever the options want of it. */
function refuseUnreadable(columns: Column[], assigned: SourceColumn[]): void {
  const refused = assigned.filter(({ index, role }) => role !== 'ignored' && !isReadable(columns[index]!));
  if (refused.length > 0)
    refuse(refused.map(({ index, name }) => `'${name}' holds ${columns[index]!.meaning as string}`),
      refused.map(({ name }) => name), 'stop', []);
}

/** The rows of a row group, by column. */
class GroupFields implements Fields {
  row = 0;
  readonly columns: ColumnValues[] = [];

  number(column: number): number {
    return this.columns[column]!.numbers![this.row]!;
  }

  text(column: number): string {
    return this.columns[column]!.text(this.row);
  }
}

/** The values of a column in a row group: numbers, texts, or both, where texts are to be numbers. */
class ColumnValues {
  readonly numbers: Float32Array | undefined;
  readonly #texts: string[] | undefined;
  #count = 0;

  constructor(readonly column: Readable, isNumeric: boolean, rows: number) {
    if (isNumeric) this.numbers = allocate(rows);
    if (!isNumeric || column.meaning.isText) this.#texts = [];
  }

  text(row: number): string {
    if (this.#texts) return this.#texts[row]!;
    const value = this.numbers![row]!;
    return Number.isNaN(value) ? '' : String(value);
  }

  add({ values, fromDictionary }: Page): void {
    if (this.numbers) this.#addNumbers(this.numbers, values);
    if (this.#texts) this.#addTexts(this.#texts, values, fromDictionary);
    this.#count += values.length;
  }

  #addNumbers(numbers: Float32Array, values: Page['values']): void {
    const { column } = this, { meaning } = column;
    const isTyped = values instanceof Float64Array || values instanceof Float32Array || values instanceof Int32Array;
    if (meaning.isPlain && isTyped) return numbers.set(values, this.#count);
    for (let i = 0; i < values.length; ++i) {
      const value = valueOf(values, i, column);
      numbers[this.#count + i] = value === null ? NaN : meaning.number(value);
    }
  }

  #addTexts(texts: string[], values: Page['values'], fromDictionary: boolean): void {
    const known = new Map<Stored, string>(), { column } = this;
    for (let i = 0; i < values.length; ++i) {
      const value = valueOf(values, i, column);
      let text = value === null ? '' : fromDictionary ? known.get(value) : undefined;
      if (text === undefined) {
        text = column.meaning.text(value!);
        if (fromDictionary) known.set(value!, text);
      }
      texts.push(text);
    }
  }
}

function valueOf(values: Page['values'], at: number, { name }: Column): Stored | null {
  const value = values[at];
  if (value === undefined) fail('corrupt_file', `This Parquet file is damaged: '${name}' lacks a value.`);
  return value;
}

function textIn(values: Page['values'], at: number, column: Readable): string {
  const value = valueOf(values, at, column);
  return value === null ? '' : column.meaning.text(value);
}
