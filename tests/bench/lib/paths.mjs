import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = (relative) => fileURLToPath(new URL(relative, import.meta.url)).replace(/\/$/, '');

/** tests/bench, the repository, and where everything made here goes. */
export const here = folder('../');
export const root = folder('../../../');
export const output = `${root}/build/bench`;
export const dataFolder = `${output}/data`;
mkdirSync(dataFolder, { recursive: true });
