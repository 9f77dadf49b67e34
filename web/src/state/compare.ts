/** Two earlier runs side by side: what was asked of each, and what came out. */
import { bytes, count, percent, points, signedPoints } from './format.ts';
import { clockTime, type KeptRun } from './kept.ts';
import { differing, settingNames } from './settings.ts';
import type { TradeOff } from './tradeoff.ts';
import { intervalText } from './words.ts';

/** A run with figures to compare. */
export type Finished = KeptRun & { tradeOff: TradeOff };

export const canBeCompared = (run: KeptRun): run is Finished => run.phase === 'finished' && run.tradeOff != null;

/** The ids of the runs to compare, at most two, once this one is chosen or let go of: of three the last two stay. */
export const withPicked = (ids: readonly string[], id: string): string[] => (
  ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id].slice(-2));

/** The two that are chosen, the older one first; null where they are not both there. */
export function pairOf(runs: readonly KeptRun[], ids: readonly string[]): [Finished, Finished] | null {
  const [a, b, ...more] = runs.filter(canBeCompared).filter(({ id }) => ids.includes(id)).sort((one, other) => one.began - other.began);
  return a && b && more.length === 0 ? [a, b] : null;
}

/** "14:02, Letters" */
export const nameOf = (run: KeptRun, now: number): string => `${clockTime(run.began, now)}, ${run.data.name}`;

export interface Row { name: string; a: string; b: string }

function dataText({ data: { name, made, rows, columns, classes } }: KeptRun): string {
  return `${name}, ${made ?? `${count(rows)} rows, ${columns} columns, ${classes} classes`}`;
}

/** Data and settings that differ. */
export function askedRows(a: KeptRun, b: KeptRun): Row[] {
  const rows = differing(a.settings, b.settings).map((name) => ({
    name: settingNames[name], a: a.settings[name] || 'none', b: b.settings[name] || 'none' }));
  const data = { name: 'data', a: dataText(a), b: dataText(b) }, margin = { name: 'margin', a: points(a.plan.margin), b: points(b.plan.margin) };
  return [data, ...rows, margin].filter((row) => row.a !== row.b);
}

/** The answer of each, figure by figure. */
export function answerRows(a: Finished, b: Finished): Row[] {
  const row = (name: string, text: (run: Finished) => string): Row => ({ name, a: text(a), b: text(b) });
  const chosen = ({ tradeOff: { choice, sizes } }: Finished) => (choice.size >= 0 ? sizes[choice.size]! : null);
  return [
    row('recommended', (run) => {
      const size = chosen(run), { status, confirmed } = run.tradeOff.choice;
      if (!size) return 'none';
      return `${count(size.parameters)} parameters${status !== 'chosen' ? ' (the closest: none passes)' : confirmed ? '' : ' (not confirmed)'}`;
    }),
    row('hidden layers', (run) => chosen(run)?.hidden.join(', ') ?? '–'),
    row('its file', (run) => (chosen(run) ? bytes(chosen(run)!.bytes) : '–')),
    row('right on the test rows', (run) => (chosen(run) ? percent(run.tradeOff.choice.testAccuracy) : '–')),
    row('ensemble', ({ tradeOff: { ensemble } }) => (ensemble ? `${percent(ensemble.value)}, ${count(ensemble.parameters)} parameters` : '–')),
    row('student − ensemble', ({ tradeOff: { choice, confidence } }) => (
      choice.size >= 0 ? `${signedPoints(choice.testDifference.estimate)} points (${intervalText(choice.testDifference, confidence)})` : '–')),
  ];
}

/** Why the heights of the two lines cannot simply be compared; null where they can. */
export function caution(a: Finished, b: Finished): string | null {
  if (dataText(a) !== dataText(b)) return 'The two saw different data, so neither line is better for being higher.';
  const { split, seed } = a.plan, drawn = a.data.setId === 'own' || split.officialTestRows === 0;
  if (drawn && (seed !== b.plan.seed || JSON.stringify(split) !== JSON.stringify(b.plan.split)))
    return 'The two were tested on different rows of the data, which alone makes them differ a little.';
  return null;
}

/** Both in one, for the axes of the chart. */
export function both({ tradeOff: a }: Finished, { tradeOff: b }: Finished): TradeOff {
  const ensembles = [a, b].flatMap(({ ensemble }) => ensemble ?? []), largest = Math.max(...ensembles.map(({ parameters }) => parameters));
  const levels = ensembles.map(({ parameters, value }) => ({ size: -1, parameters, value, lower: value, upper: value, count: 1 }));
  return {
    ...a, sizes: [...a.sizes, ...b.sizes], student: [...a.student, ...b.student, ...levels], baseline: [], matched: [], teacher: null,
    ensemble: ensembles.find(({ parameters }) => parameters === largest) ?? null, rowCount: Math.max(a.rowCount, b.rowCount),
  };
}

export function compareCsv(runs: readonly [Finished, Finished]): string {
  const lines = runs.flatMap(({ tradeOff: { sizes, student, rows } }, i) => student.map((mark) => (
    ['AB'[i], rows, sizes[mark.size]!.hidden.join('-'), mark.parameters, mark.value, mark.lower, mark.upper, mark.count].join(','))));
  return `${['run,rows,hidden,parameters,accuracy,lower,upper,seeds', ...lines].join('\n')}\n`;
}
