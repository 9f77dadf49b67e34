import { fail } from './fail.js';
import { assemble } from './assemble.js';
import { notNumeric, whyNotNumeric } from './guess.js';
import { Transcoder } from './input.js';
import { type Feature, type Layout, layOut, maxDifferent, type Special } from './layout.js';
import { Missing } from './missing.js';
import { parseNumber } from './number.js';
import { checkOptions } from './options.js';
import { imputes } from './schema.js';
import { decode, type Texts } from './text.js';
import { maxTextBytes, type Tokenizer } from './tokenizer.js';
import type { CsvOptions, CsvTable, MissingPolicy, SkippedRow } from './types.js';

const sampleBytes = 1 << 18;
const maxRecordBytes = 1 << 24, maxSkippedRows = 100;

/** Takes a file as it comes. All that is guessed is guessed from its first bytes, whatever the pieces. */
export interface CsvReader {
  /** Rows read so far. */
  readonly rows: number;
  /** The next bytes of the file, not gzipped, of any length; they are not kept. */
  push(bytes: Uint8Array): void;
  /** The table. Nothing can be pushed afterwards. */
  finish(): CsvTable;
}

export const createCsvReader = (options: CsvOptions = {}): CsvReader => new Reader(checkOptions(options));

class Reader implements CsvReader {
  readonly #options: CsvOptions & { missing: MissingPolicy };
  readonly #missing: Missing;
  readonly #transcoder: Transcoder;
  #buffer = new Uint8Array();
  /** What is left of the buffer to be read: from … to. */
  #from = 0;
  #to = 0;
  /** How many bytes must be there before it is worth trying. */
  #wanted = sampleBytes;
  #layout: Layout | null = null;
  #headerIsAhead = false;
  #line = 1;
  #finished = false;
  readonly #skipped: { count: number; rows: SkippedRow[] } = { count: 0, rows: [] };
  readonly #warnings: string[] = [];

  constructor(options: CsvOptions) {
    this.#options = { ...options, missing: options.missing ?? options.schema?.missing ?? 'stop' };
    this.#missing = new Missing(options.missingValues ?? options.schema?.missingValues);
    this.#transcoder = new Transcoder(options.encoding);
  }

  get rows(): number {
    return this.#layout?.rows.count ?? 0;
  }

  push(bytes: Uint8Array): void {
    this.#read(bytes, false);
  }

