import { usable } from './distillery.js';
import { DistilleryError } from './errors.js';
import { EventLog } from './event-log.js';
import { instantiate } from './load.js';
import type { WholeTable } from './native.js';
import { kindsOf, type Pipeline, Planner, planner, type ReadyJob, type Workbench } from './planner.js';
import { Pool, type PoolListener, type Preparation } from './pool.js';
import type { Checkpoint, FromWorker, Piece, StartThread } from './protocol.js';
import type { JobInfo, NetworkKind, Plan, Progress, Report, RunEvent, Table } from './types.js';

/** The whole job under way. Iterating gives its events, from the first on, and ends with it, at once where it is aborted. */
export interface Run extends AsyncIterable<RunEvent>, Disposable {
  /** The final report. Rejects with the code 'aborted', or with what went wrong. */
  readonly report: Promise<Report>;
  /** Stops the workers within one slice of an epoch; they lose nothing. */
  pause(): void;
  resume(): void;
  /** All there is, also of the jobs under way: give it to `distil` as `resume`. Works while running, paused and finished. */
  save(): Promise<Uint8Array>;
  /** Changes the margin, and the choice where it was made. Trains nothing. */
  setMargin(margin: number): Report;
  /** A finished network's file. seed: which of its size. */
  model(kind: NetworkKind, index: number, seed?: number): Uint8Array;
  /** The recommended student's file; where no size passes, the closest. */
  chosen(): Uint8Array;
  /** Which rows of the table are the test rows. */
  testRows(): Uint32Array;
  /** What stands for a missing value, one number per column of the table; empty where it has no `imputation`. */
  fills(): Float32Array;
  /** Of this run, for tests: what `dispose` has to give back. */
  liveHandles(): number;
  /** Ends everything. */
  dispose(): void;
}

interface Setting {
  table: Table;
  plan: Plan;
  workers: number;
  signal: AbortSignal | undefined;
  saved: Uint8Array | undefined;
  load: () => Promise<WebAssembly.Module>;
  startThread: StartThread;
}

export function distil(setting: Setting): Run {
  return new DistilRun(setting);
}

const keptEpochEvents = 1000;
const pieceBytes = 8e6;  // of the table, as it goes to a worker

/** What a worker is told: the plan, then the table in pieces. */
function* preparation(module: WebAssembly.Module, table: WholeTable, plan: Plan): Generator<Preparation> {
  const { features, labels, columns, classNames, unlabelled, ensemble, groups } = table, rows = labels.length, classes = classNames.length;
  const kinds = kindsOf(table), more = kinds.unlabelled;
  yield [{ type: 'prepare', module, plan, rows, columns, classNames, kinds }];
  const most = Math.max(1, Math.floor(pieceBytes / (4 * (columns + 2 + (ensemble ? classes : 0)))));
  for (const [start, count, values] of [[0, rows, features], [rows, more, unlabelled]] as const)
    for (let first = 0; first < count; first += most) {
      const end = Math.min(first + most, count);
      const piece: Piece = {
        first: start + first, features: values!.slice(first * columns, end * columns), labels: labels.slice(start + first, start + end),
        ensemble: ensemble?.slice((start + first) * classes, (start + end) * classes),
        groups: start === 0 ? groups?.slice(first, end) : undefined,
      };
      yield [{ type: 'rows', piece },
        [piece.features, piece.labels, piece.ensemble, piece.groups].flatMap((array) => array?.buffer ?? [])];
    }
}

/** What exists once the library is loaded. The pipeline lives here; workers only run its jobs. */
interface Works {
  library: Planner;
  bench: Workbench;
  pipeline: Pipeline;
  pool: Pool;
  jobs: Map<number, JobInfo>;
}

class DistilRun implements Run, PoolListener {
  readonly report: Promise<Report>;
  readonly #log = new EventLog<RunEvent>(keptEpochEvents);
  readonly #started: Promise<Works>;
  #works: Works | undefined;
  #library: Planner | undefined;
  #settle!: { resolve: (report: Report) => void; reject: (error: unknown) => void };
  #queue: ReadyJob[] = [];
  #paused = false;
  /** Whether no job will be started any more, and why. */
  #ended: 'finished' | DistilleryError | undefined;
  #work = { done: 0, total: 0, running: new Map<number, number>() };

