import { corrupt } from './fail.js';

/** Of a field: a whole number, or the bytes of what is counted (texts, messages, packed lists) or of fixed size. */
export type Value = number | Uint8Array;

const format = 'ONNX';
const wireType = { varint: 0, fixed64: 1, counted: 2, fixed32: 5 };

/** The fields of a message of Protocol Buffers, one after the other; what is inside them is read by who asks for it. */
export function* fields(message: Uint8Array): Generator<[number: number, value: Value]> {
  const reader = new Reader(message);
  while (!reader.ended) {
    const key = reader.varint(), number = Math.floor(key / 8);
    if (number < 1) corrupt(format, 'a field has no number');
    yield [number, valueOf(reader, key % 8)];
  }
}

function valueOf(reader: Reader, type: number): Value {
  switch (type) {
    case wireType.varint: return reader.varint();
    case wireType.fixed64: return reader.take(8);
    case wireType.counted: return reader.take(reader.varint());
    case wireType.fixed32: return reader.take(4);
    default: return corrupt(format, 'a field is of no known kind');
  }
}

/** A list of whole numbers, which may come packed or one by one. */
export function* integers(value: Value): Generator<number> {
  if (typeof value === 'number') return yield value;
  for (const reader = new Reader(value); !reader.ended;) yield reader.varint();
}

export function bytesIn(value: Value): Uint8Array {
  return typeof value === 'number' ? corrupt(format, 'a number stands where text or a message should') : value;
}

export function integerIn(value: Value): number {
  return typeof value === 'number' ? value : corrupt(format, 'something else stands where a number should');
}

export function floatIn(value: Value): number {
  const { length, buffer, byteOffset } = bytesIn(value);
  if (length !== 4) corrupt(format, 'something else stands where a float should');
  return new DataView(buffer, byteOffset).getFloat32(0, true);
}

export function textIn(value: Value): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesIn(value));
  } catch (error) {
    return corrupt(format, 'a text is not UTF-8', error);
  }
}

class Reader {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get ended(): boolean {
    return this.#at === this.bytes.length;
  }

  take(count: number): Uint8Array {
    if (count < 0 || count > this.bytes.length - this.#at) corrupt(format, 'a part of it would end beyond its end');
    return this.bytes.subarray(this.#at, this.#at += count);
  }

  /** Seven bits a byte, the lowest first, as a signed number of 64 bits; beyond 2^53 it is rounded. */
  varint(): number {
    const first = this.#byte();
    if (first < 128) return first;
    let value = BigInt(first & 127);
    for (let shift = 7n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    return corrupt(format, 'a number does not end');
  }

  #byte(): number {
    return this.bytes[this.#at++] ?? corrupt(format, 'it ends within a number');
  }
}
