// Runs in the page of same-bytes.html: the package as its files are, without a bundler.
import { distil, loadDistillery } from './dist/index.js';

/** The plan of tests/cpp/distil_tool.cpp. */
const plan = {
  seed: 0,
  teachers: { count: 3, hidden: [16, 8], dropout: [0.3], training: { epochs: 6 } },
  students: { sizes: [[2], [6, 4], [12, 6]], seeds: 2, training: { epochs: 8 } },
};
const instance = await loadDistillery();
const table = instance.generate('moons', { rows: 4000, noise: 0.25, seed: 3 });

const networksIn = (report) => report.teachers.filter(({ state }) => state === 'done').length
  + report.sizes.reduce((sum, { studentsDone, baselinesDone, matchedDone }) => sum + studentsDone + baselinesDone + matchedDone, 0);

window.sameBytes = {
  table: () => [...instance.saveTable(table)],

  async distil(workers) {
    const run = distil(table, plan, { workers });
    await run.report;
    const bytes = [...run.chosen()];
    run.dispose();
    return bytes;
  },

  /**
   * Saved among the teachers, aborted, resumed, and once more at the last baseline (students may all be twins of those).
   * `found`: how many networks each part began with, and in the end how many there should be.
   */
  async interrupted() {
    let resume;
    const found = [];
    for (const part of ['teacher 0 0', 'baseline 2 1', 'end']) {
      const controller = new AbortController();
      const run = distil(table, plan, { workers: 2, signal: controller.signal, resume });
      for await (const event of run) {
        if (event.type === 'started') found.push(networksIn(event.report));
        if (event.type !== 'epoch' || `${event.job.kind} ${event.job.index} ${event.job.seed}` !== part) continue;
        run.pause();   // else small jobs might all be done before the save is
        resume = await run.save();
        controller.abort();
      }
      if (part !== 'end') continue;
      const report = await run.report;
      found.push(networksIn(report), plan.teachers.count + report.sizes.length * plan.students.seeds * 3);
      const chosen = [...run.chosen()];
      run.dispose();
      return { chosen, found };
    }
  },
};
