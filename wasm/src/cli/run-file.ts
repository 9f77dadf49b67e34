import { readWhole, writeWhole } from './files.js';
import { about } from './models.js';
import { decodeRunFile, encodeRunFile, type RunFile } from './package.js';

/** Throws FileError, naming the file, where it is no run, or not whole. */
export async function readRun(path: string): Promise<RunFile> {
  const file = await readWhole(path);
  return about(path, () => decodeRunFile(file));
}

export const writeRun = (path: string, run: RunFile): Promise<void> => writeWhole(path, encodeRunFile(run));
