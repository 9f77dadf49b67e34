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

  /** The flavour with relaxed SIMD, beside the default: of 800 test rows a few may change sides. */
  async fast() {
    const accuracies = [], flavours = [(await loadDistillery({ flavour: 'fast' })).flavour];
    for (const flavour of ['fast', 'simd']) {
      const run = distil(table, plan, { workers: 2, flavour });
      const report = await run.report;
      run.dispose();
      accuracies.push(report.test.ensembleAccuracy.estimate);
      if (flavour === 'fast') flavours.push(report.flavour);
    }
    return { flavours, accuracy: accuracies[0], exact: accuracies[1] };
  },

  /**
   * Stopped, saved, aborted and resumed, twice: at the first epoch that each part tells of. `found`: how many networks each
   * part began with, then how many there were in the end and how many there should be; `stops`: how often it was stopped.
   */
  async interrupted() {
    let resume;
    const found = [];
    for (let stops = 0; ; ++stops) {
      const controller = new AbortController();
      const run = distil(table, plan, { workers: 2, signal: controller.signal, resume });
      for await (const event of run) {
        if (event.type === 'started') found.push(networksIn(event.report));
        if (event.type !== 'epoch' || stops === 2) continue;
        run.pause();   // else small jobs might all be done before the save is
        resume = await run.save();
        controller.abort();
      }
      if (!controller.signal.aborted) {
        const report = await run.report;
        found.push(networksIn(report), plan.teachers.count + report.sizes.length * plan.students.seeds * 3);
        const chosen = [...run.chosen()];
        run.dispose();
        return { chosen, found, stops };
      }
    }
  },
};
