import { joined } from './bytes.js';

/**
 * A message of Protocol Buffers: numbered fields. Whole numbers from 0 on become varints, text and bytes are counted,
 * and an array is a message inside.
 */
export type Message = Field[];
export type Field = [number: number, value: number | string | Uint8Array | Message];

const wireType = { varint: 0, counted: 2 };

export function encode(message: Message): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [field, value] of message) {
    if (typeof value === 'number') {
      parts.push(varint(field * 8 + wireType.varint), varint(value));
      continue;
    }
    const content = typeof value === 'string' ? new TextEncoder().encode(value)
      : Array.isArray(value) ? encode(value) : value;
    parts.push(varint(field * 8 + wireType.counted), varint(content.length), content);
  }
  return joined(parts);
}

/** Seven bits a byte, the lowest first; all bytes but the last have the eighth set. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return Uint8Array.of(...bytes, value);
}
