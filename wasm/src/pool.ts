import { DistilleryError } from './errors.js';
import type { Checkpoint, FromWorker, StartThread, Thread, ToWorker } from './protocol.js';

export interface Task {
  job: number;
  /** Which input the job needs; 0: none. */
  input: number;
  /** Where to go on; empty: from the start. */
  checkpoint: Uint8Array;
}

export interface PoolListener {
  onEpoch(epoch: FromWorker & { type: 'epoch' }): void;
  /** memory: the most that its worker has held so far, in bytes. */
  onDone(job: number, result: Uint8Array, memory: number): void;
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
}

/** Workers that run jobs. Knows nothing of what the jobs are about. A job whose worker dies is given to a fresh one. */
export class Pool {
  static readonly #mostDeaths = 2;  // per job; the next is one too many
  readonly #members: Member[] = [];
  readonly #deaths = new Map<number, number>();

  constructor(size: number, private readonly startThread: StartThread, private readonly prepare: () => Iterator<Preparation>,
              private readonly inputOf: (job: number) => Uint8Array, private readonly listener: PoolListener) {
    for (let i = 0; i < size; ++i) this.#members.push(this.#recruit());
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
    for (const member of this.#members.splice(0)) this.#dismiss(member);
  }

  #recruit(): Member {
    const member: Member = {
      thread: this.startThread({
        onMessage: (message) => this.#hear(member, message),
        onDeath: (reason) => this.#mourn(member, reason),
      }),
      preparation: this.prepare(),
      task: undefined,
      input: 0,
      waiting: [],
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
    member.thread.post({ type: 'run', job: task.job, inputBytes, checkpoint: task.checkpoint });
  }

  #hear(member: Member, message: FromWorker): void {
    switch (message.type) {
      case 'epoch':
        this.listener.onEpoch(message);
        break;
      case 'done':
        member.task = undefined;
        this.listener.onDone(message.job, message.result, message.memory);
        break;
      case 'rows':
        this.#prepare(member);
        break;
      case 'checkpoint':
        if (message.progress) {
          if (message.stopped) member.task = undefined;
          this.listener.onCheckpoint(message.progress, message.stopped);
        }
        member.waiting.shift()?.();
        break;
      case 'failed':
        this.listener.onFailure(new DistilleryError(message.code, message.message));
        break;
      default:
        this.listener.onFailure(new DistilleryError('worker_failed', 'A worker said what nobody asked for.'));
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
