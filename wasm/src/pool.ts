import { DistilleryError } from './errors.js';
import type { Checkpoint, FromWorker, StartThread, Thread, ToWorker } from './protocol.js';

export interface Task {
  job: number;
  /** rows × parameters × epochs */
  work: number;
  /** Which input the job needs; 0: none. */
  input: number;
  /** Where to go on; empty: from the start. */
  checkpoint: Uint8Array;
}

export interface PoolListener {
  onEpoch(epoch: FromWorker & { type: 'epoch' }): void;
  /** Whether the result can be used. memory: the most that its worker has held so far, in bytes. */
  onDone(job: number, result: Uint8Array, memory: number): boolean;
  /** How far a job has got. stopped: its worker has dropped it. */
  onCheckpoint(progress: Checkpoint, stopped: boolean): void;
  /** The jobs cannot be run. */
  onFailure(error: DistilleryError): void;
}

/** A message and what of it is handed over rather than copied. */
export type Preparation = [message: ToWorker, transfer?: ArrayBuffer[]];

interface Member {
  thread: Thread;
  /** What it has to be told before its first job, piece by piece: the next when it asks. */
  preparation: Iterator<Preparation>;
  task: Task | undefined;
  /** The input that its thread holds. */
  input: number;
  /** Who waits for a checkpoint, in the order of asking. */
  waiting: (() => void)[];
  /** When it was last heard of, and for how many ms it may be silent at a job. */
  heard: number;
  patience: number;
}

const watchPause = 500;  // ms

/**
 * Workers that run jobs. Knows nothing of what the jobs are about. A job whose worker dies, hangs or talks nonsense is given
 * to a fresh one.
 */
export class Pool {
  static readonly #mostDeaths = 2;  // per job; the next is one too many
  readonly #members: Member[] = [];
  readonly #deaths = new Map<number, number>();
  readonly #watch: ReturnType<typeof setInterval>;
  #watchedAt = Date.now();

  constructor(size: number, private readonly startThread: StartThread, private readonly prepare: () => Iterator<Preparation>,
              private readonly inputOf: (job: number) => Uint8Array, private readonly listener: PoolListener) {
    for (let i = 0; i < size; ++i) this.#members.push(this.#recruit());
    this.#watch = setInterval(() => this.#dismissSilent(), watchPause);
    (this.#watch as { unref?: () => void }).unref?.();   // of Node: it keeps no program alive
  }

  get hasIdle(): boolean {
    return this.#members.some((member) => !member.task);
  }
  isRunning(job: number): boolean {
    return this.#members.some((member) => member.task?.job === job);
  }

  /** Starts a job on an idle worker. */
  run(task: Task): void {
    const member = this.#members.find(({ task }) => !task);
    if (member) this.#give(member, task);
  }

  /** Has all running jobs tell how far they have got, and resolves when they have. stop: the workers drop them. */
  async checkpoint(stop: boolean): Promise<void> {
    await Promise.all(this.#members.filter(({ task }) => task).map((member) => new Promise<void>((resolve) => {
      member.waiting.push(resolve);
      member.thread.post({ type: 'checkpoint', stop });
    })));
  }

  terminate(): void {
    clearInterval(this.#watch);
    for (const member of this.#members.splice(0)) this.#dismiss(member);
  }

  #recruit(): Member {
    const member: Member = {
      thread: this.startThread({
        onMessage: (message) => {
          member.heard = Date.now();
          if (!this.#hear(member, message)) this.#mourn(member, 'it said what nobody asked for');
        },
        onDeath: (reason) => this.#mourn(member, reason),
      }),
      preparation: this.prepare(),
      task: undefined,
      input: 0,
      waiting: [],
      heard: Date.now(),
      patience: Infinity,   // until it is at its first job
    };
    this.#prepare(member);
    return member;
  }

  #prepare({ thread, preparation }: Member): void {
    const { value, done } = preparation.next();
    if (!done) thread.post(...value as Preparation);
  }

  #give(member: Member, task: Task): void {
    const inputBytes = task.input === member.input ? undefined : this.inputOf(task.job);
    member.task = task;
    member.input = task.input;
    member.heard = Date.now();
    member.thread.post({ type: 'run', job: task.job, work: task.work, inputBytes, checkpoint: task.checkpoint });
  }

  /** Whether the message is one that the worker may send now. */
  #hear(member: Member, message: FromWorker): boolean {
    const { task } = member;
    switch (message?.type) {
      case 'alive':
        member.patience = Number(message.patience);
        return true;
      case 'epoch':
        if (message.job === task?.job) this.listener.onEpoch(message);
        return true;
      case 'done':
        if (!task || message.job !== task.job || !(message.result instanceof Uint8Array)) return false;
        member.task = undefined;
        if (this.listener.onDone(message.job, message.result, message.memory)) return true;
        member.task = task;
        return false;
      case 'rows':
        this.#prepare(member);
        return true;
      case 'checkpoint': {
        const asked = member.waiting.shift(), { progress, stopped } = message;
        if (!asked || (progress && (progress.job !== task?.job || !(progress.bytes instanceof Uint8Array)))) {
          if (asked) member.waiting.unshift(asked);
          return false;
        }
        if (progress) {
          if (stopped) member.task = undefined;
          this.listener.onCheckpoint(progress, stopped);
        }
        asked();
        return true;
      }
      case 'failed':
        this.listener.onFailure(new DistilleryError(message.code, message.message));
        return true;
      default:
        return false;
    }
  }

  /** Whoever is silent for too long hangs. A page that was frozen, or busy itself, looks late: then nobody was silent. */
  #dismissSilent(): void {
    const now = Date.now(), late = now - this.#watchedAt > 4 * watchPause;
    this.#watchedAt = now;
    for (const member of [...this.#members]) {
      if (late) member.heard = now;
      else if (member.task && now - member.heard > member.patience)
        this.#mourn(member, `it said nothing for ${((now - member.heard) / 1000).toFixed(1)} s`);
    }
  }

  #mourn(member: Member, reason: string): void {
    const at = this.#members.indexOf(member);
    if (at < 0) return;
    this.#dismiss(member);
    const key = member.task?.job ?? -1;
    const deaths = (this.#deaths.get(key) ?? 0) + 1;
    this.#deaths.set(key, deaths);
    if (deaths > Pool.#mostDeaths) {
      this.#members.splice(at, 1);
      this.listener.onFailure(new DistilleryError('worker_failed', `A worker failed ${deaths} times at the same job: ${reason}.`));
      return;
    }
    const heir = this.#members[at] = this.#recruit();
    if (member.task) this.#give(heir, member.task);
  }

  #dismiss(member: Member): void {
    member.thread.terminate();
    for (const resolve of member.waiting.splice(0)) resolve();
  }
}
