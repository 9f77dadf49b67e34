/** What a worker does, in a page or in Node: runs jobs in slices, and listens between them. */

import { Planner, planner, type FillableTable, type JobRun, type Workbench } from './planner.js';
import { DistilleryError } from './errors.js';
import { instantiate } from './load.js';
import type { Port, ToWorker } from './protocol.js';
import type { Plan } from './types.js';

const sliceTime = 12;  // ms: how long a worker may be deaf
const epochPause = 50;  // ms between two reports of a fast network's epochs
const alivePause = 250;  // ms between two signs of life
// Ten slices are how long a worker may be silent, in ms: on a busy machine it may wait for seconds.
const leastPatience = 5000, mostPatience = 10_000;

/**
 * The ms that a worker at this job may be silent, if its longest slice has taken so many. whole: when the end of the job may
 * come, which is not in slices but takes a few epochs without gradients, on a slow machine some microseconds for a thousand
 * rows × parameters.
 */
function patience(longest: number, work: number, epochs: number, whole: boolean): number {
  const slices = Math.max(Math.min(Math.max(10 * longest, leastPatience), mostPatience), 3 * longest);
  return slices + (whole ? 3e-6 * work / Math.max(1, epochs) : 0);
}

/** The job in hand. `run` is missing until the worker comes to it. */
interface Task {
  readonly job: number;
  readonly work: number;
  readonly checkpoint: Uint8Array;
  run: JobRun | undefined;
  stopped: boolean;
}

/** Gives the function that takes the messages. */
export function serve(port: Port): (message: ToWorker) => void {
  let library: Planner | undefined;
  let table: FillableTable | undefined;
  let missing = 0, columns = 1;  // rows still to come, and how wide they are
  let plan: Plan | undefined;
  let bench: Workbench | undefined;
  let prepared = (): void => {};
  const preparation = new Promise<void>((resolve) => { prepared = resolve; });
  let input: Uint8Array = new Uint8Array();
  let peak = 0;
  let task: Task | undefined;
  let work = Promise.resolve();

  const fail = (error: unknown): void => {
    if (error instanceof DistilleryError) port.post({ type: 'failed', code: error.code, message: error.message });
    else queueMicrotask(() => { throw error; });  // a trap of the engine: this worker is dead, and says so
  };
  const next = (step: () => Promise<void>): void => {
    work = work.then(step).catch(fail);
  };
  /** The most memory so far, with so many bytes of messages beside the WebAssembly's, in bytes. */
  const measure = (messages: number): number => peak = Math.max(peak, messages + (library?.memory().total ?? 0));

  return (message) => {
    switch (message.type) {
      case 'prepare':
        next(async () => {
          library = new Planner(await instantiate(message.module, planner), message.module);
          table = library.createTable(message.rows, message.columns, message.classNames, message.kinds);
          missing = message.rows + message.kinds.unlabelled;
          columns = message.columns;
          plan = message.plan;
          port.post({ type: 'rows' });
          await preparation;
        });
        break;
      case 'rows':
        try {
          if (!table) throw new DistilleryError('worker_failed', 'Rows came before their table.');
          const { first, features, labels, ensemble, groups } = message.piece;
          table.fill(first, features, labels, ensemble, groups);
          measure(features.byteLength + labels.byteLength + (ensemble?.byteLength ?? 0) + (groups?.byteLength ?? 0));
          missing -= features.length / columns;
          if (missing > 0) {
            port.post({ type: 'rows' });
            break;
          }
          bench = table.createWorkbench(plan);
          table.dispose();
          prepared();
        } catch (error) {
          fail(error);
        }
        break;
      case 'run': {
        const mine: Task = task = { job: message.job, work: message.work, checkpoint: message.checkpoint, run: undefined, stopped: false };
        next(async () => {
          if (message.inputBytes) input = message.inputBytes;
          if (!bench) throw new DistilleryError('worker_failed', 'A job came before its data.');
          if (!mine.stopped) await execute(bench, mine, input, port, measure);
          if (task === mine) task = undefined;
        });
        break;
      }
      case 'checkpoint': {
        const progress = task && { job: task.job, bytes: task.run ? task.run.checkpoint() : task.checkpoint };
        if (task && message.stop) {
          task.stopped = true;
          task = undefined;
        }
        port.post({ type: 'checkpoint', stopped: message.stop, progress });
        break;
      }
      case 'predict':
        next(async () => {
          const library = new Planner(await instantiate(message.module, planner), message.module);
          const logits = message.models.map((file) => {
            const model = library.loadModel(file);
            try {
              return model.logits(message.features);
            } finally {
              model.dispose();
            }
          });
          port.post({ type: 'predicted', logits });
        });
        break;
    }
  };
}

async function execute(bench: Workbench, task: Task, input: Uint8Array, port: Port,
                       measure: (messages: number) => number): Promise<void> {
  const run = task.run = bench.createJobRun(task.job, input, task.checkpoint);
  try {
    const advance = paced(run);
    let told = run.progress().epoch, toldAt = -Infinity, longest = 0, aliveAt = performance.now();
    port.post({ type: 'alive', patience: patience(mostPatience / 10, task.work, run.progress().epochs, true) });
    for (let done = false; !done;) {
      const before = performance.now();
      done = advance();
      const { epoch, epochs, loss, accuracy } = run.progress(), now = performance.now();
      longest = Math.max(longest, now - before);
      if (now - aliveAt >= alivePause) {
        port.post({ type: 'alive', patience: patience(longest, task.work, epochs, epoch + 1 >= epochs) });
        aliveAt = now;
      }
      if (epoch > told && (done || epoch === epochs || performance.now() - toldAt >= epochPause)) {
        port.post({ type: 'epoch', job: task.job, epoch, epochs, loss, accuracy });
        told = epoch;
        toldAt = performance.now();
      }
      if (done) {
        const result = run.result();
        port.post({ type: 'done', job: task.job, result, memory: measure(input.length + result.length) }, [result.buffer as ArrayBuffer]);
      } else {
        await port.breathe();
        if (task.stopped) return;
      }
    }
  } finally {
    task.run = undefined;
    run.dispose();
  }
}

/** Advances a run by one slice of about the right time. It changes nothing about the result, only when it is there. */
function paced(run: JobRun): () => boolean {
  let rows = 1;
  return () => {
    const until = performance.now() + sliceTime;
    for (;;) {
      const before = performance.now();
      if (run.advance(rows)) return true;
      const now = performance.now();
      if (now - before > sliceTime) rows = Math.max(1, Math.floor(rows * sliceTime / (now - before)));
      else if (now - before < sliceTime / 4) rows = Math.min(rows * 2, 2 ** 20);
      if (now + (now - before) > until) return false;
    }
  };
}
