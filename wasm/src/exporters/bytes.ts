/** The bytes that an array's values lie in. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export function joined(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** CRC-32C (Castagnoli), as in RFC 3720, appendix B.4. */
export function crc32c(bytes: Uint8Array, continuedFrom = 0): number {
  let crc = ~continuedFrom;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (-(crc & 1) & 0x82f63b78);
  }
  return ~crc >>> 0;
}
