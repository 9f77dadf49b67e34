// Experiments of their own: each a list of runs, what is kept of one, and the section that is written about all.

import { count, mean, percent, table } from './text.mjs';

const probability = (p) => (p < 0.001 ? p.toExponential(1) : p.toPrecision(2));
const span = ({ estimate, lower, upper }, digits) => `${estimate.toFixed(digits)} (${lower.toFixed(digits)} to ${upper.toFixed(digits)})`;

/** So many of the usual ones. */
const teachersOf = (count, quick) => (quick ? { count: 2, hidden: [8], dropout: [], training: { epochs: 2 } } : { count });
const training = { learningRate: 0.01, schedule: 'cosine' };

/** Korattikara, Rathod, Murphy & Welling 2015, table 2, has the same students on a toy problem. */
export const toy = {
  runs: ['moons', 'circles', 'spirals'].flatMap((shape) => Array.from({ length: 20 }, (_, seed) => ({ kind: 'toy', set: shape, seed }))),
  async figures({ instance, distil }, { set, seed }, quick) {
    const rows = quick ? 300 : 1000, fresh = quick ? 500 : 5000;
    const noise = { moons: 0.3, circles: 0.15, spirals: 0.1 }[set];
    const data = instance.generate(set, { rows: rows + fresh, noise, seed });
    const epochs = quick ? 3 : 60;
    return distil(data, {
      seed, split: { validation: 0.2, officialTestRows: fresh },
      teachers: { count: quick ? 2 : 20, hidden: [10], dropout: [], training: { epochs, ...training } },
      students: {
        sizes: [[10], [10, 10], [100]], seeds: 1, recipe: [{ temperature: 1, softWeight: 1, transfer: true }],
        transfer: { method: 'munge', copies: 10 }, training: { epochs, ...training },
      },
    }, ({ test: { sizes, ensemble } }) => ({
      single: sizes[0].baseline.kl.estimate, students: sizes.map(({ student }) => student.kl.estimate), ensemble: ensemble.accuracy,
    }));
  },
  section(results) {
    const sets = [...new Set(results.map(({ run }) => run.set))];
    return `## Is one student closer to the ensemble than a single network?

Moons (noise 0.3), circles (0.15) and spirals (0.1), 1,000 rows and 5,000 fresh ones, an ensemble of twenty 2-10-2 networks; students
learn from the ensemble alone (T = 1, α = 1) with ten MUNGE rows for each row, 60 epochs; the single network is a 2-10-2 taught by the
labels in as many steps. KL(ensemble ‖ network) on the fresh rows, mean over 20 seeds of everything, and in how many of them the
student is closer.

${table(['set', 'ensemble right', 'single 2-10-2', '2-10-2', '2-10-10-2', '2-100-2'], sets.map((set) => {
    const of = results.filter(({ run }) => run.set === set);
    return [set, percent(mean(of.map(({ ensemble }) => ensemble))), mean(of.map(({ single }) => single)).toFixed(4),
      ...[0, 1, 2].map((i) => `${mean(of.map(({ students }) => students[i])).toFixed(4)} (${of.filter(({ students, single }) => students[i] < single).length} of ${of.length})`)];
  }))}`;
  },
};

/** How many rows made by MUNGE are worth while, at equal steps: an epoch is as long with them as without. */
export const munge = {
  runs: ['letter', 'moons'].flatMap((set) => [0, 5, 25].map((copies) => ({ kind: 'munge', set, seed: 0, copies }))),
  async figures({ instance, distil, tableOf, firstRows }, { set, copies }, quick) {
    // 5,000 rows of letter: of all of them 25 times as many would be more than transfer rows may be.
    const [rows, fresh] = quick ? [300, 200] : set === 'letter' ? [5000, 4000] : [1000, 5000];
    const data = set === 'letter' ? firstRows(await tableOf(set), rows, fresh) : instance.generate(set, { rows: rows + fresh, noise: 0.3, seed: 1 });
    return distil(data, {
      split: { validation: 0.2, officialTestRows: fresh }, teachers: teachersOf(6, quick),
      students: {
        sizes: [set === 'letter' ? [64, 40] : [10, 10]], seeds: quick ? 3 : 20, firstSeeds: quick ? 3 : 20,
        recipe: [{ temperature: 1, softWeight: 1, transfer: copies > 0 }], transfer: { method: copies > 0 ? 'munge' : 'none', copies: copies || 1 },
        training: { epochs: quick ? 3 : 100, ...training },
      },
    }, (report, run) => {
      const test = data.features.subarray(rows * data.columns), labels = data.labels.slice(rows), classes = data.classNames.length;
      const logits = (kind, index, of) => {
        const model = instance.loadModel(run.model(kind, index, of)), answers = model.logits(test);
        model.dispose();
        return answers;
      };
      const ensemble = instance.combine(report.teachers.map((_, i) => logits('teacher', i)), classes);
      const figures = Array.from({ length: report.sizes[0].studentsDone }, (_, of) => instance.figures(logits('student', 0, of), ensemble, labels, classes));
      return { kl: figures.map(({ kl }) => kl), accuracy: report.test.sizes[0].student.accuracy };
    });
  },
  section(results, { instance }) {
    const sets = [...new Set(results.map(({ run }) => run.set))];
    return `## How many rows of MUNGE?

Letter (5,000 rows, 64-40 students) and moons (1,000 rows, 10-10), six teachers, students that learn from the ensemble alone (T = 1,
α = 1), 100 epochs of equal length, 20 seeds. KL(ensemble ‖ student) on test rows; p: Wilcoxon's signed-rank test over
the seeds.

${table(['set', 'copies', 'KL', 'student right', 'p against none', 'p against 5'], sets.flatMap((set) => {
    const [none, five, many] = [0, 5, 25].map((copies) => results.find(({ run }) => run.set === set && run.copies === copies));
    const p = (a, b) => probability(instance.comparePaired(a.kl, b.kl).wilcoxonP);
    return [[set, '0', mean(none.kl).toFixed(4), percent(none.accuracy.estimate), '', ''],
      [set, '5', mean(five.kl).toFixed(4), percent(five.accuracy.estimate), p(five, none), ''],
      [set, '25', mean(many.kl).toFixed(4), percent(many.accuracy.estimate), p(many, none), p(many, five)]];
  }))}`;
  },
};

