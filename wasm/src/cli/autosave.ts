import type { JobInfo, RunEvent } from './package.js';

const shortestPause = 10_000;  // ms between two savings
const share = 0.1;             // of the time, that savings may take at most

/**
 * Keeps a run on disk while it trains, so that even one that is killed loses little: what was done since the last saving,
 * ten seconds or, where savings take long, ten times as long as one takes. The end of a stage is always saved.
 */
export class Autosave {
  readonly #left = new Map<string, number>();  // jobs of each stage
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> | undefined;
  #isDue = false;
  #ended = false;

  /** failed: hears the first time that it could not be saved. Training goes on. */
  constructor(private readonly save: () => Promise<void>, private failed: ((error: unknown) => void) | undefined) {}

  event(event: RunEvent): void {
    if (event.type === 'started') {
      const done = new Set(event.done);
      for (const job of event.jobs) if (!done.has(job.id)) this.#count(job, 1);
      this.#wait(shortestPause);
    }
    const ended = event.type === 'job' ? [event.job] : event.type === 'dropped' ? event.jobs : [];
    for (const job of ended) if (this.#count(job, -1) === 0) this.#saveNow();
  }

  /** Resolves when nothing is being written any more, nor will be. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#saving;
  }

  #count(job: JobInfo, change: number): number {
    const left = (this.#left.get(stageOf(job)) ?? 0) + change;
    this.#left.set(stageOf(job), left);
    return left;
  }

  #wait(pause: number): void {
    if (!this.#ended) this.#timer = setTimeout(() => this.#saveNow(), pause);
  }

  #saveNow(): void {
    this.#isDue = this.#saving !== undefined;
    if (this.#isDue || this.#ended) return;
    clearTimeout(this.#timer);
    const began = performance.now();
    this.#saving = this.save().catch((error: unknown) => {
      this.failed?.(error);
      this.failed = undefined;
    }).finally(() => {
      this.#saving = undefined;
      if (this.#isDue) this.#saveNow();
      else this.#wait(Math.max(shortestPause, (performance.now() - began) / share));
    });
  }
}

/** Students and their baselines are trained together. */
const stageOf = ({ kind }: JobInfo): string => (kind === 'baseline' || kind === 'matched' ? 'student' : kind);
