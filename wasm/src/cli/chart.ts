import { curveOf } from './answer.js';
import { count, percent, widthsText } from './figures.js';
import { type Html, html } from './html.js';
import type { Interval, Plan, Report, SizeScores } from './package.js';

const width = 760, height = 420;
const frame = { left: 64, right: width - 16, top: 20, bottom: height - 84 };

interface Series { kind: 'student' | 'plain' | 'matched'; name: string; of(scores: SizeScores): Interval; shift: number }

type Scale = (value: number) => number;

/** Accuracy over parameters with intervals, as SVG without script. Shapes differ, not only colours. */
export function tradeOffChart(report: Report, plan: Plan): Html {
  const { curve, rows } = curveOf(report), ensemble = curve.ensembleAccuracy;
  const series = seriesOf(report.matchedApart);
  const intervals = curve.sizes.flatMap((scores) => series.map(({ of }) => of(scores)).filter(({ count }) => count > 0));
  if (intervals.length === 0) return html`<p>No student is done yet.</p>`;
  const x = logarithmic(report.sizes.map(({ parameters }) => parameters));
  const { y, ticks } = linear([...intervals.flatMap(({ lower, upper }) => [lower, upper]),
    ...(ensemble.count > 0 ? [ensemble.lower, ensemble.upper, ensemble.estimate - plan.margin] : [])]);
  const label = `Accuracy on the ${rows} rows over the parameters of the student, with ${Number((plan.confidence * 100).toFixed(2))}% intervals over seeds`;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<title>${label}</title>
${ticks.map((tick) => html`<line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${y(tick)}" y2="${y(tick)}"/>
<text class="tick" x="${frame.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${`${Number((tick * 100).toFixed(3))}%`}</text>
`)}${ensembleMarks(ensemble, plan.margin, y)}${sizeTicks(report, x)}
<line class="axis" x1="${frame.left}" x2="${frame.right}" y1="${frame.bottom}" y2="${frame.bottom}"/>
<text class="axis-name" x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 40}" text-anchor="middle">parameters of the student (logarithmic)</text>
<text class="axis-name" transform="rotate(-90)" x="${-(frame.top + frame.bottom) / 2}" y="14" text-anchor="middle">accuracy on the ${rows} rows</text>
${series.map((one) => marks(one, report, curve.sizes, x, y))}${legend(series, ensemble.count > 0)}
</svg>`;
}

const seriesOf = (matchedApart: boolean): Series[] => [
  { kind: 'plain', name: 'plain baseline: labels alone', of: ({ baseline }) => baseline.accuracy, shift: -4 },
  ...(matchedApart ? [{ kind: 'matched' as const, name: "matched baseline: the student's recipe without the ensemble",
    of: ({ matched }: SizeScores) => matched.accuracy, shift: 4 }] : []),
  { kind: 'student', name: 'student', of: ({ student }) => student.accuracy, shift: 0 },
];

/** Drawings need no more than tenths, and so the file is the same from every machine. */
const at = (value: number): number => Math.round(value * 10) / 10;

function logarithmic(values: number[]): Scale {
  const least = Math.min(...values), most = Math.max(...values), span = Math.log(most / least);
  const from = frame.left + 30, to = frame.right - 30;
  return (value) => at(span > 0 ? from + (to - from) * Math.log(value / least) / span : (from + to) / 2);
}

function linear(values: number[]): { y: Scale; ticks: number[] } {
  const least = Math.max(0, Math.min(...values)), most = Math.min(1, Math.max(...values)), room = Math.max(0.005, (most - least) * 0.06);
  const from = Math.max(0, least - room), to = Math.min(1 + room / 2, most + room);
  const step = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2].find((size) => (to - from) / size <= 7) ?? 0.5;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= Math.min(1, to); ++i) ticks.push(i * step);
  return { y: (value) => at(frame.bottom - (frame.bottom - frame.top) * (value - from) / (to - from)), ticks };
}

function ensembleMarks({ estimate, lower, upper, count: rows }: Interval, margin: number, y: Scale): Html {
  if (rows === 0) return html``;
  return html`<rect class="ensemble-band" x="${frame.left}" width="${frame.right - frame.left}" y="${y(upper)}" height="${at(y(lower) - y(upper))}"/>
