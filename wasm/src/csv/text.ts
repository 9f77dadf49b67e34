import { fail } from './fail.js';
import type { Encoding } from './types.js';

// While a file is being read its texts are strings of bytes, one character each: only its end tells whether it is UTF-8.

const piece = 4096;

export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  if (end - start < 32)  // faster than a view and a list of arguments
    for (let at = start; at < end; ++at) text += String.fromCharCode(bytes[at]!);
  else
    for (let at = start; at < end; at += piece)
      text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + piece)));
  return text;
}

/** What windows-1252 has at 0x80 … 0x9F; elsewhere it is Latin-1. Some engines' decoders forget it. */
const windows = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Strings of bytes as text: all UTF-8, or all windows-1252 where one of them is not. */
export function decode(texts: string[], wanted?: Encoding): { texts: string[]; encoding: 'utf-8' | 'windows-1252' } {
  if (wanted !== 'windows-1252') {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const utf8 = (text: string): string =>
      /[\x80-\xff]/.test(text) ? decoder.decode(Uint8Array.from(text, (byte) => byte.charCodeAt(0))) : text;
    try {
      return { texts: texts.map(utf8), encoding: 'utf-8' };
    } catch (error) {
      if (wanted !== undefined) fail('corrupt_file', 'This is not UTF-8 text.', error);
    }
  }
  const western = (byte: string): string => windows[byte.charCodeAt(0) - 0x80]!;
  return { texts: texts.map((text) => text.replace(/[\x80-\x9f]/g, western)), encoding: 'windows-1252' };
}

/** The other way, for texts that are to be found in a file: as UTF-8. */
export const encode = (text: string): string => {
  const bytes = new TextEncoder().encode(text);
  return latin1(bytes, 0, bytes.length);
};

/** The different texts of one column, numbered as they come. */
export class Texts {
  readonly codes = new Map<string, number>();
  readonly texts: string[] = [];
  /** The line on which each is met first. */
  readonly lines: number[] = [];
  /** How many rows have it: rows that are left out do not count. */
  readonly counts: number[] = [];

  add(text: string, line: number): number {
    const code = this.texts.push(text) - 1;
    this.codes.set(text, code);
    this.lines.push(line);
    this.counts.push(0);
    return code;
  }
}

/** Not by UTF-16 unit, as JavaScript's own order is. */
export function byCodePoint(a: string, b: string): number {
  const left = Array.from(a, (c) => c.codePointAt(0) ?? 0), right = Array.from(b, (c) => c.codePointAt(0) ?? 0);
  for (let i = 0; i < Math.min(left.length, right.length); ++i) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