  finish(): CsvTable {
    this.#read(new Uint8Array(), true);
    const layout = this.#layout!;
    if (layout.rows.count === 0) {
      const { count, rows: [first] } = this.#skipped;
      this.#fail(first ? `none of ${count} rows can be used; the first, in line ${first.line}, for ${first.reason}`
        : 'there is no row');
    }
    return assemble(layout, {
      options: this.#options, utf16: this.#transcoder.utf16, byteOrderMark: this.#transcoder.byteOrderMark,
      skipped: this.#skipped, warnings: this.#warnings,
    });
  }

  #read(bytes: Uint8Array, last: boolean): void {
    if (this.#finished) fail('wrong_state', 'This reader has finished or failed: a file needs one of its own.');
    this.#finished = true;  // unless all goes well
    const text = this.#transcoder.push(bytes, last);
    for (let at = 0; at < text.length; at += sampleBytes) {
      this.#append(text.subarray(at, at + sampleBytes));
      if (this.#to - this.#from >= this.#wanted) this.#parse(false);
    }
    if (last) this.#parse(true);
    this.#finished = last;
  }

  #append(bytes: Uint8Array): void {
    if (this.#to + bytes.length > this.#buffer.length) {
      const left = this.#buffer.subarray(this.#from, this.#to);
      const needed = left.length + bytes.length;
      if (needed > this.#buffer.length) this.#buffer = new Uint8Array(2 * needed);
      this.#buffer.set(left);
      this.#from = 0;
      this.#to = left.length;
    }
    this.#buffer.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  #fail(why: string, remedy = ''): never {
    fail('invalid_data', `Line ${this.#line}: ${why}.${remedy}`);
  }

  #parse(last: boolean): void {
    while (!this.#layout) {
      const available = this.#to - this.#from, sample = Math.min(available, this.#wanted);
      if (available < this.#wanted && !last) return;
      this.#layout = layOut(this.#buffer.subarray(this.#from, this.#from + sample), last && sample === available, {
        options: this.#options, missing: this.#missing, warnings: this.#warnings,
        utf16: this.#transcoder.utf16 !== undefined,
      });
      if (!this.#layout) this.#wait();
      else this.#headerIsAhead = this.#layout.format.header;
    }
    const { tokenizer } = this.#layout, buffer = this.#buffer, to = this.#to, before = this.#from;
    while (this.#from < to) {
      const next = tokenizer.next(buffer, this.#from, to, last);
      if (next < 0) break;
      if (tokenizer.count > 1 || tokenizer.starts[0] !== tokenizer.ends[0]) {  // else the line is blank
        if (this.#headerIsAhead) this.#takeHeader(tokenizer.fault);
        else this.#record(this.#layout, buffer);
      }
      this.#from = next;
      this.#line += tokenizer.lines;
    }
    if (this.#from > before) this.#wanted = sampleBytes;
    else if (!last) this.#wait();
  }

  /** No record ended: twice as many bytes are needed, so that none is looked at too often. */
  #wait(): void {
    this.#wanted *= 2;
    if (this.#wanted > maxRecordBytes)
      this.#fail(`a row of more than ${maxRecordBytes} bytes begins here`,
        " Is there a quote that is opened and never closed? Without quoting: quote: ''.");
  }

  /** Takes the record that the tokenizer has found, or says why not. */
  #record(layout: Layout, bytes: Uint8Array): void {
    const { tokenizer, columns, features, label, group, rows, format } = layout, { starts, ends, fault } = tokenizer;
    let { count } = tokenizer;
    while (count > columns.length && starts[count - 1] === ends[count - 1]) --count;  // delimiters at the end
    if (fault !== '') return void this.#skip(-1, fault);
    const first = format.header ? 'header' : 'first row';
    if (count !== columns.length) return void this.#skip(-1, `${count} fields, where the ${first} has ${columns.length}`);

    const gaps = this.#features(layout, bytes);
    if (gaps === false) return;
    const labelCode = label ? this.#member(label, bytes, tokenizer, this.#options.maxClasses ?? 1000) : 0;
    const groupCode = group ? this.#member(group, bytes, tokenizer, Infinity) : 0;
    if (labelCode === false || groupCode === false) return;

    // From here on the row counts.
    const { block, at } = rows;
    for (let i = 0; i < features.length; ++i) {
      const { texts } = features[i]!;
      if (texts !== null && block[at + i]! >= 0) ++texts.counts[block[at + i]!]!;
    }
    if (gaps) for (const feature of gaps) ++feature.missing;
    label?.add(labelCode);
    group?.add(groupCode);
    rows.commit();
  }

  /** Writes what a row's features have. Returns those without a value, if any, or false where the row is skipped. */
  #features({ tokenizer, features, rows: { block, at }, format }: Layout, bytes: Uint8Array): Feature[] | null | false {
    const { starts, ends } = tokenizer, decimal = format.decimal.charCodeAt(0);
    let gaps: Feature[] | null = null;
    for (let i = 0; i < features.length; ++i) {
      const feature = features[i]!, { index, texts } = feature;
      if (texts === null) {
        const value = parseNumber(bytes, starts[index]!, ends[index]!, decimal);
        block[at + i] = value;
        if (value - value === 0) continue;  // finite
        const text = tokenizer.text(bytes, index);
        if (!this.#missing.isNumber(text)) return this.#skip(index, show(text), whyNotNumeric(text, format.decimal));
        block[at + i] = feature.fill;
      } else {
        const code = this.#code(tokenizer.text(bytes, index), texts, maxDifferent);
        block[at + i] = code;
        if (code >= 0) continue;
        if (code === tooLong) return this.#skip(index, 'the field', tooLongThere);
        if (code === tooMany && this.#options.unusable === 'ignore') continue;
        if (code === tooMany)
          this.#fail(`'${feature.name}' has more than ${maxDifferent} different texts, so it is no category`,
            ` Leave it out with ignore: ['${feature.name}'].`);
      }
      (gaps ??= []).push(feature);
      if (imputes(this.#options)) continue;
      ++feature.missing;
      return this.#skip(index, 'the field', noValueThere);
    }
    return gaps;
  }

  /** The number of the row's class or group, or false where the row is skipped for it. */
  #member({ index, texts }: Special, bytes: Uint8Array, tokenizer: Tokenizer, most: number): number | false {
    const code = this.#code(tokenizer.text(bytes, index), texts, most);
    if (code >= 0) return code;
    if (code === tooMany)
      this.#fail(`'${this.#layout!.columns[index]!.name}' has more than ${most} classes`,
        ' It looks like a quantity to be predicted: name another column as label, or raise maxClasses.');
    const why = code === tooLong ? tooLongThere : 'is empty, which a label or group must not be';
    return this.#skip(index, 'the field', why);
  }

  #code(text: string, texts: Texts, most: number): number {
    const known = texts.codes.get(text);
    if (known !== undefined) return known;
    if (this.#missing.isText(text)) return noValue;
    if (text.length > maxTextBytes) return tooLong;
    return texts.texts.length < most ? texts.add(text, this.#line) : tooMany;
  }

  #takeHeader(fault: string): void {
    if (fault !== '') this.#fail(fault);
    this.#headerIsAhead = false;
  }

  /** Leaves a row out, or stops for it. index: of the field that is to blame, −1 for the row. */
  #skip(index: number, what: string, why = ''): false {
    const column = this.#layout!.columns[index], isMissing = why === noValueThere;
    const reason = column ? `${what} in column '${column.name}' ${why}` : what;
    const { badRows, missing } = this.#options;
    if (isMissing && missing === 'stop')
      this.#fail(reason, " Choose missing: 'skip' (the row), 'mean' or 'median', or ignore the column.");
    if (!isMissing && badRows !== 'skip')
      this.#fail(reason, ` Correct it, ${why === notNumeric ? 'see the options types and missingValues, ' : ''}`
        + "or leave such rows out with badRows: 'skip'.");
    if (this.#skipped.count++ < maxSkippedRows)
      this.#skipped.rows.push({ line: this.#line, column: index + 1, name: column?.name ?? '', reason });
    return false;
  }
}

const noValueThere = 'has no value', tooLongThere = `is longer than ${maxTextBytes} bytes`;
const show = (text: string): string => `'${decode([text]).texts[0]!.slice(0, 40)}'`;

/** Instead of the number of a text. */
const noValue = -1, tooLong = -2, tooMany = -3;
