import { latin1 } from './text.js';

/** 10^0 … 10^22: all that a double holds exactly. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const exact = 2 ** 53;

/**
 * The double nearest to the decimal number that the bytes spell, NaN where they spell none. `decimal` is the byte of the
 * decimal point. With at most 2^53 as digits and a power of ten that is exact, one operation on two exact doubles is
 * rounded once and so correctly (Clinger 1990, "How to read floating point numbers accurately"); all else is the engine's.
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number, decimal: number): number {
  let at = start;
  const sign = bytes[at]!;
  if (sign === 45 || sign === 43) ++at;

  const first = at;
  let digits = 0, point = -1;
  for (; at < end; ++at) {
    const byte = bytes[at]!;
    if (byte >= 48 && byte <= 57) digits = digits * 10 + (byte - 48);
    else if (byte === decimal && point < 0) point = at;
    else break;
  }
  if (at - first === (point < 0 ? 0 : 1)) return NaN;  // no digit
  let exponent = point < 0 ? 0 : point + 1 - at;

  if (at < end) {
    if ((bytes[at]! | 32) !== 101) return NaN;  // e, E
    const down = bytes[++at] === 45;
    if (at < end && (down || bytes[at] === 43)) ++at;
    if (at >= end) return NaN;
    let power = 0;
    for (; at < end; ++at) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) return NaN;
      if (power < 1e6) power = power * 10 + digit;
    }
    exponent += down ? -power : power;
  }

  // The sum of digits only grows, so where it stayed below 2^53 it was exact all along.
  if (digits >= exact || exponent < -22 || exponent > 22)
    return Number(latin1(bytes, start, end).replace(String.fromCharCode(decimal), '.'));
  const value = exponent < 0 ? digits / powers[-exponent]! : digits * powers[exponent]!;
  return sign === 45 ? -value : value;
}
