import { exitCodes } from './exit-codes.js';

/** Ctrl-C, or what service managers send instead: the first time a wish, the second time the end. */
export class Interrupts {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  readonly #hear = (): void => {
    if (this.signal.aborted) process.exit(exitCodes.interrupted);
    this.#controller.abort();
  };

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, this.#hear);
  }

  /** Resolves the first time. */
  readonly first = new Promise<'interrupted'>((resolve) =>
    this.signal.addEventListener('abort', () => resolve('interrupted'), { once: true }));

  dispose(): void {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, this.#hear);
  }
}
