import { count, percent } from '../state/format.ts';
import { roundTicks, tickPercent } from './scales.ts';
import { textWidth } from './measure.ts';

interface Props { values: readonly number[]; ensemble: number; rows: string }

const width = 392, axisY = 62, step = 10;

/** Every teacher a dot, the ensemble a line: how far they scatter, and what their mean gains. */
export function TeacherDots({ values, ensemble, rows }: Props) {
  const low = Math.min(ensemble, ...values), high = Math.max(ensemble, ...values);
  const spread = Math.max(high - low, 0.004);
  const from = low - spread * 0.12, to = Math.min(1, high + spread * 0.12);
  const x = (value: number) => 8 + ((value - from) / (to - from)) * (width - 16);
  const ticks = roundTicks(from, to, 3);
  // Dots that would lie on each other are stacked.
  const stacks = new Map<number, number>();
  const dots = [...values].sort((a, b) => a - b).map((value) => {
    const column = Math.round(x(value) / 9);
    const level = stacks.get(column) ?? 0;
    stacks.set(column, level + 1);
    return { x: column * 9, y: axisY - 7 - level * step };
  });
  const label = `ensemble ${percent(ensemble)}`;
  const half = textWidth(label, 13, true) / 2;
  const labelX = Math.min(width - half, Math.max(half, x(ensemble)));
  const name = `${values.length} teachers`;
  const nameX = labelX - half > textWidth(name, 13) + 16 ? 0 : width;
  const tallest = Math.max(1, ...stacks.values());
  const top = Math.min(0, axisY - 7 - tallest * step - 18);
  return (
    <svg class="teacher-dots" viewBox={`0 ${top} ${width} ${84 - top}`} role="img"
      aria-label={`${count(values.length)} teachers between ${percent(Math.min(...values))} and ${percent(Math.max(...values))} on ${rows} rows; the ensemble ${percent(ensemble)}.`}>
      <text class="muted" x={nameX} y={top + 13} text-anchor={nameX === 0 ? 'start' : 'end'} font-size={13}>{name}</text>
      <text class="ink" x={labelX} y={top + 13} text-anchor="middle" font-size={13} font-weight={650}>{label}</text>
      <line class="ensemble-line" x1={x(ensemble)} x2={x(ensemble)} y1={top + 20} y2={axisY} />
      {dots.map((dot, i) => <circle key={i} class="teacher-dot" cx={dot.x} cy={dot.y} r={4} />)}
      <line class="axis" x1={0} x2={width} y1={axisY} y2={axisY} />
      {ticks.map((tick) => (
        <g key={tick}>
          <line class="axis" x1={x(tick)} x2={x(tick)} y1={axisY} y2={axisY + 5} />
          <text class="muted" x={x(tick)} y={axisY + 19} font-size={13} text-anchor={x(tick) < 24 ? 'start' : x(tick) > width - 24 ? 'end' : 'middle'}>{tickPercent(tick)}</text>
        </g>
      ))}
    </svg>
  );
}
