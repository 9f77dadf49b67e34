import {
  bytes, count, intervalName, margin, percent, plural, points, pointsInterval, probability, times, widthsText,
} from './figures.js';
import type { Curve, Interval, Plan, Recipe, Report } from './package.js';

// What a report says, in sentences and in one table, for the terminal and for the page alike.

/** The rows that figures are told of: the test rows once they are scored. */
export function curveOf({ finished, test, validation }: Report): { curve: Curve; rows: 'test' | 'validation' } {
  return finished && test.rows > 0 ? { curve: test, rows: 'test' } : { curve: validation, rows: 'validation' };
}

/** The first sentence is the answer; the others say how sure it is and what distilling adds. */
export function answerOf(report: Report, plan: Plan, marginChangedLate: boolean): string[] {
  const { choice, sizes, ensembleParameters } = report, size = sizes[choice.size];
  if (!report.finished)
    return ['This run is not finished: its figures are provisional, and the test rows have not been looked at.'];
  if (choice.status === 'no_rows') return ['No size can be recommended: there are no validation rows to choose by.'];
  if (!size) return ['No size was chosen: every student diverged. Lower the learning rate.'];
  const name = `${plural(size.parameters, 'parameter')} (hidden layers ${widthsText(size.hidden)})`;
  const within = `within ${margin(plan.margin)} of the ensemble's accuracy`;
  const headline = choice.status === 'none' ? `No size is ${within}. The closest has ${name}.`
    : !choice.confirmed
      ? `A student of ${name} was chosen on the validation rows, but the test rows do not confirm that it is ${within}.`
    : `A student of ${name} is enough: ${ensembleParameters > 0
      ? `${times(ensembleParameters / size.parameters)} times smaller than the ensemble, and ` : ''}${within}.`;
  const lines = [headline];
  const { rows, ensembleAccuracy, sizes: scores } = report.test, own = scores[choice.size];
  if (rows > 0 && own) {
    lines.push(`On the ${plural(rows, 'test row')} it is right on ${percent(choice.testAccuracy)}, the ${
      report.teachers.length > 0 ? `ensemble of ${plural(report.teachers.length, 'teacher')}` : 'given ensemble'} on ${percent(ensembleAccuracy.estimate)}: a difference of `
      + `${differenceText(choice.testDifference, plan.confidence)}.`);
    lines.push(gainSentence(own.matchedGain, own.matchedGainP, recipeOf(report, choice.size), plan));
    const tried = report.trials.find(({ first, last }) => first <= choice.size && choice.size <= last);
    if (tried && size.recipe >= 0)
      lines.push(`How it was taught, ${recipeName(report.recipes[size.recipe]!)}, is what did best of `
        + `${plural(tried.candidates.length, 'recipe')} in trials on the validation rows.`);
  }
  if (marginChangedLate)
    lines.push('The margin was changed after the test rows had been scored: they no longer test it afresh.');
  if (report.flavour === 'fast') lines.push("Made by the flavour 'fast': the last digits depend on the machine.");
  return lines;
}

/** How the students of a size are taught; undefined: not chosen yet. */
export const recipeOf = (report: Report, size: number): Recipe | undefined => report.recipes[report.sizes[size]?.recipe ?? -1];

/** Whether some size has a matched baseline that is neither the plain one nor the student. */
export const matchedApart = (report: Report): boolean => report.sizes.some((_, size) => {
  const recipe = recipeOf(report, size);
  return recipe !== undefined && recipe.transfer && recipe.softWeight > 0;
});

export const recipeName = ({ temperature, softWeight, transfer, loss = 'divergence', assistant }: Recipe): string =>
  (softWeight === 0 ? 'labels'
    : `T ${temperature}, ${softWeight}${loss === 'divergence' ? '' : `, ${loss}`}${assistant ? ', by the assistant' : ''}`)
  + (transfer ? ' + rows' : '');

const differenceText = (difference: Interval, confidence: number, more = ''): string =>
  `${points(difference.estimate)} points (${pointsInterval(difference, confidence)}${more})`;

