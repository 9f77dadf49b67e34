import type { SchemaElement } from 'hyparquet';
import { fail } from '../csv/fail.js';
import { parseNumber, powers } from '../csv/number.js';
import { latin1 } from '../csv/text.js';
import { maxTextBytes } from '../csv/tokenizer.js';

/** A value as it lies in the file, without what its annotations say. */
export type Stored = number | bigint | boolean | Uint8Array;

/** What the values of a column are. */
export interface Meaning {
  /** Texts are looked at as those of CSV are: they may well be numbers. */
  isText: boolean;
  /** They mean what is stored. */
  isPlain?: boolean;
  /** As a double, NaN where there is none. */
  number(value: Stored): number;
  /** As a string of bytes; '' where it stands for no value. */
  text(value: Stored): string;
}

const plain: Meaning = {
  isText: false, isPlain: true, number: Number, text: (value) => (value === value ? String(value) : ''),
};

const texts: Meaning = {
  isText: true,
  number(value) {
    const { bytes, start, end } = trimmed(value as Uint8Array);
    return parseNumber(bytes, start, end, 46);
  },
  text(value) {
    const { bytes, start, end } = trimmed(value as Uint8Array);
    return latin1(bytes, start, Math.min(end, start + maxTextBytes + 1));  // of a longer one enough to see that it is
  },
};

/** Without the spaces and tabs around it, as with CSV. */
function trimmed(bytes: Uint8Array): { bytes: Uint8Array; start: number; end: number } {
  let start = 0, end = bytes.length;
  while (start < end && (bytes[start] === 32 || bytes[start] === 9)) ++start;
  while (start < end && (bytes[end - 1] === 32 || bytes[end - 1] === 9)) --end;
  return { bytes, start, end };
}

const through = (convert: (value: Stored) => number | bigint): Meaning =>
  ({ isText: false, number: (value) => Number(convert(value)), text: (value) => plain.text(convert(value)) });

const unsigned32 = through((value) => (value as number) >>> 0);
const unsigned64 = through((value) => BigInt.asUintN(64, value as bigint));
const float16 = through((value) => halfFloat(value as Uint8Array));

/** IEEE 754 binary16, little-endian: the same number in the bits of a float. */
function halfFloat([low = 0, high = 0]: Uint8Array): number {
  const sign = high & 0x80 ? -1 : 1, exponent = (high >> 2) & 31, fraction = ((high & 3) << 8) | low;
  if (exponent === 0) return sign * fraction / (1 << 24);
  const bits = new Uint32Array([(exponent === 31 ? 255 : exponent + 112) << 23 | fraction << 13]);
  return sign * new Float32Array(bits.buffer)[0]!;
}

const exact = 2 ** 53;

/** Whole numbers that mean themselves divided by 10^scale: the nearest double. */
function decimal(scale: number): Meaning {
  return {
    isText: false,
    number(value) {
      const whole = wholeOf(value), near = Number(whole);
      // Two exact doubles and one operation round once; all else is the engine's.
      return scale <= 22 && near >= -exact && near <= exact ? near / powers[scale]! : Number(`${whole}e-${scale}`);
    },
    text(value) {
      const whole = wholeOf(value), digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0');
      const at = digits.length - scale;
      return `${whole < 0n ? '-' : ''}${digits.slice(0, at)}${scale > 0 ? `.${digits.slice(at)}` : ''}`;
    },
  };
}

/** Of bytes: two's complement, big-endian. */
function wholeOf(value: Stored): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value);
  if (value.length > maxDecimalBytes) fail('corrupt_file', `A decimal number has ${value.length} bytes.`);
  let whole = 0n;
  for (const byte of value) whole = whole << 8n | BigInt(byte);
  return BigInt.asIntN(8 * value.length, whole);
}

const maxDecimalBytes = 64, maxDecimalScale = 100;

const moments = [
  'DATE', 'TIME', 'TIME_MILLIS', 'TIME_MICROS', 'TIMESTAMP', 'TIMESTAMP_MILLIS', 'TIMESTAMP_MICROS',
];

/** What a column's values mean, or what it holds that can be neither a feature nor a class. */
export function meaningOf({ type, converted_type: converted, logical_type: logical, ...element }: SchemaElement):
    Meaning | string {
  const is = (...names: string[]): boolean => names.includes(converted ?? '') || names.includes(logical?.type ?? '');
  if (type === 'INT96' || is(...moments)) return 'dates or times';
  if (is('DECIMAL')) {
    const { scale = 0 } = logical?.type === 'DECIMAL' ? logical : element;
    const known = type === 'INT32' || type === 'INT64' || type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';
    return known && scale >= 0 && scale <= maxDecimalScale ? decimal(scale) : 'decimal numbers of an unknown kind';
  }
  switch (type) {
    case 'BOOLEAN': case 'FLOAT': case 'DOUBLE': return plain;
    case 'INT32': return is('UINT_8', 'UINT_16', 'UINT_32') || isUnsigned(logical) ? unsigned32 : plain;
    case 'INT64': return is('UINT_64') || isUnsigned(logical) ? unsigned64 : plain;
    case 'BYTE_ARRAY':
      // Some writers do not say that bytes are text.
      return is('UTF8', 'STRING', 'ENUM') || (!converted && !logical) ? texts
        : is('JSON') ? 'JSON documents' : 'binary values';
    case 'FIXED_LEN_BYTE_ARRAY':
      return is('FLOAT16') && element.type_length === 2 ? float16 : is('UUID') ? 'identifiers' : 'binary values';
    default: return 'values of an unknown kind';
  }
}

const isUnsigned = (logical: SchemaElement['logical_type']): boolean =>
  logical?.type === 'INTEGER' && !logical.isSigned;
