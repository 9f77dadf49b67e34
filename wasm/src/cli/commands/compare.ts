import { flag, number, text } from '../arguments.js';
import { command } from '../command.js';
import { formOptions, givenCsvOptions, readTable } from '../csv-options.js';
import { exitCodes, UsageError } from '../exit-codes.js';
import { margin, percent, plural, points, pointsInterval, probability } from '../figures.js';
import { DataFile, standardStream } from '../files.js';
import { loadPlanner, type PredictionComparison, type ReadCsvOptions } from '../package.js';
import { Progress } from '../progress.js';
import type { Terminal } from '../terminal.js';

const options = {
  label: text('column', 'the true classes (label)'),
  student: text('column', "the student's predictions (student)"),
  ensemble: text('column', "the ensemble's (ensemble)"),
  baseline: text('column', 'those of the same network taught by labels alone (none)'),
  margin: number('share', 'how much accuracy below the ensemble is still enough: 0.01 is a point (0.01)', 0, 0.5),
  confidence: number('share', 'of all intervals (0.95)', 0.5, 0.999),
  json: flag('the figures as JSON instead of sentences'),
  ...formOptions,
};

/** As in a report: of a smaller edge no share is worth its name. */
const smallestEdge = 0.003;

export const compareCommand = command({
  name: 'compare',
  summary: 'what predictions show of a student, its ensemble and its baseline, whoever made them',
  usage: ['<predictions.csv> [--student <column>] [--ensemble <column>] [--baseline <column>]'],
  about: [
    'Reads a CSV file with the true and the predicted classes of each row, and says which differences they show: only rows '
    + 'on which one is right and the other wrong tell two classifiers apart.',
    'They must be rows of the test: nothing may have been chosen by them.',
  ],
  options,
  groups: { 'How the CSV file is read': formOptions },
  examples: [
    'distillery compare predictions.csv --baseline plain',
    'distillery compare answers.csv --label y --student mlp --ensemble forest --json',
  ],

  async run({ values, positionals }, terminal) {
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) throw new UsageError('One CSV file of predictions is needed.');
    if (path === standardStream) throw new UsageError('Predictions are read once for each column: name a file.');
    const { label = 'label', student = 'student', ensemble = 'ensemble', baseline, confidence = 0.95 } = values;
    const wanted = values.margin ?? 0.01, form = givenCsvOptions(values), planner = await loadPlanner();
    const numbers = new Map<string, number>();
    const column = (name: string): Promise<Int32Array> => classesIn(path, name, form, numbers, terminal);
    const truth = await column(label), own = await column(student), teacher = await column(ensemble);
    const plain = baseline === undefined ? undefined : await column(baseline);

    const compare = (a: Int32Array, b: Int32Array): PredictionComparison => planner.comparePredictions(truth, a, b, confidence);
    const toEnsemble = compare(own, teacher);
    const toBaseline = plain && compare(own, plain), edge = plain && compare(teacher, plain);
    if (values.json)
      terminal.answer(JSON.stringify({
        format: 'distillery-comparison', version: 1, margin: wanted, confidence, toEnsemble, toBaseline: toBaseline ?? null,
        edge: edge ?? null, retainedEdge: toBaseline && edge ? retained(toBaseline, edge) : null,
      }));
    else
      terminal.answer(againstEnsemble(toEnsemble, wanted, confidence),
        ...(toBaseline && edge ? [againstBaseline(toBaseline, confidence), ofTheEdge(toBaseline, edge, confidence)] : []));
    return exitCodes.ok;
  },
});

/** One column, its classes by the numbers that they have in all columns. */
async function classesIn(path: string, label: string, form: ReadCsvOptions, numbers: Map<string, number>,
                         terminal: Terminal): Promise<Int32Array> {
  const table = await readTable(new DataFile(path), { ...form, label, unusable: 'ignore' }, new Progress(terminal));
  for (const name of table.classNames) if (!numbers.has(name)) numbers.set(name, numbers.size);
  return table.labels.map((code) => numbers.get(table.classNames[code]!)!);
}

function againstEnsemble({ difference, rows, aRight, bRight, aOnly, bOnly }: PredictionComparison, wanted: number,
                         confidence: number): string {
  const verdict = difference.lower >= -wanted ? `Within ${margin(wanted)} of the ensemble`
    : difference.upper < -wanted ? `More than ${margin(wanted)} below the ensemble`
    : `These rows cannot tell whether it is within ${margin(wanted)} of the ensemble`;
  return `${verdict}: of ${plural(rows, 'row')} the student is right on ${percent(aRight / rows)}, the ensemble on ${
    percent(bRight / rows)}, a difference of ${points(difference.estimate)} points (${pointsInterval(difference, confidence)}). One `
    + `alone is right on ${plural(aOnly + bOnly, 'row')}, the student on ${aOnly} of them.`;
}

function againstBaseline({ difference, rows, bRight, aOnly, bOnly, p }: PredictionComparison, confidence: number): string {
  const verdict = p > 1 - confidence ? 'Inconclusive against the baseline'
    : difference.estimate > 0 ? 'Better than the baseline' : 'Worse than the baseline';
  return `${verdict}, which is right on ${percent(bRight / rows)}: ${points(difference.estimate)} points (${
    pointsInterval(difference, confidence)}), ${aOnly} to ${bOnly} rows, ${probability(p)} (McNemar).`;
}

/** (student − baseline) / (ensemble − baseline); null where there is nothing to divide by. */
const retained = (toBaseline: PredictionComparison, edge: PredictionComparison): number | null =>
  edge.difference.estimate === 0 ? null : toBaseline.difference.estimate / edge.difference.estimate;

function ofTheEdge(toBaseline: PredictionComparison, edge: PredictionComparison, confidence: number): string {
  const { estimate, lower } = edge.difference, share = retained(toBaseline, edge);
  const size = `${points(estimate)} points (${pointsInterval(edge.difference, confidence)})`;
  if (share === null) return 'The ensemble has no edge over the baseline.';
  const said = `Retained edge: ${(share * 100).toFixed(3)}% of the ensemble's ${size} over the baseline.`;
  return lower > smallestEdge ? said : `${said} That edge is too small to divide by: it is not clearly above ${smallestEdge * 100} points.`;
}