  constructor(setting: Setting) {
    this.report = new Promise((resolve, reject) => { this.#settle = { resolve, reject }; });
    const abort = (): void => this.#abort(new DistilleryError('aborted', 'The run was aborted.'));
    setting.signal?.addEventListener('abort', abort);
    this.report.finally(() => setting.signal?.removeEventListener('abort', abort)).catch(() => {});  // nobody has to listen
    this.#started = this.#start(setting);
    this.#started.catch((error: unknown) => this.#fail(error));
    if (setting.signal?.aborted) abort();
  }

  [Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    return this.#log[Symbol.asyncIterator]();
  }

  pause(): void {
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    void this.#works?.pool.checkpoint(true);
  }

  resume(): void {
    this.#paused = false;
    this.#dispatch();
  }

  async save(): Promise<Uint8Array> {
    await this.#started;
    await this.#works?.pool.checkpoint(false);
    return this.#current().pipeline.save();
  }

  setMargin(margin: number): Report {
    return this.#current().pipeline.setMargin(margin);
  }
  model(kind: NetworkKind, index: number, seed = 0): Uint8Array {
    return this.#current().pipeline.model(kind, index, seed);
  }
  chosen(): Uint8Array {
    return this.#current().pipeline.chosen();
  }
  testRows(): Uint32Array {
    return this.#current().bench.testRows();
  }
  fills(): Float32Array {
    return this.#current().bench.fills();
  }
  liveHandles(): number {
    return this.#library?.liveHandles() ?? 0;
  }

  dispose(): void {
    this.#abort(new DistilleryError('disposed', 'This run was disposed of.'));
  }
  [Symbol.dispose](): void {
    this.dispose();
  }

  // ---- what the pool says ----

  onEpoch({ job, epoch, epochs, loss, accuracy }: FromWorker & { type: 'epoch' }): void {
    const info = this.#current().jobs.get(job);
    if (!info) return;
    this.#work.running.set(job, info.work * epoch / epochs);
    this.#log.push({ type: 'epoch', job: info, epoch, epochs, loss, accuracy, work: this.#progress() }, true);
  }

  onDone(id: number, result: Uint8Array, memory: number): boolean {
    const { pipeline, jobs } = this.#current();
    const job = jobs.get(id);
    if (!job) return true;
    try {
      pipeline.absorb(id, result);
    } catch (error) {
      if (error instanceof DistilleryError && (error.code === 'corrupt_file' || error.code === 'shape_mismatch')) return false;
      this.#fail(error);
      return true;
    }
    try {
      this.#work.running.delete(id);
      this.#work.done += job.work;
      this.#log.push({ type: 'job', job, memory, work: this.#progress(), report: pipeline.report() });
      if (job.kind !== 'teacher' && job.kind !== 'test') this.#drop();
      // The last teacher lets assistants and trials start, the last of those students, and the last of these the tests.
      if (job.kind === 'teacher' || job.kind === 'assistant' || job.kind === 'trial') this.#queue = [];
      this.#dispatch();
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }

  onCheckpoint({ job, bytes }: Checkpoint, stopped: boolean): void {
    try {
      this.#current().pipeline.suspend(job, bytes);
      if (stopped) this.#dispatch();
    } catch (error) {
      this.#fail(error);
    }
  }

  onFailure(error: DistilleryError): void {
    this.#fail(error);
  }

  // ---- how it goes ----

  async #start({ table, plan, workers, saved, load, startThread }: Setting): Promise<Works> {
    const module = await load();
    const library = new Planner(await instantiate(module, planner), module);
    if (this.#ended) throw this.#ended;
    this.#library = library;
    const bench = library.createWorkbench(table, plan), whole = usable(table);
    try {
      const pipeline = bench.createPipeline(saved);
      const jobs = new Map(pipeline.jobs().map((job) => [job.id, job]));
      const done: number[] = [];
      for (const job of jobs.values()) {
        this.#work.total += job.work;
        if (!pipeline.done(job.id)) continue;
        this.#work.done += job.work;
        done.push(job.id);
      }
      const size = pipeline.finished ? 0 : Math.min(workers, jobs.size);
      const pool = new Pool(size, startThread, () => preparation(module, whole, plan), (job) => pipeline.input(job), this);
      this.#works = { library, bench, pipeline, pool, jobs };
      this.#log.push({ type: 'started', jobs: [...jobs.values()], done, workers: size, flavour: library.flavour, report: pipeline.report() });
      this.#dispatch();
      return this.#works;
    } catch (error) {
      if (!this.#works) bench.dispose();
      throw error;
    }
  }

  /** Forgets the jobs that a recipe or sizes chosen just now make needless. */
  #drop(): void {
    const { pipeline, jobs } = this.#current();
    const needed = new Set(pipeline.jobs().map(({ id }) => id));
    const dropped = [...jobs.values()].filter(({ id }) => !needed.has(id));
    if (dropped.length === 0) return;
    for (const { id, work } of dropped) {
      jobs.delete(id);
      this.#work.total -= work;
    }
    this.#log.push({ type: 'dropped', jobs: dropped, work: this.#progress() });
  }

  /** Gives idle workers something to do. */
  #dispatch(): void {
    if (!this.#works || this.#paused || this.#ended) return;
    const { pipeline, pool } = this.#works;
    try {
      if (pipeline.finished) return this.#finish();
      while (pool.hasIdle) {
        if (this.#queue.length === 0) this.#queue = pipeline.readyJobs().filter(({ id }) => !pool.isRunning(id));
        const job = this.#queue.shift();
        if (!job) break;
        if (!pool.isRunning(job.id) && !pipeline.done(job.id))
          pool.run({ job: job.id, work: job.work, input: job.input, checkpoint: pipeline.progressOf(job.id) });
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #finish(): void {
    const { pipeline, pool } = this.#current();
    const report = pipeline.report();
    this.#ended = 'finished';
    pool.terminate();
    this.#log.push({ type: 'finished', report });
    this.#log.close();
    this.#settle.resolve(report);
  }

  /** Nothing goes on; what has been trained can still be had. */
  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = error instanceof DistilleryError ? error
      : new DistilleryError('internal', error instanceof Error ? error.message : String(error), { cause: error });
    this.#works?.pool.terminate();
    this.#log.close();
    this.#settle.reject(this.#ended);
  }

  /** Nothing goes on, and nothing is left. */
  #abort(error: DistilleryError): void {
    if (!this.#ended) this.#log.cut();
    this.#fail(error);
    this.#ended = error;
    this.#works?.pipeline.dispose();
    this.#works?.bench.dispose();
    this.#works = undefined;
  }

  #current(): Works {
    if (this.#works) return this.#works;
    if (this.#ended instanceof DistilleryError) throw this.#ended;
    throw new DistilleryError('wrong_state', 'The run has not started yet: wait for its first event.');
  }

  #progress(): Progress {
    let done = this.#work.done;
    for (const part of this.#work.running.values()) done += part;
    return { done, total: this.#work.total };
  }
}
