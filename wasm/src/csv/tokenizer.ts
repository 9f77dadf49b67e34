import { latin1 } from './text.js';

const lineFeed = 10, carriageReturn = 13, space = 32, tab = 9;
const maxFields = 1 << 17;
export const maxTextBytes = 1 << 16;

/**
 * Finds the fields of one record at a time, as RFC 4180 has them: a quoted field may hold delimiters, line ends and
 * doubled quotes. Lines may end in LF, CRLF or CR. Copies nothing: a field is where it begins and ends, without the
 * spaces around it.
 */
export class Tokenizer {
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  /** 1 where a field holds doubled quotes. */
  doubled = new Uint8Array(64);
  count = 0;
  /** Lines of the file that the record takes. */
  lines = 0;
  /** What is wrong with it, or ''. */
  fault = '';

  /** Both as bytes; quote −1 for none. */
  constructor(readonly delimiter: number, readonly quote: number) {}

  /**
   * The record that begins at `from`. Returns where the next one begins, or −1 where this one has no end before `to`;
   * `last` says that nothing comes after `to`.
   */
  next(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    const { delimiter, quote } = this;
    let { starts, ends, doubled } = this, at = from, count = 0;
    this.lines = 1;
    this.fault = '';
    for (;;) {
      let start = at, end = -1, twice = 0;
      if (quote >= 0) while (start < to && bytes[start] === space) ++start;
      if (start < to && bytes[start] === quote) {
        at = ++start;
        for (; at < to; ++at) {
          const byte = bytes[at]!;
          if (byte === quote) {
            if (at + 1 >= to || bytes[at + 1] !== quote) break;
            twice = 1;
            ++at;
          } else if (byte === lineFeed || (byte === carriageReturn && (at + 1 >= to || bytes[at + 1] !== lineFeed))) {
            ++this.lines;
          }
        }
        end = Math.min(at, to);
        if (at >= to && !last) return -1;
        if (at >= to) this.fault ||= 'a quote is opened and never closed';
        ++at;
        while (at < to && (bytes[at] === space || (bytes[at] === tab && delimiter !== tab))) ++at;
        if (at < to && bytes[at] !== delimiter && bytes[at] !== lineFeed && bytes[at] !== carriageReturn)
          this.fault ||= 'there is text between a closing quote and the delimiter';
      }
      // The rest of the field, which is nothing after a quote that was closed as it should be.
      for (; at < to; ++at) {
        const byte = bytes[at]!;
        if (byte === delimiter || byte === lineFeed || byte === carriageReturn) break;
      }
      if (at >= to && !last) return -1;
      if (end < 0) end = Math.min(at, to);

      while (start < end && (bytes[start] === space || bytes[start] === tab)) ++start;
      while (start < end && (bytes[end - 1] === space || bytes[end - 1] === tab)) --end;
      if (count === starts.length) ({ starts, ends, doubled } = this.#grow());
      if (count < starts.length) {
        starts[count] = start;
        ends[count] = end;
        doubled[count++] = twice;
      }
      this.count = count;

      if (at >= to) return to;
      if (bytes[at] === delimiter) {
        ++at;
        continue;
      }
      if (bytes[at] === carriageReturn) {
        if (at + 1 >= to && !last) return -1;  // a line feed may follow
        if (at + 1 < to && bytes[at + 1] === lineFeed) ++at;
      }
      return at + 1;
    }
  }

  /** A field as a string of bytes; of one that is too long, enough to see that it is. */
  text(bytes: Uint8Array, field: number): string {
    const start = this.starts[field]!, end = Math.min(this.ends[field]!, start + 2 * maxTextBytes + 1);
    const text = latin1(bytes, start, end), quote = String.fromCharCode(this.quote);
    return this.doubled[field] === 1 ? text.replaceAll(quote + quote, quote) : text;
  }

  #grow(): this {
    const { length } = this.starts;
    if (length >= maxFields) {
      this.fault ||= `there are more than ${maxFields} fields`;
      return this;
    }
    const longer = <A extends Int32Array | Uint8Array>(array: A, copy: A): A => (copy.set(array), copy);
    this.starts = longer(this.starts, new Int32Array(2 * length));
    this.ends = longer(this.ends, new Int32Array(2 * length));
    this.doubled = longer(this.doubled, new Uint8Array(2 * length));
    return this;
  }
}
