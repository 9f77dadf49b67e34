// The study: what Distillery finds on the shipped sets. Writes docs/study.json and docs/study.md.
//   npm run study [-- --only tutorial,toy] [-- --quick]     of sets, and of toy, munge, fidelity, variance
// Every run's figures are kept in build/study, so a study that was stopped goes on where it was. --quick: a few minutes'
// worth of small runs into build/study-quick, to see that it works.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { distil, loadPlanner, measureVariance, readCsv } from 'distillery';
import * as experiments from './study/experiments.mjs';
import { count, mean, percent, table } from './study/text.mjs';

const root = join(import.meta.dirname, '..');
const { values: options } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } } });
const folder = join(root, 'build', options.quick ? 'study-quick' : 'study');
mkdirSync(folder, { recursive: true });
const instance = await loadPlanner();

// ---- what is run ----------------------------------------------------------------------------------------------------

const sets = { tutorial: 0, letter: 4000, satellite: 2000, digits: 0, magic: 0 };   // official test rows; 0: drawn by seed
const asked = options.only?.split(',') ?? Object.keys(sets);   // sets, or kinds of experiments
const wanted = asked.filter((name) => name in sets);
const textbook = { recipe: [{ temperature: 3, softWeight: 0.7, transfer: false }], training: { learningRate: 1e-3, schedule: 'constant' } };
const recipes = [1, 3].flatMap((temperature) => [0.5, 0.9].map((softWeight) => ({ temperature, softWeight })))
  .concat({ temperature: 1, softWeight: 0 }).flatMap((recipe) => [false, true].map((transfer) => ({ ...recipe, transfer })));
const recipeName = ({ temperature, softWeight, transfer }) =>
  (softWeight === 0 ? 'labels' : `T ${temperature}, α ${softWeight}`) + (transfer ? ' + transfer rows' : '');
const ladder = [[4], [12, 6], [32, 16], [96, 48]];
/** Other ways to teach, all with T = 3, α = 0.9 and no transfer rows: docs/recipes.md. */
const usual = { temperature: 3, softWeight: 0.9, transfer: false };
const ways = [
  { name: 'matched logits', recipe: { ...usual, loss: 'logits' } },
  { name: 'decoupled', recipe: { ...usual, loss: 'decoupled' } },
  { name: 'an assistant of 64-32', recipe: { ...usual, assistant: true }, students: { assistants: [[64, 32]] } },
  { name: 'born again twice', recipe: { ...usual, assistant: true }, students: { assistants: [[256, 128, 64], [256, 128, 64]] } },
  { name: 'out-of-fold targets, 4 folds', recipe: usual, teachers: { folds: 4 } },
  { name: 'calibrated ensemble', recipe: usual, teachers: { calibrated: true } },
  { name: 'fitted weights', recipe: usual, teachers: { fittedWeights: true } },
  { name: "teachers' patience 5", recipe: usual, teachers: { patience: 5 } },
];

/** kind: the table that a run's figures go to; change: of the table, see `changed`. */
const runs = wanted.flatMap((set) => [
  ...(set === 'tutorial' ? [0, 1, 2] : [0]).map((seed) => ({ kind: 'default', set, seed, students: { seeds: 10 } })),
  { kind: 'textbook', set, seed: 0, students: { ...textbook, seeds: 10 } },
  ...recipes.map((recipe) => ({ kind: 'recipe', set, seed: 0, students: { recipe: [recipe], sizes: ladder, seeds: 5 } })),
  ...ways.map(({ name, recipe, teachers, students }) => (
    { kind: 'recipe', name, set, seed: 0, teachers, students: { ...students, recipe: [recipe], sizes: ladder, seeds: 5 } })),
  ...[1, 4].map((count) => ({ kind: 'teachers', set, seed: 0, teachers: { count }, students: { sizes: ladder } })),
  ...[100, 400].map((keep) => ({ kind: 'few labels', set, seed: 0, change: { keep }, students: { sizes: ladder } })),
  ...[0.1, 0.3].map((flip) => ({ kind: 'label noise', set, seed: 0, change: { flip }, students: { sizes: ladder } })),
]);
const apart = Object.values(experiments).flatMap((experiment) => experiment.runs.map((run) => ({ run, experiment })))
  .filter(({ run }) => !options.only || asked.includes(run.kind));

const small = (run) => ({ ...run, teachers: { ...run.teachers, count: Math.min(2, run.teachers?.count ?? 2), hidden: [16], dropout: [], training: { epochs: 3 }, ...(run.teachers?.folds && { folds: 2 }) },
  students: { ...run.students, sizes: [[2], [8]], seeds: 2, trials: 1, training: { ...run.students.training, epochs: 3 } } });

/** A number in [0, 1) for each row, by nothing but its number. */
const drawn = (row) => createHash('sha256').update(`row ${row}`).digest().readUInt32LE() / 2 ** 32;

