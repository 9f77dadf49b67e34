import { FileError } from './exit-codes.js';
import { readWhole } from './files.js';
import { DistilleryError, fromJson, fromOnnx, fromSafetensors, loadDistillery } from './package.js';

type Model = ReturnType<Awaited<ReturnType<typeof loadDistillery>>['loadModel']>;

/** The formats that models are read from, each by what it begins with, as no table does: docs/imports.md. */
const formats: { begins: (head: Uint8Array) => boolean; read: (file: Uint8Array) => Uint8Array }[] = [
  // The length of a header, in 8 bytes of which a reasonable one needs four, then JSON.
  { begins: (head) => head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0), read: fromSafetensors },
  // The version of the format, and the next field.
  { begins: (head) => head[0] === 0x08 && head[1]! < 0x20, read: fromOnnx },
  { begins: (head) => /^\s*\{\s*"/.test(new TextDecoder('latin1').decode(head.subarray(0, 16))), read: fromJson },
];
const formatOf = (head: Uint8Array) => formats.find(({ begins }) => begins(head));

/** By the first 16 bytes of a file. */
export const isModel = (head: Uint8Array): boolean => formatOf(head) !== undefined;

/** Opens a model, ours or another's; `file` is as the library saves it. Errors name the path. */
export async function openModel(path: string): Promise<{ given: Uint8Array; file: Uint8Array; model: Model }> {
  const given = await readWhole(path), distillery = await loadDistillery();
  return about(path, () => {
    const file = formatOf(given)?.read(given) ?? given;
    return { given, file, model: distillery.loadModel(file) };
  });
}

/** What a call says of a file, with the file's name before. */
export async function about<T>(path: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof DistilleryError)) throw error;
    throw new FileError(`${path}: ${error.message}`, { cause: error });
  }
}
