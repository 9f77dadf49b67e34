import { fail } from './fail.js';
import { assemble } from './assemble.js';
import { Transcoder } from './input.js';
import { type Fields, Intake } from './intake.js';
import { type CsvLayout, layOut } from './layout.js';
import { Missing } from './missing.js';
import { parseNumber } from './number.js';
import { checkOptions, withPolicy } from './options.js';
import type { Tokenizer } from './tokenizer.js';
import type { CsvOptions, CsvTable, MissingPolicy } from './types.js';

const sampleBytes = 1 << 18;
const maxRecordBytes = 1 << 24;

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

/** What there is as soon as the first bytes have been looked at. */
interface Begun { layout: CsvLayout; intake: Intake; fields: RecordFields }

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
  #begun: Begun | null = null;
  #headerIsAhead = false;
  #line = 1;
  #finished = false;
  readonly #warnings: string[] = [];

  constructor(options: CsvOptions) {
    this.#options = withPolicy(options);
    this.#missing = Missing.of(options);
    this.#transcoder = new Transcoder(options.encoding);
  }

  get rows(): number {
    return this.#begun?.layout.rows.count ?? 0;
  }

  push(bytes: Uint8Array): void {
    this.#read(bytes, false);
  }

  finish(): CsvTable {
    this.#read(new Uint8Array(), true);
    const { layout, intake } = this.#begun!, { utf16, byteOrderMark } = this.#transcoder, options = this.#options;
    intake.checkRows(this.#line);
    const { encoding, ...table } = assemble(layout, {
      options, encoding: utf16 ? 'utf-8' : layout.encoding ?? options.encoding, skipped: intake.skipped,
      warnings: this.#warnings,
    });
    return { ...table, format: { encoding: utf16 ?? encoding, byteOrderMark, ...layout.format } };
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
    while (!this.#begun) {
      const available = this.#to - this.#from, sample = Math.min(available, this.#wanted);
      if (available < this.#wanted && !last) return;
      const layout = layOut(this.#buffer.subarray(this.#from, this.#from + sample), last && sample === available, {
        options: this.#options, missing: this.#missing, warnings: this.#warnings,
        utf16: this.#transcoder.utf16 !== undefined,
      });
      if (layout) this.#begin(layout);
      else this.#wait();
    }
    const { tokenizer } = this.#begun.layout, buffer = this.#buffer, to = this.#to, before = this.#from;
    while (this.#from < to) {
      const next = tokenizer.next(buffer, this.#from, to, last);
      if (next < 0) break;
      if (tokenizer.count > 1 || tokenizer.starts[0] !== tokenizer.ends[0]) {  // else the line is blank
        if (this.#headerIsAhead) this.#takeHeader(tokenizer.fault);
        else this.#record(this.#begun, buffer);
      }
      this.#from = next;
      this.#line += tokenizer.lines;
    }
    if (this.#from > before) this.#wanted = sampleBytes;
    else if (!last) this.#wait();
  }

  #begin(layout: CsvLayout): void {
    const { tokenizer, format: { header, decimal } } = layout;
    this.#begun = {
      layout, intake: new Intake(layout, this.#options, this.#missing), fields: new RecordFields(tokenizer, decimal),
    };
    this.#headerIsAhead = header;
  }

  /** No record ended: twice as many bytes are needed, so that none is looked at too often. */
  #wait(): void {
    this.#wanted *= 2;
    if (this.#wanted > maxRecordBytes)
      this.#fail(`a row of more than ${maxRecordBytes} bytes begins here`,
        " Is there a quote that is opened and never closed? Without quoting: quote: ''.");
  }

  /** Takes the record that the tokenizer has found, or says why not. */
  #record({ layout: { tokenizer, columns, format }, intake, fields }: Begun, bytes: Uint8Array): void {
    const { starts, ends, fault } = tokenizer;
    let { count } = tokenizer;
    while (count > columns.length && starts[count - 1] === ends[count - 1]) --count;  // delimiters at the end
    if (fault !== '') return intake.leaveOut(fault, this.#line);
    const first = format.header ? 'header' : 'first row';
    if (count !== columns.length)
      return intake.leaveOut(`${count} fields, where the ${first} has ${columns.length}`, this.#line);
    fields.bytes = bytes;
    intake.take(fields, this.#line);
  }

  #takeHeader(fault: string): void {
    if (fault !== '') this.#fail(fault);
    this.#headerIsAhead = false;
  }
}

/** The fields of the record that a tokenizer has found. */
class RecordFields implements Fields {
  bytes: Uint8Array = new Uint8Array();
  readonly #decimal: number;

  constructor(readonly tokenizer: Tokenizer, decimal: '.' | ',') {
    this.#decimal = decimal.charCodeAt(0);
  }

  number(column: number): number {
    const { starts, ends } = this.tokenizer;
    return parseNumber(this.bytes, starts[column]!, ends[column]!, this.#decimal);
  }

  text(column: number): string {
    return this.tokenizer.text(this.bytes, column);
  }
}
