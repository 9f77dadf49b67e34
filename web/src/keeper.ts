/** Writes the run at hand to the storage: every so often while it runs, at a pause, at the end. */
import type { Table } from 'distillery';
import type { KeptRun } from './state/kept.ts';
import type { Storage } from './storage.ts';

export interface AtHand {
  save(): Promise<Uint8Array>;
  table: Table;
  /** Whether the storage has the table already. */
  tableKept: boolean;
  /** The run as it is now, null where there is nothing to keep. bytes: of what goes with it. */
  describe(bytes: number): KeptRun | null;
  /** After every writing: null, or why nothing was written. */
  said(problem: unknown): void;
}

export interface Keeper {
  /** Writes now, or once more as soon as the writing under way has ended. Never rejects. */
  write(): Promise<void>;
  /** Writes if the last time is long ago. Asked at every event: hidden tabs hold timers back. */
  tick(now: number): void;
  /** Writes nothing any more. */
  end(): void;
}

/** Milliseconds from one writing to the next: what a crash may cost. */
const every = 10_000;

export function createKeeper(storage: Storage, run: AtHand, now: number): Keeper {
  let ended = false, last = now;
  let writing: Promise<void> | null = null, next: Promise<void> | null = null;

  async function attempt(): Promise<void> {
    const saved = await run.save();
    const record = run.describe(saved.byteLength + run.table.features.byteLength + run.table.labels.byteLength);
    if (ended || !record) return;
    await storage.put(record, saved, run.tableKept ? null : run.table);
    run.tableKept = true;
    run.said(null);
  }
  function begin(): Promise<void> {
    next = null;
    if (ended) return Promise.resolve();
    writing = attempt().catch((error: unknown) => { if (!ended) run.said(error); }).finally(() => {
      writing = null;
      last = performance.now();
    });
    return writing;
  }
  const write = (): Promise<void> => (writing ? next ??= writing.then(begin) : begin());
  return {
    write,
    tick(at) { if (!writing && at - last >= every) void write(); },
    end() { ended = true; },
  };
}
