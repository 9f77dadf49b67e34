// Runs in the page of same-bytes.html: the package as its files are, without a bundler.
import { distil, loadDistillery } from './dist/index.js';

/** The plan of tests/cpp/distil_tool.cpp. */
const plan = {
  seed: 0,
  teachers: { count: 3, hidden: [16, 8], dropout: [0.3], training: { epochs: 6 } },
  students: { sizes: [[2], [6, 4], [12, 6]], seeds: 2, transfer: { method: 'munge' }, training: { epochs: 8, schedule: 'cosine' } },
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
   * Saved among the teachers, aborted, resumed, and once more among the students.
   * `found`: how many networks each part began with.
   */
  async interrupted() {
    let resume;
    const found = [];
    for (const kind of ['teacher', 'student', 'end']) {
      const controller = new AbortController();
      const run = distil(table, plan, { workers: 2, signal: controller.signal, resume });
      for await (const event of run) {
        if (event.type === 'started') found.push(networksIn(event.report));
        if (event.type !== 'epoch' || event.job.kind !== kind) continue;
        run.pause();   // else small jobs might all be done before the save is
        resume = await run.save();
        controller.abort();
      }
      if (kind !== 'end') continue;
      found.push(networksIn(await run.report));
      const chosen = [...run.chosen()];
      run.dispose();
      return { chosen, found };
    }
  },
};
