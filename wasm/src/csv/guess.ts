import { Tokenizer } from './tokenizer.js';

// Guesses from the first records of a file. Fields are strings of bytes here.

/** By their order they break ties: a comma may be a decimal one. */
const delimiters = ['\t', ';', '|', ','];
const labelNames = ['label', 'class', 'target', 'y', 'outcome', 'species', 'diagnosis', 'category'];

const number = /^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i;
const infinite = /^[+-]?inf(inity)?$/i;
/** Thousands parted by a comma, a point, a space (also one that does not break, in either encoding), an apostrophe. */
const thousands =
  /^[+-]?[1-9]\d{0,2}((,\d{3})+(\.\d+)?|(\.\d{3})+(,\d+)?|((\xc2?\xa0|\xe2\x80\xaf|[ '])\d{3})+([.,]\d+)?)$/;
const date = /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}([-/.])\d{1,2}\3\d{2,4}([T ].*)?|\d{1,2}:\d\d(:\d\d)?)$/;

export const looksNumeric = (text: string): boolean => number.test(text) || infinite.test(text) || thousands.test(text);

/** At most `most` records without the blank ones. `last`: the bytes are the whole file. */
export function firstRecords(bytes: Uint8Array, delimiter: string, quote: number, last: boolean,
                             most: number): string[][] {
  const tokenizer = new Tokenizer(delimiter.charCodeAt(0), quote);
  const records: string[][] = [];
  for (let at = 0; at < bytes.length && records.length < most;) {
    at = tokenizer.next(bytes, at, bytes.length, last);
    if (at < 0) break;
    const { count, starts, ends } = tokenizer;
    if (count === 1 && starts[0] === ends[0]) continue;
    records.push(Array.from({ length: count }, (_, field) => tokenizer.text(bytes, field)));
  }
  return records;
}

function mostFrequent(values: number[]): { value: number; count: number } {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = { value: 0, count: 0 };
  for (const [value, count] of counts) if (count > best.count) best = { value, count };
  return best;
}

const share = (count: number, of: number): number => (of === 0 ? 0 : count / of);

/**
 * The delimiter that gives most records the same number of fields, two or more, and most fields the look of a number;
 * of equals the one with more fields.
 */
export function guessDelimiter(records: (delimiter: string) => string[][]): string {
  let best = { delimiter: ',', score: 0, fields: 0 };
  for (const delimiter of delimiters) {
    const found = records(delimiter);
    const { value: fields, count } = mostFrequent(found.map((record) => record.length));
    if (fields < 2) continue;
    const cells = found.flat();
    const score = share(count, found.length) + share(cells.filter((cell) => number.test(cell)).length, cells.length);
    if (score > best.score || (score === best.score && fields > best.fields)) best = { delimiter, score, fields };
  }
  return best.delimiter;
}

/** A comma, where more numbers have one than have a point and not all of them could be thousands. */
export function guessDecimal(records: string[][], delimiter: string): '.' | ',' {
  if (delimiter === ',') return '.';
  const numbers = records.flat().filter((text) => number.test(text));
  const commas = numbers.filter((text) => text.includes(','));
  const points = numbers.filter((text) => text.includes('.')).length;
  return commas.length > points && commas.some((text) => !thousands.test(text)) ? ',' : '.';
}

/** Whether the first record names the columns: it has text where the rows below have numbers, or a label's name. */
export function guessHeader([first = [], ...rows]: string[][], isMissing: (text: string) => boolean): boolean {
  let numeric = false, repeated = false;
  for (const [column, name] of first.entries()) {
    const below = rows.map((row) => row[column] ?? '').filter((text) => !isMissing(text));
    const isRepeated = below.includes(name), numbers = below.filter(looksNumeric).length;
    if (labelNames.includes(name.toLowerCase()) && !isRepeated) return true;
    if (below.length > 0 && 2 * numbers >= below.length) {
      if (!isMissing(name) && !looksNumeric(name)) return true;
      numeric = true;
    }
    repeated ||= isRepeated;
  }
  return !numeric && !repeated && !first.some(looksNumeric);
}

/** The position of the label: the first of the names that is there, else the last column. */
export function guessLabel(names: string[], possible: (column: number) => boolean): number {
  const lower = names.map((name) => name.toLowerCase());
  for (const name of labelNames) {
    const column = lower.findIndex((other, index) => other === name && possible(index));
    if (column >= 0) return column;
  }
  return names.findLastIndex((_, index) => possible(index));
}

/** How a column looks by the values it has: 'numeric', 'categorical', or why it is neither. */
export function guessKind(values: string[]): string {
  if (2 * values.filter(looksNumeric).length >= values.length) return 'numeric';
  if (2 * values.filter((text) => date.test(text)).length >= values.length) return 'dates or times';
  return mostlyUnique(new Set(values).size, values.length) ? 'identifiers or free text' : 'categorical';
}

/** Texts that hardly ever repeat are no categories. */
export const mostlyUnique = (different: number, rows: number): boolean => different > 20 && 2 * different > rows;

/** Whether the values count the rows, as an index that was saved along does. */
export const countsRows = (values: string[]): boolean =>
  values.length >= 10 && values.every((text, row) => /^\d+$/.test(text) && Number(text) === Number(values[0]) + row);

export const notNumeric = 'is not a number';

/** Why a text is no number. */
export function whyNotNumeric(text: string, decimal: '.' | ','): string {
  if (date.test(text)) return 'is a date or time, not a number';
  if (infinite.test(text)) return 'is not a finite number';
  const other = decimal === ',' ? '.' : ',';
  if (thousands.test(text))
    return 'seems to have thousands separators: remove them'
      + (number.test(text) ? `, or set decimal: '${other}' if it is a fraction` : '');
  if (number.test(text) && text.includes(other))
    return `has another decimal sign than '${decimal}': set decimal: '${other}'`;
  return number.test(text) ? 'is beyond what a float can hold' : notNumeric;
}
