/** The words of the readers of files. docs/csv.md says what is guessed and how, docs/parquet.md what Parquet adds. */

import type { Table } from '../types.js';

/** A column by its name in the header, or by its position, from 0. */
export type ColumnRef = string | number;

export type MissingPolicy = 'stop' | 'skip' | 'mean' | 'median';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** What is left out is guessed, and what was guessed is told in `CsvTable.format` and `CsvTable.schema`. */
export interface CsvOptions {
  /** One ASCII character. */
  delimiter?: string;
  /** One ASCII character, or '' for none. Default: '"'. */
  quote?: string;
  /** Whether the first line holds names. */
  header?: boolean;
  encoding?: Encoding;
  decimal?: '.' | ',';
  /** The column of the classes. null: there is none, labels are −1. */
  label?: ColumnRef | null;
  /** A column that says which rows belong together; it becomes `CsvTable.groups`. Default: none. */
  group?: ColumnRef;
  /** Columns to leave out. */
  ignore?: ColumnRef[];
  /** By name: how columns are to be read. */
  types?: Record<string, 'numeric' | 'categorical'>;
  /**
   * What happens where a feature has no value. 'stop', the default: an error. 'skip': the row is left out. 'mean' and
   * 'median': the feature is NaN, and `distil` fills it from the training rows; nothing else trains on NaN.
   */
  missing?: MissingPolicy;
  /** Spellings of no value besides '', whatever their case. Default: NA, N/A, NaN, null, ?, and - among numbers. */
  missingValues?: string[];
  /** What happens to a row that cannot be read. 'stop', the default: an error. 'skip': it is left out and told. */
  badRows?: 'stop' | 'skip';
  /** What happens to columns of dates, identifiers or free text. 'stop', the default: an error. 'ignore': a warning. */
  unusable?: 'stop' | 'ignore';
  /** How many categories of a column become features of their own: the most frequent. Default: 20. */
  maxLevels?: number;
  /** What happens to the other categories. 'other', the default: one feature for them all. 'stop': an error. */
  rareLevels?: 'other' | 'stop';
  /** More classes are an error. Default: 1,000. */
  maxClasses?: number;
  /** Reads new rows as those that the schema comes from were read. The label may be missing: labels are then −1. */
  schema?: CsvSchema;
}

export interface ReadCsvOptions extends CsvOptions {
  /** Ends the reading, with the code 'aborted'. */
  signal?: AbortSignal;
  progress?(progress: CsvProgress): void;
  /** What a compressed file may unpack to, in bytes; of Parquet, at least 8 a value. Default: 10^9. */
  maxUnpackedBytes?: number;
}

export interface CsvProgress {
  /** Read so far, as they lie in the file. */
  bytes: number;
  /** Null for a stream. */
  totalBytes: number | null;
  rows: number;
}

export interface CsvFormat {
  encoding: Encoding;
  byteOrderMark: boolean;
  delimiter: string;
  quote: string;
  header: boolean;
  decimal: '.' | ',';
  /** The first one; lines may end differently. */
  lineEnd: '\n' | '\r\n' | '\r';
}

/** How a column of the file becomes features. */
export type CsvColumn =
  | { name: string; kind: 'numeric'; /** What stands for no value: see `fillSchema`. */ fill?: number }
  /** A feature per level, 1 where the row has it, and one for all others where `other` says so. No value: all are 0. */
  | { name: string; kind: 'categorical'; levels: string[]; other: boolean };

/** How a table was made from its file: plain data, to be kept as JSON beside a model and given to `readCsv` anew. */
export interface CsvSchema {
  version: 1;
  columns: CsvColumn[];
  label: string;
  classNames: string[];
  /** As it was read, and as new rows are read unless the options say otherwise. */
  missing: MissingPolicy;
  missingValues?: string[];
}

/** A row that was left out. */
export interface SkippedRow {
  /**
   * Where it begins, from 1; every line end of the file counts, those within quotes too. Of a Parquet file: which row it
   * is, from 1.
   */
  line: number;
  /** From 1; 0: the row as a whole. */
  column: number;
  name: string;
  reason: string;
}

/** A table that was read, whatever kind of file it was. */
export interface FileTable extends Table {
  /** One per feature. */
  columnNames: string[];
  /** How many rows each class has. */
  classCounts: number[];
  /** One per row, from 0 in order of appearance; where `group` names a column. */
  groups?: Int32Array;
  schema: CsvSchema;
  /** Fields without a value, by column of the file; with 'skip', those that cost a row. */
  missing: Record<string, number>;
  /** How many, and the first hundred. */
  skipped: { count: number; rows: SkippedRow[] };
  /** Sentences for whoever brought the file. */
  warnings: string[];
}

export interface CsvTable extends FileTable {
  format: CsvFormat;
}

/** What is said of CSV there, without what only text files have. */
export type ReadParquetOptions = Omit<ReadCsvOptions, 'delimiter' | 'quote' | 'header' | 'encoding' | 'decimal'>;

export interface ParquetFormat {
  /** The version of Parquet that the file names. */
  parquet: number;
  /** The program that wrote it, as it calls itself; '' where it does not. */
  createdBy: string;
  rowGroups: number;
}

export interface ParquetTable extends FileTable {
  format: ParquetFormat;
}
