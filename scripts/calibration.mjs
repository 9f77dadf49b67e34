// Whether Distillery's claims hold as often as they say: many draws of made data, on which the truth is known from 100,000
// fresh rows.
//   npm run calibration [-- --draws N --first SEED]
// Half of the draws are built to have a recommendable size; in the other half every size on offer is about as much worse
// than the ensemble as the margin allows, which is where a wrong claim is easiest.

import { parseArgs } from 'node:util';

const margin = 0.01, truthRows = 100_000;
const split = { validation: 0.3, officialTestRows: 3000 };
const teachers = { count: 4, hidden: [64, 32], dropout: [], training: { epochs: 30, batchSize: 64, learningRate: 3e-3, schedule: 'cosine' } };
const tasks = [
  { name: 'has one', shape: 'circles', noise: 0.1, sizes: [[2], [4], [8], [12, 6], [16, 8], [24, 12]] },
  { name: 'has none', shape: 'moons', noise: 0.2, sizes: [[2], [3]] },
];

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const covers = ({ lower, upper }, truth) => lower <= truth && truth <= upper;

/** Share of the rows that a network, or the mean of the logits of several, decides as labelled. */
function accuracy(logits, labels, classes) {
  let right = 0;
  for (let row = 0; row < labels.length; ++row) {
    let best = 0, most = -Infinity;
    for (let c = 0; c < classes; ++c) {
      let sum = 0;
      for (const one of logits) sum += one[row * classes + c];
      if (sum > most) [best, most] = [c, sum];
    }
    right += best === labels[row];
  }
  return right / labels.length;
}

/** One draw: what was claimed, and what is true. */
async function draw(package_, instance, { shape, noise, sizes }, seed) {
  const table = instance.generate(shape, { rows: 7000, noise, seed });
  const run = package_.distil(table, { seed, split, teachers, students: { sizes, seeds: 3 }, margin }, { wasm: instance.module });
  const report = await run.report;
  const fresh = instance.generate(shape, { rows: truthRows, noise, seed: seed + 1e6 });
  const logits = (kind, index, of = 0) => {
    const model = instance.loadModel(run.model(kind, index, of));
    const answers = model.logits(fresh.features);
    model.dispose();
    return answers;
  };
  const judged = (answers) => accuracy(answers, fresh.labels, 2);
  const ensemble = judged(report.teachers.map((_, index) => logits('teacher', index)));
  const differences = sizes.map((_, size) => [0, 1, 2].map((of) => judged([logits('student', size, of)]) - ensemble));
  run.dispose();
  const means = differences.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const { choice, test, sizes: infos } = report;
  const enough = means.findIndex((difference) => difference >= -margin);
  return {
    chosen: choice.status === 'chosen', confirmed: choice.confirmed,
    truth: differences[choice.size]?.[choice.seed],
    parameters: infos[choice.size]?.parameters, enough: infos[enough]?.parameters,
    covered: {
      'accuracy of the ensemble, over rows': [covers(test.ensembleAccuracy, ensemble)],
      'student taken − ensemble, over rows': [covers(choice.testDifference, differences[choice.size][choice.seed])],
      'students of a size − ensemble, over seeds and rows': test.sizes.map(({ difference }, size) => covers(difference, means[size])),
    },
  };
}

const { values } = parseArgs({ options: { draws: { type: 'string', default: '200' }, first: { type: 'string', default: '1' } } });
const draws = Number(values.draws), first = Number(values.first);
if (!Number.isInteger(draws) || draws < 2 || !Number.isInteger(first) || first < 0) {
  console.error('--draws must be a whole number from 2 on, --first one from 0 on.');
  process.exit(2);
}
const package_ = await import('distillery');
const instance = await package_.loadPlanner();
const found = [];
const start = performance.now();
for (let i = 0; i < draws; ++i) {
  const task = tasks[i % tasks.length];
  found.push({ task, ...await draw(package_, instance, task, first + i) });
  if ((i + 1) % 10 === 0) console.log(`${i + 1} of ${draws} draws, ${Math.round((performance.now() - start) / 1000)} s`);
}

let held = true;
const line = (what, value, wanted, holds) => {
  held &&= holds;
  console.log(`${what.padEnd(72)} ${String(value).padStart(8)}  ${wanted}${holds ? '' : '  NOT MET'}`);
};
const percent = (share) => `${(100 * share).toFixed(1)}%`;
const claims = found.filter(({ confirmed }) => confirmed);
const wrong = claims.filter(({ truth }) => truth < -margin);
line(`false claims among ${claims.length} claims in ${draws} draws`, wrong.length, `at most ${Math.floor(0.085 * draws)}`, wrong.length <= Math.floor(0.085 * draws));
const withOne = found.filter(({ task }) => task === tasks[0]);
const chosen = withOne.filter((one) => one.chosen);
line('draws that have a size: one was recommended', percent(chosen.length / withOne.length), 'at least 80%', chosen.length >= 0.8 * withOne.length);
line('of those, confirmed by the test rows', percent(chosen.filter(({ confirmed }) => confirmed).length / chosen.length), 'printed', true);
const ratio = median(chosen.filter(({ enough }) => enough).map(({ parameters, enough }) => parameters / enough));
line('recommended size against the truly smallest, median', ratio.toFixed(2), 'at most 2', ratio <= 2);
for (const what of Object.keys(found[0].covered)) {
  const all = found.flatMap(({ covered }) => covered[what]);
  const share = all.filter(Boolean).length / all.length;
  // Those over seeds as well allow for other seeds, and the truth here is that of the same ones: they should cover more often.
  const overSeeds = what.includes('seeds');
  line(`95% intervals that cover: ${what} (${all.length})`, percent(share), overSeeds ? 'at least 92%' : '92% to 98%',
    share >= 0.92 && (overSeeds || share <= 0.98));
}
console.log(`margin ${margin}, truth from ${truthRows.toLocaleString('en')} rows, ${Math.round((performance.now() - start) / 1000)} s`);
process.exit(held ? 0 : 1);
