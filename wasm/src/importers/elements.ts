/** Types of numbers in files, all little-endian, by the names of safetensors. */
export type ElementType = 'F32' | 'F64' | 'F16' | 'BF16' | 'I8';

export const elementSize: Record<ElementType, number> = { F32: 4, F64: 8, F16: 2, BF16: 2, I8: 1 };

const read: Record<ElementType, (view: DataView, at: number) => number> = {
  F32: (view, at) => view.getFloat32(at, true),
  F64: (view, at) => view.getFloat64(at, true),
  F16: (view, at) => half(view.getUint16(at, true)),
  BF16: (view, at) => ofBits(view.getUint16(at, true) << 16),
  I8: (view, at) => view.getInt8(at),
};

/** The numbers that `bytes`, a whole number of elements, hold, rounded to floats. */
export function floatsOf(bytes: Uint8Array, type: ElementType): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), size = elementSize[type];
  const values = new Float32Array(bytes.length / size);
  for (let i = 0; i < values.length; ++i) values[i] = read[type](view, i * size);
  return values;
}

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = (bits & 0x8000) << 16, exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent === 0) return (sign ? -1 : 1) * fraction / 16_777_216;   // zero and subnormal: steps of 2^-24
  return ofBits(sign | (exponent === 31 ? 255 : exponent + 112) << 23 | fraction << 13);
}

const word = new DataView(new ArrayBuffer(4));
function ofBits(bits: number): number {
  word.setInt32(0, bits);
  return word.getFloat32(0);
}