/** How closely can a student follow, where rows to learn from abound? */
export const fidelity = {
  runs: ['moons', 'spirals'].map((set) => ({ kind: 'fidelity', set, seed: 0 })),
  async figures({ instance, distil }, { set }, quick) {
    const rows = quick ? 300 : 5000, fresh = quick ? 500 : 20_000;
    const data = instance.generate(set, { rows: rows + fresh, noise: 0.2, seed: 3 });
    return distil(data, {
      split: { validation: 0.2, officialTestRows: fresh }, teachers: teachersOf(6, quick),
      students: { sizes: [[8], [16, 8], [32, 16], [64, 32], [96, 64]], seeds: quick ? 2 : 5, firstSeeds: 5, training: { epochs: quick ? 2 : 100 } },
    }, ({ sizes, test }) => ({ sizes: sizes.map(({ parameters }, i) => ({ parameters, agreement: test.sizes[i].student.agreement, kl: test.sizes[i].student.kl })) }));
  },
  section: (results) => `## How closely can a student follow?

5,000 rows of moons and spirals (noise 0.2), six teachers, the default recipe with 100 epochs; agreement with the ensemble on 20,000
fresh rows, in percent, with its interval over seeds.

${table(['set', ...results[0].sizes.map(({ parameters }) => count(parameters))],
    results.map(({ run, sizes }) => [run.set, ...sizes.map(({ agreement: { estimate, lower, upper } }) => `${percent(estimate)} (${percent(lower)} to ${percent(upper)})`)]))}`,
};

/** Does one student keep the ensemble's variance reduction? */
export const variance = {
  runs: ['tutorial', 'letter', 'digits', 'satellite', 'magic'].map((set) => ({ kind: 'variance', set, seed: 0 })),
  async figures({ measureVariance, tableOf, officialTestRows, firstRows }, { set }, quick) {
    const whole = await tableOf(set), official = officialTestRows(set);
    // Of the large sets 4,000 rows: twenty resamples of all would take hours, and fewer rows leave more variance to see.
    const data = quick ? firstRows(whole, 300, 100) : official === 0 && whole.labels.length < 5000 ? whole : firstRows(whole, 4000, 2000);
    const plan = {
      split: { officialTestRows: data === whole ? 0 : quick ? 100 : 2000 }, teachers: teachersOf(12, quick),
      students: quick ? { training: { epochs: 1 }, trials: 1, recipe: [{}] } : { recipe: [{ temperature: 1, softWeight: 0.9, transfer: true }] },
    };
    return measureVariance(data, plan, { hidden: [64, 32], resamples: quick ? 3 : 20 });
  },
  section: (results) => `## Does one student keep the ensemble's variance reduction?

Everything trained anew on 20 resamples of the rows that are not test rows (of letter, satellite and magic 4,000 of them), twelve
teachers, 64-32 students with T = 1, α = 0.9 and transfer rows. Variance of the log-loss on test rows, in nats (Heskes 1998; Yang et
al. 2020), and of the error rate, in points (Kohavi & Wolpert 1996), which with twenty resamples come out 5% too small for all alike.
*Kept*: (teacher − student) / (teacher − ensemble) of the former, with the jackknife's interval.

${table(['set', 'teacher', 'ensemble', 'student', 'matched', 'plain', 'kept', 'errors: teacher', 'ensemble', 'student', 'bias: teacher', 'ensemble', 'student'], results.map(({ run, networks: of, kept }) => [
    run.set, ...['teacher', 'ensemble', 'student', 'matched', 'baseline'].map((kind) => of[kind].nll.variance.toFixed(4)), kept.count ? span(kept, 2) : 'nothing to keep',
    ...['teacher', 'ensemble', 'student'].map((kind) => (100 * of[kind].error.variance).toFixed(2)),
    ...['teacher', 'ensemble', 'student'].map((kind) => of[kind].nll.bias.toFixed(4))]))}`,
};
