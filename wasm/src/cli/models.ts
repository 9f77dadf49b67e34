import { FileError } from './exit-codes.js';
import { readWhole } from './files.js';
import { DistilleryError, loadDistillery } from './package.js';

type Model = ReturnType<Awaited<ReturnType<typeof loadDistillery>>['loadModel']>;

/** Opens a model file; errors name it. */
export async function openModel(path: string): Promise<{ file: Uint8Array; model: Model }> {
  const file = await readWhole(path), distillery = await loadDistillery();
  return { file, model: await about(path, () => distillery.loadModel(file)) };
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