/** keep: so many labelled training rows and no more, the test rows as they are; flip: share of training labels that are wrong. */
function changed(table, testRows, { keep, flip = 0 }) {
  const classes = table.classNames.length, all = table.labels.length;
  const train = [...Array(all - testRows).keys()].sort((a, b) => drawn(a) - drawn(b)).slice(0, keep ? Math.round(keep / 0.8) : undefined).sort((a, b) => a - b);
  const rows = [...train, ...Array.from({ length: testRows }, (_, i) => all - testRows + i)];
  const features = new Float32Array(rows.length * table.columns), labels = new Int32Array(rows.length);
  rows.forEach((row, i) => {
    features.set(table.features.subarray(row * table.columns, (row + 1) * table.columns), i * table.columns);
    const wrong = i < train.length && drawn(row + all) < flip;
    labels[i] = wrong ? (table.labels[row] + 1 + Math.floor(drawn(row + 2 * all) * (classes - 1))) % classes : table.labels[row];
  });
  return { ...table, features, labels };
}

/** Rows in an order of no meaning, so that the last of them can be the test rows. */
function shuffled(table) {
  const order = [...table.labels.keys()].sort((a, b) => drawn(a + 0.5) - drawn(b + 0.5));
  const features = new Float32Array(table.features.length);
  order.forEach((row, i) => features.set(table.features.subarray(row * table.columns, (row + 1) * table.columns), i * table.columns));
  return { ...table, features, labels: Int32Array.from(order, (row) => table.labels[row]) };
}

const tables = {};
async function tableOf(set) {
  tables[set] ??= await readCsv(readFileSync(join(root, 'data', `${set}.csv.gz`)));
  return tables[set];
}

async function figuresOf(run) {
  const { set, seed, teachers = {}, students, change } = options.quick ? small(run) : run;
  let table = await tableOf(set), officialTestRows = sets[set];
  if (change) {
    if (officialTestRows === 0) {
      table = shuffled(table);
      officialTestRows = Math.round(table.labels.length / 5);
    }
    table = changed(table, officialTestRows, change);
  }
  const job = distil(table, { seed, split: { officialTestRows }, teachers, students: { firstSeeds: students.seeds ?? 5, ...students } }, { wasm: instance.module });
  const report = await job.report;
  job.dispose();
  const { test, choice } = report;
  return {
    run, rows: report.rows, classes: report.classes,
    teacher: test.teacherAccuracy, ensemble: { ...test.ensemble, interval: test.ensembleAccuracy }, teacherParameters: report.teacherParameters,
    choice, recipes: report.recipes, trials: report.trials,
    sizes: report.sizes.map((size, i) => ({ hidden: size.hidden, parameters: size.parameters, recipe: report.recipes[size.recipe], ...test.sizes[i] })),
  };
}

