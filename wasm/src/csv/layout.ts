import { fail } from './fail.js';
import { assignColumns, type SourceColumn, uniqueNames } from './columns.js';
import { firstRecords, guessDecimal, guessDelimiter, guessHeader, guessKind } from './guess.js';
import type { Missing } from './missing.js';
import { Numbers, Rows } from './rows.js';
import { decode, Texts } from './text.js';
import { Tokenizer } from './tokenizer.js';
import type { CsvFormat, CsvOptions } from './types.js';

const sampleRecords = 1000, delimiterRecords = 100;
/** Texts of one column, beyond which they surely are no categories. */
export const maxDifferent = 10_000;

/** A column of the file that becomes features. */
export interface Feature extends SourceColumn {
  /** Its categories; null for numbers. */
  texts: Texts | null;
  /** What stands for no value: NaN until it is known. */
  fill: number;
  /** How many rows have no value. */
  missing: number;
}

/** The label, or the group. */
export class Special {
  readonly texts = new Texts();
  /** Which of the texts each row has. */
  readonly codes = new Numbers();

  constructor(readonly index: number) {}

  add(code: number): void {
    this.codes.push(code);
    ++this.texts.counts[code]!;
  }
}

/** What a file's beginning decides, and what is filled from then on. */
export interface Layout {
  /** How messages call the place of a row: CSV has lines. */
  place: 'line' | 'row';
  decimal: '.' | ',';
  columns: SourceColumn[];
  features: Feature[];
  label: Special | null;
  group: Special | null;
  rows: Rows;
}

export interface CsvLayout extends Layout {
  format: Omit<CsvFormat, 'encoding' | 'byteOrderMark'>;
  /** Known where the header is not UTF-8. */
  encoding: 'windows-1252' | undefined;
  tokenizer: Tokenizer;
}

interface Known { options: CsvOptions; missing: Missing; utf16: boolean; warnings: string[] }

/** Decides all from the first bytes, which `whole` says are all; null where they are too few. */
export function layOut(sample: Uint8Array, whole: boolean, known: Known): CsvLayout | null {
  const { options, missing, utf16, warnings } = known;
  if (sample.includes(0))
    fail('corrupt_file', 'This is not text. Save a spreadsheet as CSV; for UTF-16 without its mark, set encoding.');
  const { schema, quote = '"' } = options, quoteByte = quote === '' ? -1 : quote.charCodeAt(0);
  const records = (delimiter: string, most: number): string[][] =>
    firstRecords(sample, delimiter, quoteByte, whole, most);
  const delimiter = options.delimiter ?? guessDelimiter((candidate) => records(candidate, delimiterRecords));
  const first = records(delimiter, sampleRecords);
  if (first.length < 2 && !whole) return null;

  const { texts: named, encoding } = decode(first[0] ?? [], utf16 ? 'utf-8' : options.encoding);
  if (named.length < (schema || options.label === null ? 1 : 2))
    fail('invalid_data', first.length === 0 ? 'Line 1: there is nothing in this file.'
      : 'Line 1: at least two columns are needed, features and a class. Is the delimiter '
        + `${JSON.stringify(delimiter)}?`);
  const isMissing = (text: string): boolean => missing.isNumber(text);
  const there = new Set(named);
  const header = options.header
    ?? (schema ? schema.columns.every(({ name }) => there.has(name)) : guessHeader(first, isMissing));
  const decimal = options.decimal ?? guessDecimal(first, delimiter);
  const rows = header ? first.slice(1) : first;
  const values = (column: number): string[] => rows.map((row) => row[column] ?? '').filter((text) => !isMissing(text));
  const given = header ? named : named.map((_, index) => `column ${index + 1}`);
  const look = { values, kind: (column: number) => guessKind(values(column)) };
  const columns = assignColumns(given, uniqueNames(given, warnings), look, options, warnings);
  return {
    ...layOutColumns(columns, { place: 'line', decimal, schema }),
    format: { delimiter, quote, header, decimal, lineEnd: firstLineEnd(sample) },
    encoding: encoding === 'windows-1252' ? encoding : undefined,
    tokenizer: new Tokenizer(delimiter.charCodeAt(0), quoteByte),
  };
}

/** Room for what the columns become. */
export function layOutColumns(columns: SourceColumn[], { place, decimal, schema }:
                              Pick<Layout, 'place' | 'decimal'> & Pick<CsvOptions, 'schema'>): Layout {
  const schemaColumns = new Map(schema?.columns.map((column) => [column.name, column]));
  const features = columns.filter(({ role }) => role === 'numeric' || role === 'categorical').map((column): Feature => {
    const known = schemaColumns.get(column.name), fill = known?.kind === 'numeric' ? known.fill ?? NaN : NaN;
    return { ...column, texts: column.role === 'categorical' ? new Texts() : null, fill, missing: 0 };
  });
  if (features.length === 0) fail('invalid_data', 'No column is left to be a feature.');
  const special = (wanted: SourceColumn['role']): Special | null => {
    const index = columns.findIndex(({ role }) => role === wanted);
    return index < 0 ? null : new Special(index);
  };
  return {
    place, decimal, columns, features, label: special('label'), group: special('group'),
    rows: new Rows(features.length),
  };
}

function firstLineEnd(bytes: Uint8Array): CsvFormat['lineEnd'] {
  const at = bytes.findIndex((byte) => byte === 10 || byte === 13);
  return at < 0 || bytes[at] === 10 ? '\n' : bytes[at + 1] === 10 ? '\r\n' : '\r';
}