/** Credits nothing that the interval does not show. */
function gainSentence(gain: Interval, p: number, recipe: Recipe | undefined, { confidence }: Plan): string {
  if (recipe?.softWeight === 0) return 'It was taught by labels alone: at this size nothing is distilled.';
  const twin = 'the same networks taught '
    + (recipe?.transfer ? 'by the same recipe but without the ensemble' : 'by the labels alone');
  if (gain.count === 0) return `How ${twin} would do is not known: they diverged.`;
  if (gain.count === 1)
    return `Beside ${twin}: ${points(gain.estimate)} points, from one pair, so nobody knows how sure that is.`;
  const figures = differenceText(gain, confidence, `, ${probability(p)}, ${gain.count} pairs`);
  if (gain.lower > 0) return `Distilling gains ${figures} over ${twin}.`;
  if (gain.upper < 0) return `Distilling loses: ${figures} beside ${twin}.`;
  return `Distilling shows no clear gain over ${twin}: ${figures}.`;
}

export interface Table {
  columns: { title: string; meaning: string }[];
  rows: string[][];
  /** Which row is the chosen size; −1: none. */
  chosen: number;
}

/** How many networks of a kind a size has. */
export function seedsText({ students: { seeds, firstSeeds } }: Plan): string {
  return firstSeeds < seeds ? `${count(firstSeeds)} to ${count(seeds)} seeds` : plural(seeds, 'seed');
}

/** The trade-off: a line per size. */
export function tradeOffTable(report: Report, plan: Plan, curve: Curve): Table {
  const apart = matchedApart(report), seeds = seedsText(plan);
  const columns = [
    { title: 'hidden', meaning: 'widths of the hidden layers' },
    { title: 'parameters', meaning: 'weights and biases' },
    { title: 'bytes', meaning: 'of the parameters, as float32' },
    { title: 'recipe',
      meaning: 'temperature and weight of the soft targets, or labels alone; + rows: with transfer rows' },
    { title: 'student',
      meaning: `accuracy in percent, mean of ${seeds} [${intervalName(plan.confidence)}]: by that recipe` },
    { title: 'plain', meaning: 'the same networks, taught by the labels alone' },
    ...(apart ? [{ title: 'matched',
      meaning: "labels alone, but with the transfer rows of the student's recipe" }] : []),
    { title: 'gain',
      meaning: `student − ${apart ? 'matched' : 'plain'}, in points, paired by seed: what the ensemble adds` },
    { title: 'to ensemble', meaning: 'student − ensemble, in points, over seeds and rows' },
  ];
  const rows = curve.sizes.map(({ student, baseline, matched, gain, matchedGain, difference }, at) => {
    const size = report.sizes[at]!;
    return [
      widthsText(size.hidden), count(size.parameters), bytes(size.bytes),
      ((recipe) => (recipe ? recipeName(recipe) : '–'))(recipeOf(report, at)),
      share(student.accuracy), share(baseline.accuracy),
      ...(apart ? [share(matched.accuracy)] : []), shift(apart ? matchedGain : gain), shift(difference),
    ];
  });
  return { columns, rows, chosen: report.choice.size };
}

const withInterval = (format: (value: number) => string) => ({ estimate, lower, upper, count }: Interval): string =>
  count === 0 ? '–' : count === 1 ? format(estimate) : `${format(estimate)} [${format(lower)}, ${format(upper)}]`;

export const share = withInterval((value) => percent(value).slice(0, -1));
export const shift = withInterval(points);

/** The table as lines of text, with what each column is below. */
export function tableLines({ columns, rows, chosen }: Table): string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: string[], mark: string): string => `${mark} ${row.map((cell, column) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)).join('  ')}`;
  const longest = Math.max(...columns.map(({ title }) => title.length));
  return [
    ...all.map((row, at) => line(row, at - 1 === chosen ? '>' : ' ')), '',
    ...columns.map(({ title, meaning }) => `  ${title.padEnd(longest)}  ${meaning}`),
    `  ${'>'.padEnd(longest)}  the chosen size`,
  ];
}
