/** A file of the reader's own: how it is to be read, what came of that, and how the page speaks of it. */
import type { CsvFormat, CsvOptions, CsvProgress, CsvTable, ParquetTable, SkippedRow } from 'distillery';
import { bytes, count, percent, plural } from './format.ts';

/** What the reader may decide, in the words of the package's `readTable`. */
export interface ReadingOptions {
  /** A column's name; undefined: guessed. */
  label?: string;
  /** A column whose values say which rows belong together, by name; undefined: none. */
  group?: string;
  /** Columns to leave out, by name. */
  ignore: readonly string[];
  badRows: 'stop' | 'skip';
  missing: NonNullable<CsvOptions['missing']>;
  unusable: 'stop' | 'ignore';
  /** Of text files; undefined: guessed. */
  delimiter?: string;
  decimal?: CsvFormat['decimal'];
}

export const delimiters = [[',', 'comma'], [';', 'semicolon'], ['\t', 'tab'], ['|', 'bar |'], [':', 'colon']] as const;
export const decimals = [['.', 'point'], [',', 'comma']] as const;

/** The options with some of them changed. What was said of columns holds no more where lines are cut otherwise. */
export function changed(options: ReadingOptions, part: Partial<ReadingOptions>): ReadingOptions {
  if (!('delimiter' in part)) return { ...options, ...part };
  const { label: _label, group: _group, ...rest } = options;
  return { ...rest, ignore: [], ...part };
}

/** Nothing is left out unasked. */
export const strict: ReadingOptions = { ignore: [], badRows: 'stop', missing: 'stop', unusable: 'stop' };

/** What is wrong with a file, as far as it could be looked through. */
export interface Findings {
  /** The label by which it was looked through; '': without one, for none would do. */
  label: string;
  /** That could be the label or a feature. */
  columns: string[];
  skipped: { count: number; rows: SkippedRow[] };
  /** Fields without a value, by column. */
  missing: Record<string, number>;
  format: ReadTable['format'];
}

export type ReadTable = CsvTable | ParquetTable;

export type Outcome =
  | { kind: 'read'; table: ReadTable; place: Place }
  /** `findings`: null where nothing can be made of the file however it is read. */
  | { kind: 'refused'; reason: string; findings: Findings | null; place: Place };

/** What rows are counted by: CSV has lines. */
export type Place = 'Line' | 'Row';

export interface OwnFile {
  file: File;
  /** As it may be shown. */
  name: string;
  options: ReadingOptions;
  /** While it is read. */
  progress: CsvProgress | null;
  /** Of the last reading that ended; while it is read anew, of the one before. */
  outcome: Outcome | null;
  /** All columns that could be used so far, in an order that stays. */
  columns: readonly string[];
}

/** The rows, once they can be trained on. */
export function ownTable(own: OwnFile | null): ReadTable | null {
  if (!own || own.progress || own.outcome?.kind !== 'read') return null;
  const { table } = own.outcome;
  return table.classNames.length > 1 ? table : null;
}

/** Control characters, and those that turn the direction of what stands beside them. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Text out of a file, on one line and not without end. */
export function plainText(text: string, most = 60): string {
  const shown = text.slice(0, 4 * most).replace(unprintable, ' ');
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}

/** "5,000 rows, 20 features, 2 classes, 1.2 MB" */
export function factsOf({ file, outcome }: OwnFile): string {
  const size = bytes(file.size);
  if (outcome?.kind !== 'read') return size;
  const { labels: { length: rows }, columns, classNames: { length: classes } } = outcome.table;
  return `${count(rows)} ${plural(rows, 'row')}, ${count(columns)} ${plural(columns, 'feature')}, `
    + `${count(classes)} ${plural(classes, 'class', 'classes')}, ${size}`;
}

/** "Read so far: 12.5%, 120,000 rows." */
export function progressText({ bytes: read, totalBytes, rows }: CsvProgress): string {
  const share = totalBytes ? `${percent(Math.min(1, read / totalBytes))}, ` : '';
  return `Read so far: ${share}${count(rows)} rows.`;
}

/** The columns that a reading found of use. */
export function usableColumns(outcome: Outcome): string[] {
  if (outcome.kind === 'refused') return outcome.findings?.columns ?? [];
  const { label, columns } = outcome.table.schema;
  return [label, ...columns.map(({ name }) => name)];
}