async function kept(run, measure) {
  const name = createHash('sha256').update(JSON.stringify([run, instance.version])).digest('hex').slice(0, 12);
  const file = join(folder, `${run.set}-${run.kind.replace(' ', '-')}-${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const start = performance.now(), figures = await measure(run);
  writeFileSync(`${file}.part`, JSON.stringify(figures));
  renameSync(`${file}.part`, file);
  const which = run.name ?? run.change ?? run.teachers ?? run.students?.recipe?.[0] ?? run.copies ?? run.seed;
  console.log(`${run.set}, ${run.kind} ${JSON.stringify(which)}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return figures;
}

/** What an experiment needs. distil: trains, and gives what `use` makes of report and run. */
const tools = {
  instance, tableOf, firstRows, officialTestRows: (set) => sets[set],
  distil: async (table, plan, use) => {
    const run = distil(table, plan, { wasm: instance.module });
    const found = use(await run.report, run);
    run.dispose();
    return found;
  },
  measureVariance: (table, plan, rest) => measureVariance(table, plan, { ...rest, wasm: instance.module }),
};
/** So many rows in an order of no meaning, then test rows. */
function firstRows(table, rows, testRows) {
  const { features, labels, ...rest } = shuffled(table), all = rows + testRows;
  return { ...rest, features: features.slice(0, all * table.columns), labels: labels.slice(0, all) };
}

const results = [], found = new Map(Object.values(experiments).map((experiment) => [experiment, []]));
for (const run of runs) results.push(await kept(run, figuresOf));
for (const { run, experiment } of apart)
  found.get(experiment).push(await kept(run, async () => ({ run, ...await experiment.figures(tools, run, options.quick) })));

// ---- what is written ------------------------------------------------------------------------------------------------

const points = (share) => `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(2)}`;
const of = (kind, set) => results.filter(({ run }) => run.kind === kind && run.set === set);
const at = (figures) => figures.sizes[figures.choice.size];
/** The smallest size from which on no size of the curve falls below the mean teacher. */
const asATeacher = ({ sizes, teacher }) => sizes.findLast((size, i) => size.student.accuracy.estimate >= teacher.estimate
  && !(sizes[i - 1]?.student.accuracy.estimate >= teacher.estimate))?.parameters;
const verdict = ({ choice }) => (choice.status !== 'chosen' ? 'none passes; the closest' : choice.confirmed ? 'confirmed' : 'not confirmed');

const sections = [];
const defaults = wanted.flatMap((set) => of('default', set));
if (defaults.length > 0) sections.push(`## The default recipe

Twelve teachers, ${options.quick ? 2 : 10} seeds a size, recipe chosen by trials. "Taken": the recommended size and whether the test rows confirm it. *Worse*: sizes whose
students are significantly below their matched baseline after Holm's correction.

${table(['set, seed', 'train / test rows', 'mean teacher', 'ensemble', 'taken, parameters', 'student', 'plain', 'matched', 'worse', 'mean of student − matched', 'lowest', 'as good as a teacher from'],
    defaults.map((figures) => {
      const gains = figures.sizes.map(({ matchedGain }) => matchedGain.estimate), taken = at(figures);
      return [`${figures.run.set}, ${figures.run.seed}`, `${count(figures.rows.train)} / ${count(figures.rows.test)}`, percent(figures.teacher.estimate), percent(figures.ensemble.accuracy),
        `${count(taken.parameters)} (${verdict(figures)})`, percent(taken.student.accuracy.estimate), percent(taken.baseline.accuracy.estimate), percent(taken.matched.accuracy.estimate),
        figures.sizes.filter(({ matchedGain, matchedGainHolm }) => matchedGain.estimate < 0 && matchedGainHolm < 0.05).length,
        points(mean(gains)), points(Math.min(...gains)), asATeacher(figures) ? count(asATeacher(figures)) : 'no size'];
    }))}`);

for (const set of wanted) {
  const [figures] = of('default', set), [book] = of('textbook', set);
  const [, ...rest] = of('default', set);
  sections.push(`## ${set}

${table(['parameters', 'recipe', 'student', 'plain', 'matched', 'student − plain (p, Holm)', 'student − matched (p, Holm)', 'KL', 'agreement', 'ECE', "textbook's student", "textbook's KL"],
    figures.sizes.map((size, i) => [`${i === figures.choice.size ? '**' : ''}${count(size.parameters)}${i === figures.choice.size ? '**' : ''}`, recipeName(size.recipe), percent(size.student.accuracy.estimate), percent(size.baseline.accuracy.estimate),
      percent(size.matched.accuracy.estimate), `${points(size.gain.estimate)} (${size.gainHolm.toPrecision(2)})`, `${points(size.matchedGain.estimate)} (${size.matchedGainHolm.toPrecision(2)})`,
      size.student.kl.estimate.toFixed(4), percent(size.student.agreement.estimate), size.student.ece.estimate.toFixed(3),
      percent(book.sizes[i].student.accuracy.estimate), book.sizes[i].student.kl.estimate.toFixed(4)]))}

Recommended: ${count(at(figures).parameters)} parameters (${verdict(figures)})${rest.map((other) => `; with seed ${other.run.seed} ${count(at(other).parameters)} (${verdict(other)})`).join('')}. Its KL(ensemble ‖ student) is ${(at(figures).student.kl.estimate / book.sizes[figures.choice.size].student.kl.estimate).toFixed(2)} times the textbook recipe's.

Recipes one by one, student − matched baseline in points (KL):

${table(['recipe', ...of('recipe', set)[0].sizes.map(({ parameters }) => count(parameters))],
    of('recipe', set).map((one) => [one.run.name ?? recipeName(one.run.students.recipe[0]), ...one.sizes.map((size) => (one.run.students.recipe[0].softWeight === 0
      ? `${percent(size.student.accuracy.estimate)}% right (${size.student.kl.estimate.toFixed(3)})`
      : `${percent(size.student.accuracy.estimate)}%, ${points(size.matchedGain.estimate)} (${size.student.kl.estimate.toFixed(3)})`))]))}

Where it helps, by student − plain baseline in points (p, Holm):

${table(['changed', 'ensemble', ...of('teachers', set)[0].sizes.map(({ parameters }) => count(parameters))],
    ['teachers', 'few labels', 'label noise'].flatMap((kind) => of(kind, set)).map((one) => [
      one.run.teachers ? `${one.run.teachers.count} teacher${one.run.teachers.count > 1 ? 's' : ''}` : one.run.change.keep ? `${one.run.change.keep} training rows` : `${100 * one.run.change.flip}% of labels wrong`,
      percent(one.ensemble.accuracy), ...one.sizes.map((size) => `${points(size.gain.estimate)} (${size.gainHolm.toPrecision(2)})`)]))}`);
}

for (const [experiment, list] of found) if (list.length > 0) sections.push(experiment.section(list, tools));

const machine = `${cpus()[0].model}, ${cpus().length} cores, Node ${process.versions.node}`;
const target = options.quick ? folder : join(root, 'docs');
/** Six digits: more would be only bytes. */
const short = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
const experimental = [...found.values()].flat();
writeFileSync(join(target, 'study.json'), `${JSON.stringify({ version: instance.version, machine, results, experiments: experimental }, short)}\n`);
writeFileSync(join(target, 'study.md'), `# The study

What \`npm run study\` measured with Distillery ${instance.version} (${machine}).
All figures are of test rows, in percent right where nothing else is said; they are the same on every machine.

${sections.join('\n\n')}
`);
console.log(`${join(target, 'study.md')} is written.`);
