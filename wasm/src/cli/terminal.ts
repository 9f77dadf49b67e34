import { exitCodes } from './exit-codes.js';

/**
 * The two streams. Answers go to standard output, everything else to standard error. What is printed may hold texts of
 * strangers' files: nothing that steers a terminal gets through.
 */
export class Terminal {
  readonly #quiet: boolean;
  readonly #streams = { out: process.stdout, error: process.stderr };
  readonly #closed = { out: false, error: false };
  #status = '';

  constructor({ quiet = false } = {}) {
    this.#quiet = quiet;
    for (const name of ['out', 'error'] as const)
      this.#streams[name].on('error', (error: NodeJS.ErrnoException) => {
        this.#closed[name] = true;
        if (error.code === 'EPIPE') return;  // what nobody reads need not be written
        this.complain(`Standard ${name === 'out' ? 'output' : 'error'} cannot be written: ${error.message}.`);
        process.exit(exitCodes.failure);
      });
  }

  /** Whether a line can be drawn over. */
  get isLive(): boolean {
    return !this.#quiet && this.#streams.error.isTTY && process.env.TERM !== 'dumb';
  }
  get width(): number {
    return this.#streams.error.columns || 80;
  }
  /** Whether nobody reads the answers any more. */
  get isUnread(): boolean {
    return this.#closed.out;
  }

  /** Lines of an answer. */
  answer(...lines: string[]): void {
    this.clear();
    this.#write('out', `${lines.map(visible).join('\n')}\n`);
  }
  /** A file as an answer, as it is. Resolves when there is room for more. */
  async pass(content: string | Uint8Array): Promise<void> {
    const { out } = this.#streams;
    if (this.#closed.out || out.write(content)) return;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        for (const name of ['drain', 'error']) out.off(name, goOn);
        resolve();
      };
      for (const name of ['drain', 'error']) out.on(name, goOn);
    });
  }
  /** Lines for whoever watches. */
  note(...lines: string[]): void {
    if (this.#quiet || lines.length === 0) return;
    this.clear();
    this.#write('error', `${lines.map(visible).join('\n')}\n`);
  }
  /** Said even where quiet is wanted. */
  complain(line: string): void {
    this.clear();
    this.#write('error', `${this.#colour('31', 'error:')} ${visible(line)}\n`);
  }
  /** One line that takes the place of the last one. Only where `isLive`. */
  status(line: string): void {
    if (!this.isLive) return;
    this.#status = Array.from(visible(line)).slice(0, this.width - 1).join('');
    this.#write('error', `\r\x1b[2K${this.#status}`);
  }
  clear(): void {
    if (this.#status !== '') this.#write('error', '\r\x1b[2K');
    this.#status = '';
  }

  #colour(code: string, text: string): string {
    const isWanted = this.#streams.error.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
    return isWanted ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
  #write(name: 'out' | 'error', content: string): void {
    if (!this.#closed[name]) this.#streams[name].write(content);
  }
}

/** Control characters and those that turn the direction of writing, spelled out. */
export function visible(line: string): string {
  return line.replace(/[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
