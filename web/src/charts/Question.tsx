import { textWidth } from './measure.ts';

/** The empty chart of the first visit: the question, before there is any figure. */
export function Question({ width }: { width: number }) {
  const height = 220, y = 84;
  const narrow = width < 560;
  const ensemble = width - (narrow ? 56 : 150);
  const left = Math.max(24, width * 0.3);
  const question = 'How far left can a student stay this good?';
  const fits = left + 10 + textWidth(question, 14, true) < ensemble - 60;
  const lines = fits ? [question] : ['How far left can', 'a student stay this good?'];
  return (
    <svg class="question" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img"
      aria-label="The ensemble is accurate and heavy. How far left, to fewer parameters, can a student stay this good?">
      <path class="axis" d={`M0.5 20V212.5H${width - 12}`} fill="none" />
      <text class="muted" x="12" y="32" font-size="14">↑ more right answers</text>
      <text class="muted" x="12" y="200" font-size="14">← fewer parameters</text>
      <path class="arrow dashed" d={`M${ensemble - 14} ${y}H${left + 2}`} />
      <path class="arrow" d={`M${left + 10} ${y - 7}l-10 7l10 7`} />
      <circle class="ensemble-dot" cx={ensemble} cy={y} r="5.5" />
      <text class="ink" x={ensemble} y={y - 16} text-anchor="middle" font-size="14" font-weight="650">The ensemble</text>
      {!narrow && <text class="muted" x={ensemble} y={y + 26} text-anchor="middle" font-size="14">accurate, heavy</text>}
      <text class="student" x={left + 10} y={fits ? y - 14 : y + 28} font-size="14" font-weight="650">
        {lines.map((line, i) => <tspan key={line} x={left + 10} dy={i === 0 ? 0 : 20}>{line}</tspan>)}
      </text>
    </svg>
  );
}
