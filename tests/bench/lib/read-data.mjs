import { readFileSync } from 'node:fs';
import { readArrays } from './workloads.mjs';

/** What lib/data.mjs wrote. */
export function readData(folder) {
  const { buffer, byteOffset, byteLength } = readFileSync(`${folder}/data.bin`);
  const directory = JSON.parse(readFileSync(`${folder}/data.json`, 'utf8'));
  return readArrays(buffer.slice(byteOffset, byteOffset + byteLength), directory);
}
