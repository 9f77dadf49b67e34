import { readFileSync } from 'node:fs';
import type { Arguments, Options } from './arguments.js';
import type { ExitCode } from './exit-codes.js';
import type { Terminal } from './terminal.js';

export interface Command<O extends Options = any> {
  name: string;
  /** A line, for the list of commands. */
  summary: string;
  /** After the command's name. */
  usage: string[];
  /** Paragraphs. */
  about: string[];
  options: O;
  /** Which options stand below which title in the help; the others come first. */
  groups?: Record<string, Options>;
  examples: string[];
  run(given: Arguments<O>, terminal: Terminal): Promise<ExitCode>;
}

/** Only so that the compiler finds out about the options. */
export const command = <O extends Options>(definition: Command<O>): Command<O> => definition;

/** Of the package. */
export const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;

/** A file's name as it can be pasted into a shell. */
export const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) && !path.startsWith('-') ? path : `'${path.replaceAll("'", "'\\''")}'`;
