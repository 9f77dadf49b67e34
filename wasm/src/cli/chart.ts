import { curveOf, matchedApart } from './answer.js';
import { count, intervalName, percent, widthsText } from './figures.js';
import { type Html, html } from './html.js';
import type { Interval, Plan, Report, SizeScores } from './package.js';

const width = 760, height = 420;
const frame = { left: 64, right: width - 16, top: 20, bottom: height - 84 };
const across = { x1: frame.left, x2: frame.right };

interface Series {
  kind: 'student' | 'plain' | 'matched';
  name: string;
  of(scores: SizeScores): Interval;
  /** To the right, so that intervals do not hide each other. */
  shift: number;
}

type Scale = (value: number) => number;

/** Accuracy over parameters with intervals, as SVG without script. Kinds differ in shape, not only in colour. */
export function tradeOffChart(report: Report, plan: Plan): Html {
  const { curve, rows } = curveOf(report), ensemble = curve.ensembleAccuracy, series = seriesOf(matchedApart(report));
  const intervals = series.flatMap(({ of }) => curve.sizes.map(of)).filter((interval) => interval.count > 0);
  if (intervals.length === 0) return html`<p>No student is done yet.</p>`;
  const x = logarithmic(report.sizes.map(({ parameters }) => parameters));
  const { y, ticks } = linear([...intervals.flatMap(({ lower, upper }) => [lower, upper]),
    ...(ensemble.count > 0 ? [ensemble.lower, ensemble.upper, ensemble.estimate - plan.margin] : [])]);
  const bars = `bars are ${intervalName(plan.confidence)}s`;
  const label = `Accuracy on the ${rows} rows over the parameters of the student; ${bars}`;
  const middle = { x: (frame.left + frame.right) / 2, y: (frame.top + frame.bottom) / 2 };
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<title>${label}</title>
${ticks.map((tick) => html`${horizontal('grid', across, y(tick))}${
    caption('tick', frame.left - 8, y(tick) + 4, `${Number((tick * 100).toFixed(3))}%`, 'end')}
`)}${ensembleMarks(ensemble, plan.margin, y)}${sizeTicks(report, x)}${horizontal('axis', across, frame.bottom)}
${caption('axis-name', middle.x, frame.bottom + 40, 'parameters of the student (logarithmic)', 'middle')}
<g transform="rotate(-90)">${caption('axis-name', -middle.y, 14, `accuracy on the ${rows} rows`, 'middle')}</g>
${series.map((one) => marks(one, report, curve.sizes, x, y))}${legend(series, ensemble.count > 0)}
</svg>`;
}

/** The student last, so that it lies on top. */
const seriesOf = (withMatched: boolean): Series[] => [
  { kind: 'plain', name: 'plain baseline: labels alone', of: ({ baseline }) => baseline.accuracy, shift: -4 },
  ...(withMatched ? [matchedSeries] : []),
  { kind: 'student', name: 'student', of: ({ student }) => student.accuracy, shift: 0 },
];
const matchedSeries: Series = {
  kind: 'matched', name: 'matched baseline: all but the ensemble',
  of: ({ matched }) => matched.accuracy, shift: 4,
};

/** Drawings need no more than tenths, and so the file is the same from every machine. */
const tenths = (value: number): number => Math.round(value * 10) / 10;

const horizontal = (kind: string, { x1, x2 }: { x1: number; x2: number }, y: number): Html =>
  html`<line class="${kind}" x1="${x1}" x2="${x2}" y1="${y}" y2="${y}"/>`;

const vertical = (kind: string, x: number, y1: number, y2: number): Html =>
  html`<line class="${kind}" x1="${x}" x2="${x}" y1="${y1}" y2="${y2}"/>`;

type Anchor = 'start' | 'middle' | 'end';
const caption = (kind: string, x: number, y: number, text: string, anchor: Anchor = 'start'): Html =>
  html`<text class="${kind}" x="${x}" y="${tenths(y)}" text-anchor="${anchor}">${text}</text>`;

function logarithmic(values: number[]): Scale {
  const least = Math.min(...values), most = Math.max(...values), span = Math.log(most / least);
  const from = frame.left + 30, to = frame.right - 30;
  return (value) => tenths(span > 0 ? from + (to - from) * Math.log(value / least) / span : (from + to) / 2);
}

function linear(values: number[]): { y: Scale; ticks: number[] } {
  const least = Math.max(0, Math.min(...values)), most = Math.min(1, Math.max(...values));
  const room = Math.max(0.005, (most - least) * 0.06);
  const from = Math.max(0, least - room), to = Math.min(1 + room / 2, most + room);
  const step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1].find((size) => (to - from) / size <= 7) ?? 0.2;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= Math.min(1, to); ++i) ticks.push(i * step);
  // Intervals may reach beyond what an accuracy can be: they are cut off there.
  const kept = (value: number): number => Math.min(to, Math.max(from, value));
  const scale = (frame.bottom - frame.top) / (to - from);
  return { y: (value) => tenths(frame.bottom - scale * (kept(value) - from)), ticks };
}

function ensembleMarks({ estimate, lower, upper, count: rows }: Interval, margin: number, y: Scale): Html {
  if (rows === 0) return html``;
  const top = y(upper), bandHeight = tenths(y(lower) - top), bandWidth = frame.right - frame.left;
  return html`<rect class="ensemble-band" x="${frame.left}" y="${top}" width="${bandWidth}" height="${bandHeight}"/>
${horizontal('ensemble', across, y(estimate))}${horizontal('margin', across, y(estimate - margin))}
`;
}

/** A tick below each size; its number only where there is room. */
function sizeTicks({ sizes, choice }: Report, x: Scale): Html {
  let end = -Infinity;
  return html`${sizes.map(({ parameters }, size) => {
    const name = count(parameters), middle = x(parameters), half = 4 * name.length, hasRoom = middle - half > end;
    if (hasRoom) end = middle + half;
    return html`${vertical('axis', middle, frame.bottom, frame.bottom + 5)}${
      size === choice.size ? vertical('chosen', middle, frame.top, frame.bottom) : ''}${
      hasRoom ? caption('tick', middle, frame.bottom + 19, name, 'middle') : ''}
`;
  })}`;
}

function marks({ kind, name, of, shift }: Series, report: Report, scores: SizeScores[], x: Scale, y: Scale): Html {
  const points = report.sizes
    .map((size, index) => ({ ...size, ...of(scores[index]!), at: tenths(x(size.parameters) + shift) }))
    .filter((point) => point.count > 0);
  const path = points.map(({ at, estimate }) => `${at},${y(estimate)}`).join(' ');
  return html`<g class="${kind}"><polyline points="${path}"/>
${points.map(({ at, estimate, lower, upper, hidden, parameters }) => {
    const cap = { x1: at - 3, x2: at + 3 }, interval = `${percent(estimate)} (${percent(lower)} to ${percent(upper)})`;
    return html`<g><title>${`${name}, ${widthsText(hidden)}, ${count(parameters)} parameters: ${interval}`}</title>${
      vertical('bar', at, y(lower), y(upper))}${horizontal('bar', cap, y(lower))}${horizontal('bar', cap, y(upper))}${
      mark(kind, at, y(estimate))}</g>
`;
  })}</g>
`;
}

function mark(kind: Series['kind'], x: number, y: number): Html {
  if (kind === 'student') return html`<circle cx="${x}" cy="${y}" r="4.5"/>`;
  if (kind === 'plain') return html`<rect x="${tenths(x - 3.5)}" y="${tenths(y - 3.5)}" width="7" height="7"/>`;
  return html`<path d="M${x} ${tenths(y - 5)}l5 5l-5 5l-5 -5z"/>`;
}

/** Two columns below the axis. */
function legend(series: Series[], hasEnsemble: boolean): Html {
  const place = (index: number): { x: number; y: number } =>
    ({ x: index % 2 === 0 ? frame.left : (frame.left + frame.right) / 2, y: frame.bottom + (index < 2 ? 58 : 76) });
  const kinds = [...series].reverse().map(({ kind, name }, index) => {
    const { x, y } = place(index);
    return html`<g class="${kind}">${mark(kind, x + 12, y - 4)}</g>${caption('tick', x + 26, y, name)}\n`;
  });
  if (!hasEnsemble) return html`${kinds}`;
  const { x, y } = place(series.length), line = { x1: x, x2: x + 20 };
  return html`${kinds}${horizontal('ensemble', line, y - 7)}${horizontal('margin', line, y - 1)}${
    caption('tick', x + 26, y, 'ensemble with its interval; less the margin (dashed)')}`;
}
