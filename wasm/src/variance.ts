import type { Run } from './distil.js';
import { DistilleryError } from './errors.js';
import { completePlan, type DeepPartial } from './plan.js';
import type { Planner } from './planner.js';
import type { NetworkKind, Plan, Table, VarianceReport } from './types.js';

export interface VarianceOptions {
  /** The student's hidden widths. */
  hidden: number[];
  /** How often everything is trained anew, 2 … 1000 (20). */
  resamples?: number;
  onProgress?: (done: number, resamples: number) => void;
}

const kinds = ['teacher', 'ensemble', 'student', 'baseline', 'matched'] as const;

/**
 * Trains everything of a plan anew on resamples of the rows that are not test rows (drawn with replacement, by seed) and
 * takes the loss on the test rows, always the same, apart into bias and variance.
 */
export async function measure(library: Planner, start: (table: Table, plan: DeepPartial<Plan>) => Run, table: Table,
                              given: DeepPartial<Plan> | undefined, { hidden, resamples = 20, onProgress }: VarianceOptions): Promise<VarianceReport> {
  if (!(Number.isInteger(resamples) && resamples >= 2 && resamples <= 1000))
    throw new DistilleryError('invalid_option', 'resamples must be a whole number from 2 to 1000.');
  if (table.unlabelled || table.ensemble)
    throw new DistilleryError('invalid_data', 'Variance is measured with teachers of the plan, on labelled rows alone.');
  const plan = completePlan(given), bench = library.createWorkbench(table, plan);
  const test = bench.testRows();
  bench.dispose();
  if (test.length === 0) throw new DistilleryError('invalid_option', 'Without test rows there is no variance to see.');
  const isTest = new Set(test), others = Uint32Array.from(table.labels.keys()).filter((row) => !isTest.has(row));
  const tested = select(table, test), classes = table.classNames.length;
  const networks: Float32Array[][] = kinds.map(() => []);
  for (let sample = 0; sample < resamples; ++sample) {
    // A seed for each, so that initial weights vary as the rows do.
    const seed = plan.seed + sample;
    const rows = library.bootstrapRows(others.length, seed).map((row) => others[row]!);
    const run = start(select(table, Uint32Array.of(...rows, ...test)), {
      ...plan, seed, split: { ...plan.split, officialTestRows: test.length }, students: { ...plan.students, sizes: [hidden], seeds: 1 },
    });
    try {
      const { teachers, calibration } = await run.report, fills = run.fills();
      const features = tested.features.map((value, i) => (Number.isNaN(value) ? fills[i % table.columns]! : value));
      const answers = (kind: NetworkKind, index: number): Float32Array => {
        const model = library.loadModel(run.model(kind, index));
        const logits = model.logits(features);
        model.dispose();
        return logits;
      };
      const good = [...teachers.keys()].filter((i) => teachers[i]!.state === 'done');
      const logits = good.map((i) => answers('teacher', i)), weights = good.map((i) => teachers[i]!.weight);
      networks[0]!.push(logits[0]!);
      networks[1]!.push(library.combine(logits, classes, { weights, calibration, combination: plan.teachers.combination }));
      for (const [at, kind] of (['student', 'baseline', 'matched'] as const).entries()) networks[2 + at]!.push(answers(kind, 0));
    } finally {
      run.dispose();
    }
    onProgress?.(sample + 1, resamples);
  }
  const { parts, kept } = library.decompose(networks, tested.labels, classes, plan.confidence);
  return {
    resamples, rows: test.length, hidden, kept,
    networks: Object.fromEntries(kinds.map((kind, i) => [kind, parts[i]!])) as VarianceReport['networks'],
  };
}

/** A table of the rows listed, in that order. */
function select({ features, labels, columns, classNames, groups, imputation }: Table, rows: Uint32Array): Table {
  const chosen = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => chosen.set(features.subarray(row * columns, (row + 1) * columns), i * columns));
  return {
    features: chosen, columns, labels: Int32Array.from(rows, (row) => labels[row]!), classNames,
    ...(groups && { groups: Int32Array.from(rows, (row) => groups[row]!) }), ...(imputation && { imputation }),
  };
}
