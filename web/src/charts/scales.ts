import type { TradeOff } from '../state/tradeoff.ts';

export interface Scales {
  x: (parameters: number) => number;
  /** Of an accuracy: each halving of the mistakes is one step up. */
  y: (accuracy: number) => number;
  xTicks: number[];
  yTicks: number[];
}

/** From a domain to a range, evenly in the logarithm. d3-scale would bring colours and formats that nothing here uses. */
function logarithmic([from, to]: [number, number], [start, end]: [number, number]): (value: number) => number {
  const span = Math.log(to / from);
  return (value) => start + (Math.log(value / from) / span) * (end - start);
}

/** Round numbers across a domain, about so many: 1, 2 or 5 times a power of ten apart. */
export function roundTicks(from: number, to: number, about: number): number[] {
  const rough = (to - from) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.75) ?? 10 * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

export interface Frame { left: number; right: number; top: number; bottom: number }

/** Least steps of the axis: with fewer, small differences would look like cliffs. */
const leastHalvings = 2.7;

/** Accuracies whose mistakes halve from line to line: 20, 60, 80, 90, 95, 97.5 … */
function gridAccuracies(most: number, least: number): number[] {
  const lines: number[] = [];
  for (let mistakes = 0.8; mistakes > least; mistakes /= 2) if (mistakes <= most) lines.push(1 - mistakes);
  return lines;
}

export function scalesFor(data: TradeOff, frame: Frame): Scales {
  const marks = [...data.student, ...data.baseline];
  const values = [
    // Bands may be cut off: one that is wide must not squeeze everything else.
    ...marks.flatMap((mark) => [mark.value, Math.max(mark.lower, mark.value - 0.03)]),
    ...(data.ensemble ? [data.ensemble.value, Math.max(0, data.ensemble.value - data.margin)] : []),
    ...(data.teacher ? [data.teacher.value] : []),
  ];
  const floor = data.rowCount > 0 ? 0.5 / data.rowCount : 0.001;   // fewer mistakes than half a row cannot be seen
  const mistakes = values.map((value) => Math.min(1, Math.max(floor, 1 - value)));
  let most = Math.max(...(mistakes.length ? mistakes : [0.3])) * 1.12;
  let least = Math.max(floor, Math.min(...(mistakes.length ? mistakes : [0.02])) / 1.3);
  const missing = leastHalvings - Math.log2(most / least);
  if (missing > 0) {
    most *= 2 ** (missing * 0.75);
    least /= 2 ** (missing * 0.25);
  }
  if (most > 1) most = 1;
  if (data.rows === 'validation' && !data.over) {
    // Room for what is still to come, and a frame that moves in steps and seldom.
    most = Math.min(1, 2 ** (Math.ceil(Math.log2(Math.max(most, 0.22)) * 2) / 2));
    least = 2 ** (Math.floor(Math.log2(least) * 2) / 2);
  }
  const up = logarithmic([most, least], [frame.bottom, frame.top]);
  const y = (accuracy: number) => up(Math.min(1, Math.max(least / 2, 1 - accuracy)));

  const smallest = Math.min(...data.sizes.map((size) => size.parameters));
  const largest = data.ensemble?.parameters ?? Math.max(...data.sizes.map((size) => size.parameters));
  const span = Math.log10(Math.max(10, largest / smallest));
  const from = smallest / 10 ** (span * 0.02), to = largest * 10 ** (span * 0.03);
  const x = logarithmic([from, to], [frame.left, frame.right]);
  const ticksAt = (factors: number[]): number[] => {
    const ticks: number[] = [];
    for (let power = 1; power <= to; power *= 10)
      ticks.push(...factors.map((factor) => factor * power).filter((tick) => tick >= from && tick <= to));
    return ticks;
  };
  const decades = ticksAt([1]);
  const xTicks = decades.length > 1 ? decades : ticksAt([1, 2, 5]);   // one label alone is no axis
  return { x, y, xTicks, yTicks: gridAccuracies(most, least) };
}

export const tickPercent = (accuracy: number): string => `${Number((accuracy * 100).toFixed(3))}%`;