/** The label as chosen or guessed; '' where it is still to be chosen. */
export function labelOf({ options, outcome }: OwnFile): string {
  return options.label ?? (outcome?.kind === 'read' ? outcome.table.schema.label : outcome?.findings?.label ?? '');
}

export interface PreviewColumn { name: string; kind: string; cells: string[] }

/** Seven digits tell floats apart as far as a preview has to. */
const digits = (value: number): string => (Number.isNaN(value) ? '(missing)' : String(Number(value.toPrecision(7))).replace('-', '−'));

/** The first rows as they were understood: the label, then the columns in their order. */
export function previewOf({ schema, features, columns: width, labels, classNames }: ReadTable, rows: number, most: number): PreviewColumn[] {
  const numbers = Array.from({ length: Math.min(rows, labels.length) }, (_, row) => row);
  let next = 0;
  const columns = schema.columns.slice(0, most).map((column): PreviewColumn => {
    const first = next;
    if (column.kind === 'numeric') {
      next += 1;
      return { name: column.name, kind: 'number', cells: numbers.map((row) => digits(features[row * width + first]!)) };
    }
    const names = [...column.levels, ...(column.other ? ['(another)'] : [])];
    next += names.length;
    const level = (row: number) => names.find((_, at) => features[row * width + first + at] === 1) ?? '';
    return { name: column.name, kind: `${names.length} ${plural(names.length, 'category', 'categories')}`, cells: numbers.map(level) };
  });
  const label = { name: schema.label, kind: 'label', cells: numbers.map((row) => classNames[labels[row]!] ?? '') };
  return [label, ...columns];
}

/** "Line 5: 'a' in column 'size' is not a number." */
export const rowText = ({ line, reason }: SkippedRow, place: Place): string => `${place} ${count(line)}: ${plainText(reason, 200)}.`;

/** "age: 3; size: 1", the most frequent first. */
export function missingText(missing: Record<string, number>, most = 10): string {
  const all = Object.entries(missing).sort(([, a], [, b]) => b - a);
  const shown = all.slice(0, most).map(([name, fields]) => `${plainText(name)}: ${count(fields)}`).join('; ');
  return all.length > most ? `${shown} and ${all.length - most} more` : shown;
}

/** How the text was read, as far as it could be: "comma between fields, decimal point"; null where it is no text. */
export function formText({ outcome }: OwnFile): string | null {
  const format = outcome?.kind === 'read' ? outcome.table.format : outcome?.findings?.format;
  if (outcome?.place !== 'Line' || (format && !('delimiter' in format))) return null;
  if (!format) return 'could not be understood so far';
  const named = (list: readonly (readonly [string, string])[], sign: string) => list.find(([one]) => one === sign)?.[1] ?? sign;
  return `${named(delimiters, format.delimiter)} between fields, decimal ${named(decimals, format.decimal)}`;
}

/** What the package advises in the words of its options, as the page offers it. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/ with ignore: \[[^]*\](?=[.,])/, ''],
  [/ Choose missing: 'skip' \(the row\), 'mean' or 'median', or ignore the column\./,
    ' Leave such rows out, have mean or median filled in, or leave out the column.'],
  [/ Correct it, (?:see the options types and missingValues, )?or leave such rows out with badRows: 'skip'\./, ' Correct it, or skip such rows.'],
  [/name another column as label, or raise maxClasses/, 'choose another label'],
  [/Name another column as label/, 'Choose another label'],
  [/leave it out with ignore unless/, 'leave it out unless'],
  [/more than maxLevels \((\d+)\)/, 'more than $1'],
  [/; for UTF-16 without its mark, set encoding\./, ', in UTF-8.'],
  [/ If letters are wrong, set encoding\./, ' If letters are wrong, save it as UTF-8.'],
  [/ Without quoting: quote: ''\./, ''],
  [/ Leave columns out with ignore, or raise maxUnpackedBytes\./, ' Leave columns out.'],
  [/ If you trust it, raise maxUnpackedBytes\./, ''],
  [/^delimiter, decimal and quote must differ\.$/, 'What stands between fields cannot be the decimal mark, too. Choose another for one of them.'],
  [/^label: ('[^]*') is ignored or the group, too\.$/, 'The label $1 is left out: choose another.'],
  [/^label: there is no column/, 'There is no column'],
];

/** A sentence of the package, in the words of the page. */
export const inOurWords = (text: string): string => advice.reduce((words, [theirs, ours]) => words.replace(theirs, ours), text);