<line class="ensemble" x1="${frame.left}" x2="${frame.right}" y1="${y(estimate)}" y2="${y(estimate)}"/>
<line class="margin" x1="${frame.left}" x2="${frame.right}" y1="${y(estimate - margin)}" y2="${y(estimate - margin)}"/>
`;
}

/** A tick below each size; names only where there is room. */
function sizeTicks({ sizes, choice }: Report, x: Scale): Html {
  let end = -Infinity;
  return html`${sizes.map(({ parameters }, size) => {
    const name = count(parameters), middle = x(parameters), half = 4 * name.length, isChosen = size === choice.size;
    const hasRoom = middle - half > end;
    if (hasRoom) end = middle + half;
    return html`<line class="axis" x1="${middle}" x2="${middle}" y1="${frame.bottom}" y2="${frame.bottom + 5}"/>
${isChosen ? html`<line class="chosen" x1="${middle}" x2="${middle}" y1="${frame.top}" y2="${frame.bottom}"/>` : ''}${
      hasRoom ? html`<text class="tick" x="${middle}" y="${frame.bottom + 19}" text-anchor="middle">${name}</text>` : ''}
`;
  })}`;
}

function marks({ kind, name, of, shift }: Series, report: Report, scores: SizeScores[], x: Scale, y: Scale): Html {
  const points = report.sizes.map((size, index) => ({ size, interval: of(scores[index]!) })).filter(({ interval }) => interval.count > 0)
    .map(({ size, interval }) => ({ ...size, interval, left: at(x(size.parameters) + shift) }));
  return html`<g class="${kind}"><polyline points="${points.map(({ left, interval }) => `${left},${y(interval.estimate)}`).join(' ')}"/>
${points.map(({ left, interval: { estimate, lower, upper }, hidden, parameters }) => html`<g><title>${
    `${name}, ${widthsText(hidden)}, ${count(parameters)} parameters: ${percent(estimate)} (${percent(lower)} to ${percent(upper)})`}</title>
<line x1="${left}" x2="${left}" y1="${y(lower)}" y2="${y(upper)}"/><line x1="${left - 3}" x2="${left + 3}" y1="${y(lower)}" y2="${y(lower)}"/>${
  html`<line x1="${left - 3}" x2="${left + 3}" y1="${y(upper)}" y2="${y(upper)}"/>`}${mark(kind, left, y(estimate))}</g>
`)}</g>
`;
}

function mark(kind: Series['kind'], x: number, y: number): Html {
  if (kind === 'student') return html`<circle cx="${x}" cy="${y}" r="4.5"/>`;
  if (kind === 'plain') return html`<rect x="${at(x - 3.5)}" y="${at(y - 3.5)}" width="7" height="7"/>`;
  return html`<path d="M${x} ${at(y - 5)}l5 5l-5 5l-5 -5z"/>`;
}

function legend(series: Series[], hasEnsemble: boolean): Html {
  const y = frame.bottom + 58, next = frame.bottom + 76, middle = (frame.left + frame.right) / 2;
  const place = (index: number): { x: number; y: number } => ({ x: index % 2 === 0 ? frame.left : middle, y: index < 2 ? y : next });
  const ordered = [...series].reverse();
  return html`${ordered.map(({ kind, name }, index) => {
    const { x, y } = place(index);
    return html`<g class="${kind}">${mark(kind, x + 12, y - 4)}</g><text class="tick" x="${x + 26}" y="${y}">${name}</text>`;
  })}${hasEnsemble ? ((({ x, y }) => html`<line class="ensemble" x1="${x}" x2="${x + 20}" y1="${y - 7}" y2="${y - 7}"/><line class="margin" x1="${x}" x2="${x + 20}" y1="${y - 1}" y2="${y - 1}"/><text class="tick" x="${x + 26}" y="${y}">ensemble with its interval; less the margin (dashed)</text>`)(place(ordered.length))) : ''}`;
}
