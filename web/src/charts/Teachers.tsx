import { line } from 'd3-shape';
import { percent } from '../state/format.ts';
import type { RunState } from '../state/run.ts';

const width = 128, height = 40;

/** One small chart per teacher, all on one scale: validation accuracy by epoch. */
export function TeacherCurves({ run }: { run: RunState }) {
  const report = run.report;
  if (!report) return null;
  const epochs = run.plan.teachers.training.epochs;
  const ensemble = report.validation.ensembleAccuracy.count > 0 ? report.validation.ensembleAccuracy.estimate : null;
  const all = [...run.curves.flat(), ...(ensemble === null ? [] : [ensemble])];
  const top = Math.max(0.02, ...all), low = Math.min(top - 0.02, ...all);
  const x = (epoch: number) => 1 + (epoch / Math.max(1, epochs - 1)) * (width - 8);
  const y = (accuracy: number) => 5 + ((top - accuracy) / (top - low)) * (height - 9);
  const path = line<number>().x((_, i) => x(i)).y(y);
  return (
    <ul class="teachers">
      {run.curves.map((curve, i) => {
        const { state } = report.teachers[i]!;
        const last = curve.at(-1);
        return (
          <li key={i} data-teacher={i} data-state={state}>
            <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
              {ensemble !== null && <line class="ensemble-line provisional" x1={0} x2={width} y1={y(ensemble)} y2={y(ensemble)} />}
              <line class="gridline" x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} />
              <path class="curve teacher" d={path([...curve]) ?? ''} />
              {last !== undefined && <circle class="teacher-dot" cx={x(curve.length - 1)} cy={y(last)} r={3} />}
            </svg>
            <span class="name"><span class="word">Teacher </span>{i + 1}</span>
            <span class={state === 'done' ? 'value done' : 'value'}>
              {state === 'diverged' ? 'diverged' : last === undefined ? 'waits' : percent(last)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
