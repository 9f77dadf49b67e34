import { area, line } from 'd3-shape';
import { both, type Finished } from '../state/compare.ts';
import { count, percent } from '../state/format.ts';
import type { Mark } from '../state/tradeoff.ts';
import { scalesFor, tickPercent } from './scales.ts';

interface Props {
  runs: readonly [Finished, Finished];
  names: readonly [string, string];
  width: number;
  svgRef: (element: SVGSVGElement | null) => void;
}

/** The students of two runs over their parameters; the recommended ones are large, the ensembles lines to their dots. */
export function TwoRuns({ runs, names, width, svgRef }: Props) {
  const phone = width < 560, size = phone ? 12 : 13, height = phone ? 320 : 400;
  const frame = { left: 56, right: width - 12, top: 64, bottom: height - 46 };
  const { x, y, xTicks, yTicks } = scalesFor(both(...runs), frame);
  const path = line<Mark>().x((mark) => x(mark.parameters)).y((mark) => y(mark.value));
  const band = area<Mark>().x((mark) => x(mark.parameters)).y0((mark) => y(mark.lower)).y1((mark) => y(mark.upper));
  return (
    <svg ref={svgRef} class="two-runs" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true" focusable="false">
      <defs>
        <clipPath id="two-runs-plot"><rect x={frame.left} y={frame.top} width={frame.right - frame.left} height={frame.bottom - frame.top} /></clipPath>
      </defs>
      {yTicks.map((tick) => (
        <g key={tick} class="tick" data-axis="y" data-value={tick}>
          <line class="gridline" x1={frame.left} x2={frame.right} y1={y(tick)} y2={y(tick)} />
          <text class="muted" x={frame.left - 8} y={y(tick) + 4.5} text-anchor="end" font-size={size}>{tickPercent(tick)}</text>
        </g>
      ))}
      <line class="axis" x1={frame.left} x2={frame.right} y1={frame.bottom} y2={frame.bottom} />
      {xTicks.map((tick) => (
        <g key={tick} class="tick" data-axis="x" data-value={tick}>
          <line class="axis" x1={x(tick)} x2={x(tick)} y1={frame.bottom} y2={frame.bottom + 5} />
          <text class="muted" x={x(tick)} y={frame.bottom + 20} text-anchor="middle" font-size={size}>{count(tick)}</text>
        </g>
      ))}
      <text class="muted" x={frame.right} y={frame.bottom + 40} text-anchor="end" font-size={size}>parameters, on a logarithmic scale</text>
      {runs.map(({ tradeOff: { student, ensemble, choice } }, i) => {
        const run = i === 0 ? 'run-a' : 'run-b';
        return (
          <g key={run} class={run}>
            <g clip-path="url(#two-runs-plot)">{student.length > 1 && <path class="band" d={band(student) ?? ''} />}</g>
            {ensemble && <line class="level" x1={frame.left} x2={x(ensemble.parameters)} y1={y(ensemble.value)} y2={y(ensemble.value)} />}
            {ensemble && <circle class="dot" cx={x(ensemble.parameters)} cy={y(ensemble.value)} r={5} data-series="ensemble" />}
            <path class="curve" d={path(student) ?? ''} />
            {student.map((mark) => (
              <circle key={mark.size} class="dot" cx={x(mark.parameters)} cy={y(mark.value)} r={mark.size === choice.size ? 7.5 : 3.5}
                data-series="student" data-size={mark.size} />
            ))}
            <g transform={`translate(${frame.left} ${14 + i * 22})`}>
              <path class="curve" d="M0 0H28" />
              <circle class="dot" cx={14} cy={0} r={3.5} />
              <text class="ink" x={38} y={4.5} font-size={phone ? 12 : 14}>
                <tspan font-weight={650}>{'AB'[i]}</tspan>
                <tspan dx="8">{names[i]}{ensemble && !phone ? `; ensemble ${percent(ensemble.value)}` : ''}</tspan>
              </text>
            </g>
          </g>
        );
      })}
    </svg>
  );
}
