import { latin1 } from './text.js';

/** 10^0 … 10^22: all that a double holds exactly. */
export const powers = /* @__PURE__ */ Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const exact = 2 ** 53, margin = 2 ** -48;

/**
 * The float nearest to the double nearest to the decimal number that the bytes spell; NaN where they spell none,
 * infinite where no float is that large. `decimal` is the byte of the decimal point.
 *
 * Digits below 2^53 and a power of ten that is exact take one operation on exact doubles, which rounds once and so
 * correctly (Clinger 1990, "How to read floating point numbers accurately"). Up to 10^19 the sum of digits is off by at
 * most 8 roundings of 2^-53 each and the operation adds one: both the result and the nearest double lie within 2^-48 of
 * it, relatively, and where the floats at both ends are the same, so is the one between. All else is the engine's.
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

  if (digits < 1e19 && exponent >= -22 && exponent <= 22) {
    const value = exponent < 0 ? digits / powers[-exponent]! : digits * powers[exponent]!;
    // The sum of digits only grows, so where it stayed below 2^53 it was exact all along.
    const float = Math.fround(digits < exact ? value : value * (1 - margin));
    if (digits < exact || float === Math.fround(value * (1 + margin))) return sign === 45 ? -float : float;
  }
  return Math.fround(Number(latin1(bytes, start, end).replace(String.fromCharCode(decimal), '.')));
}
