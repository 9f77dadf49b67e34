// Runs tasks on one contender's library, in a Node process or a page. lib/host.py is the same in Python.
import { predictionProblem, tasks, trainingProblem } from './workloads.mjs';

const now = () => performance.now();
const longestWarmUp = 8000;   // ms

const kinds = {
  async train(library, task, data) {
    const trainer = await library.train(trainingProblem(task, data));
    return { unit: trainer.epoch, warmUp: task.warmUp ?? 3, dispose: trainer.dispose };
  },
  async one(library, task, data) {
    const problem = predictionProblem(task, data);
    const predictor = await library.predict(problem);
    const rows = Array.from({ length: 1024 }, (_, at) => (
      problem.rows.slice(at * problem.inputs, (at + 1) * problem.inputs)));
    let next = 0;
    return { unit: () => predictor.one(rows[next++ & 1023]), calls: true, warmUp: 100, dispose: predictor.dispose };
  },
  async many(library, task, data) {
    const problem = predictionProblem(task, data);
    const predictor = await library.predict(problem);
    const agreement = agree(await predictor.many(problem.rows), problem);
    return { unit: () => predictor.many(problem.rows), warmUp: 3, agreement, dispose: predictor.dispose };
  },
};

/** Share of rows decided as expected: below 1 (but for ties) the adapter computes another net. */
function agree(answers, { expected, classes }) {
  const decide = (values, row) => values.slice(row * classes, (row + 1) * classes).reduce((best, value, at, all) => (
    value > all[best] ? at : best), 0);
  const rows = expected.length / classes;
  let same = 0;
  for (let row = 0; row < rows; ++row) if (decide(answers, row) === decide(expected, row)) ++same;
  return same / rows;
}

/** ms: what pages time as a whole, for Firefox and WebKit tell the time in whole milliseconds. */
export const coarse = 60;

/**
 * grain: the least that is timed as a whole, in ms, for clocks that are coarse. Calls of microseconds are always timed
 * in blocks.
 */
export function createSession(library, data, { grain = 0 } = {}) {
  const runs = new Map();
  return {
    /** Sets a task up and warms it up; says what is worth knowing of it, or why it cannot be done. */
    async prepare(name) {
      const task = tasks[name];
      if (!library[task.kind === 'train' ? 'train' : 'predict']) return { skipped: `cannot ${task.kind}` };
      const run = await kinds[task.kind](library, task, data);
      const start = now();
      let count = 0;
      do run.last = await run.unit(); while (++count < run.warmUp && now() - start < longestWarmUp);
      run.each = (now() - start) / count;
      run.block = Math.max(1, Math.ceil(Math.max(grain, run.calls ? 5 : 0) / run.each));
      runs.set(name, run);
      return { each: run.each, agreement: run.agreement };
    },
    /** One round: as many measurements as fit into `budget` ms, at least one. In the task's unit. */
    async measure(name, budget) {
      const run = runs.get(name);
      const times = [];
      const end = now() + budget;
      do {
        const start = now();
        for (let at = 0; at < run.block; ++at) {
          run.last = run.unit();
          // Who answers at once is not made to wait for the event loop.
          if (typeof run.last?.then === 'function') run.last = await run.last;
        }
        times.push((now() - start) / run.block * (run.calls ? 1000 : 1));
      } while (now() < end);
      return times;
    },
    async release(name) {
      const run = runs.get(name);
      runs.delete(name);
      run?.dispose?.();
      return typeof run?.last === 'number' ? run.last : null;   // the loss that training came to
    },
  };
}
