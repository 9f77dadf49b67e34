import { about, bytes, count } from './figures.js';
import type { JobInfo, Report, RunEvent } from './package.js';
import type { Terminal } from './terminal.js';

const drawingPause = 100;  // ms between two drawings of one line
const barWidth = 20;

/** How far a command has got: a bar with the time left where lines can be drawn over, else a line each tenth. */
export class Progress {
  #drawnAt = -Infinity;
  #tenth = -1;
  /** In the order in which they are told. */
  #total = new Map(['teachers', 'trials', 'students', 'baselines', 'tests'].map((what) => [what, 0]));
  #done = new Map<string, number>();
  #finished = new Set<number>();
  #start: { time: number; work: number } | undefined;

  constructor(private readonly terminal: Terminal, private readonly now: () => number = () => performance.now()) {}

  reading(name: string, read: number, total: number | null, rows: number): void {
    this.#draw(() => total === null ? `Reading ${name}: ${bytes(read)}, ${count(rows)} rows`
      : `Reading ${name}  ${bar(read / total)}  ${count(rows)} rows`);
  }

  /** Of a run, each event as it comes. */
  event(event: RunEvent): void {
    if (event.type === 'started') return this.#begin(event.jobs, event.report);
    if (event.type === 'finished') return this.end();
    if (event.type === 'dropped') {
      for (const job of event.jobs) this.#total.set(kindOf(job), this.#total.get(kindOf(job))! - 1);
      return;
    }
    if (event.type === 'job' && !this.#finished.has(event.job.id)) {
      this.#finished.add(event.job.id);
      const what = kindOf(event.job);
      this.#done.set(what, (this.#done.get(what) ?? 0) + 1);
    }
    const { work } = event, share = work.done / work.total;
    this.#start ??= { time: this.now(), work: work.done };
    const line = (): string => [this.#counts(), this.#timeLeft(work.done, work.total)].filter(Boolean).join(', ');
    if (this.terminal.isLive) return this.#draw(() => `${bar(share)}  ${line()}`);
    const tenth = Math.floor(share * 10);
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    this.terminal.note(`${tenth * 10}%: ${line()}`);
  }

  end(): void {
    this.terminal.clear();
    this.#drawnAt = -Infinity;
  }

  #begin(jobs: JobInfo[], { teachers, sizes, trials }: Report): void {
    for (const job of jobs) this.#total.set(kindOf(job), (this.#total.get(kindOf(job)) ?? 0) + 1);
    // A run that goes on has some already.
    const sum = (counts: number[]): number => counts.reduce((all, one) => all + one, 0);
    this.#done.set('teachers', teachers.filter(({ state }) => state !== 'pending').length);
    this.#done.set('trials', sum(trials.map(({ candidates }) => sum(candidates.map((candidate) => candidate.trials)))));
    // Where a network stands for another it has one job, so it counts no more often than there are jobs.
    const atMost = (what: string, most: number): Map<string, number> => this.#done.set(what, Math.min(most, this.#total.get(what)!));
    atMost('students', sum(sizes.map(({ studentsDone }) => studentsDone)));
    atMost('baselines', sum(sizes.map(({ baselinesDone, matchedDone }) => baselinesDone + matchedDone)));
  }

  #counts(): string {
    return [...this.#total].filter(([what, total]) => what !== 'tests' && total > 0)
      .map(([what, total]) => `${this.#done.get(what) ?? 0} of ${total} ${what}`).join(', ');
  }

  #timeLeft(done: number, total: number): string {
    const start = this.#start!, seconds = (this.now() - start.time) / 1000, worked = done - start.work;
    return seconds < 1 || worked <= 0 || done >= total ? '' : `${about(seconds * (total - done) / worked)} left`;
  }

  #draw(line: () => string): void {
    if (!this.terminal.isLive || this.now() - this.#drawnAt < drawingPause) return;
    this.#drawnAt = this.now();
    this.terminal.status(line());
  }
}

const kindOf = ({ kind }: JobInfo): string => kind === 'matched' ? 'baselines' : `${kind}s`;

function bar(share: number): string {
  const filled = Math.min(barWidth, Math.max(0, Math.floor(share * barWidth)));
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${String(Math.floor(share * 100)).padStart(3)}%`;
}
