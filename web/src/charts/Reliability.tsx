import { line } from 'd3-shape';
import type { ReliabilityBin } from 'distillery';
import { count, percent } from '../state/format.ts';
import { networks, type Answers, type Network } from '../state/answers.ts';
import { roundTicks, tickPercent } from './scales.ts';
import { textWidth } from './measure.ts';

interface Props { reliability: Answers['reliability']; width: number; svgRef: (element: SVGSVGElement | null) => void }

const names: Record<Network, string> = { ensemble: 'Ensemble', student: 'Student', baseline: 'Baseline' };

/** How often answers are right, by how sure they are. */
export function ReliabilityChart({ reliability, width, svgRef }: Props) {
  const phone = width < 560;
  const size = phone ? 12 : 13, height = phone ? 360 : 400;
  const bins = networks.flatMap((network) => reliability[network].bins);
  /** Intervals of few rows are cut off: they must not squeeze all else. */
  const from = (values: number[]) => Math.floor(Math.min(0.9, ...values) * 10) / 10;
  const least = { confidence: from(bins.map(({ confidence }) => confidence)), right: from(bins.map(({ accuracy }) => accuracy.estimate)) };
  const frame = { left: 48, right: width - (phone ? 8 : 140), top: phone ? 84 : 16, bottom: height - 96 };
  const scale = (low: number, start: number, end: number) => (share: number) => start + ((share - low) / (1 - low)) * (end - start);
  const x = scale(least.confidence, frame.left, frame.right), y = scale(least.right, frame.bottom, frame.top);
  const ideal = Math.max(least.confidence, least.right);
  const path = line<ReliabilityBin>().x(({ confidence }) => x(confidence)).y(({ accuracy }) => y(accuracy.estimate));
  // Labels stand where their lines end, apart from each other.
  let below = -Infinity;
  const labels = [...networks].map((network) => ({ network, y: y(reliability[network].bins.at(-1)?.accuracy.estimate ?? 1) })).sort((a, b) => a.y - b.y)
    .map(({ network, y: wanted }) => ({ network, y: below = Math.max(wanted + 4, below + 40) }));
  let last = -Infinity;
  const counts = [...reliability.student.bins].reverse().filter((bin) => {
    const at = x(bin.confidence), half = textWidth(count(bin.rows), size) / 2 + 4;
    if (last !== -Infinity && at + half > last) return false;
    last = at - half;
    return true;
  });
  return (
    <svg ref={svgRef} class="reliability" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true" focusable="false">
      {roundTicks(least.right, 1, phone ? 4 : 6).map((tick) => (
        <g key={tick}>
          <line class="gridline" x1={frame.left} x2={frame.right} y1={y(tick)} y2={y(tick)} />
          <text class="muted" x={frame.left - 8} y={y(tick) + 4.5} text-anchor="end" font-size={size}>{tickPercent(tick)}</text>
        </g>
      ))}
      {roundTicks(least.confidence, 1, phone ? 4 : 6).map((tick) => (
        <g key={tick}>
          <line class="axis" x1={x(tick)} x2={x(tick)} y1={frame.bottom} y2={frame.bottom + 5} />
          <text class="muted" x={x(tick)} y={frame.bottom + 20} text-anchor={tick === 1 && phone ? 'end' : 'middle'} font-size={size}>{tickPercent(tick)}</text>
        </g>
      ))}
      <line class="axis" x1={frame.left} x2={frame.right} y1={frame.bottom} y2={frame.bottom} />
      <line class="ideal" x1={x(ideal)} x2={x(1)} y1={y(ideal)} y2={y(1)} />
      {reliability.student.bins.map(({ confidence, accuracy }, i) => (
        <line key={i} class="student-range" x1={x(confidence)} x2={x(confidence)} y1={y(Math.max(least.right, accuracy.lower))} y2={y(accuracy.upper)} />
      ))}
      {(['baseline', 'ensemble', 'student'] as const).map((network) => <path key={network} class={`curve ${network}`} d={path(reliability[network].bins) ?? ''} />)}
      {(['baseline', 'student'] as const).flatMap((network) => reliability[network].bins.map((bin, i) => (
        <circle key={`${network}${i}`} class={`dot ${network}`} cx={x(bin.confidence)} cy={y(bin.accuracy.estimate)} r={3.5} data-series={network} data-rows={bin.rows} />
      )))}
      {labels.map(({ network, y: at }, i) => {
        const place = phone ? { x: frame.left, y: 14 + i * 22 } : { x: frame.right + 14, y: at };
        const off = `off by ${percent(reliability[network].ece)}`;
        return (
          <text key={network} class={network === 'ensemble' ? 'ink' : network} x={place.x} y={place.y} font-size={14}>
            <tspan font-weight={650}>{names[network]}</tspan>
            {phone ? <tspan dx="8">{off}</tspan> : <tspan x={place.x} dy={18}>{off}</tspan>}
          </text>
        );
      })}
      <text class="ink" x={frame.left} y={frame.bottom + 42} font-size={size} font-weight={650}>Confidence that the network states</text>
      {counts.map((bin) => <text key={bin.confidence} class="muted" x={Math.min(x(bin.confidence), frame.right - (phone ? 14 : 0))} y={frame.bottom + 68} text-anchor="middle" font-size={size}>{count(bin.rows)}</text>)}
      <text class="muted" x={phone ? frame.left : frame.right + 24} y={frame.bottom + (phone ? 88 : 68)} font-size={size}>test rows</text>
    </svg>
  );
}
