// The reference experiment, as published but over many seeds: 12 teachers of 46,658 parameters on the 4,000 training rows
// of data/tutorial.csv.gz, one student of 3,490, its plain baseline, and all of them on the 1,000 test rows.
//   npm run reference [-- --seeds N]

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { referencePlan as plan } from './reference-plan.mjs';

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) * values.length / (values.length - 1));

/** package_: the npm package; changes: of the plan, for a smaller version; onRun hears of each run. */
export async function referenceExperiment(package_, { seeds, plan: changes = {}, onRun = () => {} }) {
  const table = await package_.readCsv(await readFile(new URL('../data/tutorial.csv.gz', import.meta.url)));
  const instance = await package_.loadPlanner();
  const runs = [];
  for (let seed = 0; seed < seeds; ++seed) {
    const job = package_.distil(table, { ...plan, teachers: { ...plan.teachers, ...changes.teachers }, seed }, { wasm: instance.module });
    const { test } = await job.report;
    job.dispose();
    const [{ student, baseline }] = test.sizes;
    runs.push({
      teacher: test.teacherAccuracy.estimate, ensemble: test.ensembleAccuracy.estimate,
      student: student.accuracy.estimate, baseline: baseline.accuracy.estimate,
    });
    onRun(seed, runs.at(-1));
  }
  const column = (name) => runs.map((run) => run[name]);
  const summary = (of) => Object.fromEntries(Object.keys(runs[0]).map((name) => [name, of(column(name))]));
  return { runs, means: summary(mean), deviations: summary(deviation), gain: instance.comparePaired(column('student'), column('baseline')) };
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({ options: { seeds: { type: 'string', default: '20' } } });
  const seeds = Number(values.seeds);
  if (!Number.isInteger(seeds) || seeds < 2) {
    console.error('--seeds must be a whole number from 2 on.');
    process.exit(2);
  }
  const line = (...cells) => console.log(cells.map((cell) => String(cell).padStart(9)).join(' '));
  const row = (name, { teacher, ensemble, student, baseline }, digits) =>
    line(name, ...[teacher, ensemble, student, baseline].map((value) => value.toFixed(digits)));
  const start = performance.now();
  line('seed', 'teachers', 'ensemble', 'student', 'baseline');
  const { means, deviations, gain } = await referenceExperiment(await import('distillery'), { seeds, onRun: (seed, run) => row(seed, run, 4) });
  row('mean', means, 4);
  row('± sd', deviations, 4);
  const points = (value) => (100 * value).toFixed(2);
  const { estimate, lower, upper } = gain.difference;
  console.log(`student − baseline: ${points(estimate)} points (95% interval ${points(lower)} to ${points(upper)}), paired t over ${seeds} seeds, p = ${gain.p.toPrecision(2)}`);
  console.log(`${Math.round((performance.now() - start) / 1000)} s`);
}
