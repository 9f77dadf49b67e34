/** What the campaigns run against: programs of this build, and files of every format of ours. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../node/support.js';

export const readers = ['model', 'dataset', 'checkpoint', 'job-checkpoint', 'job-result', 'run'];
export const corpusOf = (reader) => join(root, 'tests/fuzz/corpus', reader);
export const filesIn = (folder) => existsSync(folder) ? readdirSync(folder).sort().map((name) => join(folder, name)) : [];

/** A folder below build/torture, where campaigns keep what they find. */
export function place(...names) {
  const folder = join(root, 'build/torture', ...names);
  mkdirSync(folder, { recursive: true });
  return folder;
}

const run = promisify(execFile);

/** Runs tests/fuzz/replay.cpp of a build; gives its lines and whether it was content. */
export async function replay(preset, given, env = {}) {
  const program = join(root, 'build', preset, 'bin', preset.startsWith('wasm') ? 'replay.js' : 'replay');
  if (!existsSync(program)) throw new Error(`${program} is missing: build it first (cmake --build --preset ${preset} --target replay)`);
  const command = program.endsWith('.js') ? [process.execPath, program] : [program];
  const settings = { env: { ...process.env, UBSAN_OPTIONS: 'print_stacktrace=1', ...env }, maxBuffer: 2 ** 26, encoding: 'utf8' };
  try {
    const { stdout } = await run(command[0], [...command.slice(1), ...given], settings);
    return { good: true, lines: stdout.trim().split('\n') };
  } catch (error) {
    if (error.code === 2 || typeof error.code === 'string') throw error;
    return { good: false, lines: `${error.stdout}${error.stderr}`.trim().split('\n') };
  }
}

/** Its counts of outcomes. */
export const outcomesOf = (lines) => Object.fromEntries(lines.map((line) => line.split(' ')).filter(([name, count]) => name !== 'crc' && /^[a-z_]+$/.test(name) && /^\d+$/.test(count))
  .map(([name, count]) => [name, Number(count)]));
