import type { Report } from 'distillery';
import { matchedApart, shownCurve, type RunState } from './run.ts';

export interface Mark {
  size: number;
  parameters: number;
  value: number;
  lower: number;
  upper: number;
  count: number;
}

/** What the trade-off chart, its table and its CSV show: one reading of the report, so that they cannot disagree. */
export interface TradeOff {
  rows: 'validation' | 'test';
  rowCount: number;
  confidence: number;
  seeds: number;
  sizes: { hidden: number[]; parameters: number; bytes: number }[];
  student: Mark[];
  baseline: Mark[];
  matched: Mark[];
  /** null until the first teacher is done. */
  ensemble: { parameters: number; value: number; lower: number; upper: number; teachers: number; provisional: boolean } | null;
  teacher: { parameters: number; value: number } | null;
  margin: number;
  /** Sizes without any figure yet. */
  pending: number[];
  /** The network that trains now, if a size's. */
  running: { size: number; seed: number; kind: 'student' | 'baseline' } | null;
  choice: Report['choice'];
  finished: boolean;
  /** Nothing more will come. */
  over: boolean;
}

export function tradeOff(run: RunState): TradeOff | null {
  const report = run.report;
  if (!report) return null;
  const { rows, curve } = shownCurve(report);
  const teachersDone = report.teachers.filter((teacher) => teacher.state === 'done').length;
  const settled = report.teachers.every((teacher) => teacher.state !== 'pending');
  const ensemble = curve.ensembleAccuracy.count === 0 ? null : {
    parameters: report.ensembleParameters,
    value: curve.ensembleAccuracy.estimate, lower: curve.ensembleAccuracy.lower, upper: curve.ensembleAccuracy.upper,
    teachers: teachersDone, provisional: !settled,
  };
  const marks = (of: 'student' | 'baseline' | 'matched'): Mark[] => curve.sizes.flatMap((scores, size) => {
    const { accuracy } = scores[of];
    const parameters = report.sizes[size]?.parameters;
    if (accuracy.count === 0 || parameters === undefined) return [];
    // A student is judged by its paired distance to the ensemble, so its band is that distance, drawn at the ensemble.
    const paired = of === 'student' && ensemble !== null && scores.difference.count > 0;
    const lower = paired ? ensemble.value + scores.difference.lower : accuracy.lower;
    const upper = paired ? ensemble.value + scores.difference.upper : accuracy.upper;
    return [{ size, parameters, value: accuracy.estimate, lower: Math.max(0, lower), upper: Math.min(1, upper), count: accuracy.count }];
  });
  const student = marks('student'), baseline = marks('baseline');
  const matched = marks('matched').filter(({ size }) => matchedApart(report, size));
  const { latest } = run;
  return {
    rows, rowCount: curve.rows, confidence: run.plan.confidence, seeds: run.plan.students.seeds,
    sizes: report.sizes.map(({ hidden, parameters, bytes }) => ({ hidden, parameters, bytes })),
    student, baseline, matched, ensemble,
    teacher: curve.teacherAccuracy.count === 0 ? null
      : { parameters: report.teacherParameters, value: curve.teacherAccuracy.estimate },
    margin: run.plan.margin,
    pending: report.sizes.flatMap((_, size) =>
      (student.some((mark) => mark.size === size) || baseline.some((mark) => mark.size === size) ? [] : [size])),
    running: latest && (latest.kind === 'student' || latest.kind === 'baseline')
      ? { size: latest.index, seed: latest.seed, kind: latest.kind } : null,
    choice: report.choice, finished: report.finished,
    over: run.phase === 'finished' || run.phase === 'stopped' || run.phase === 'failed',
  };
}

/** The chart's figures as text, full precision. */
export function tradeOffCsv(data: TradeOff): string {
  const header = 'rows,hidden,parameters,bytes,series,accuracy,lower,upper,seeds';
  const lines = (['student', 'baseline', 'matched'] as const).flatMap((series) => data[series].map((mark) => {
    const size = data.sizes[mark.size]!;
    return [data.rows, size.hidden.join('-'), mark.parameters, size.bytes, series, mark.value, mark.lower, mark.upper, mark.count].join(',');
  }));
  if (data.ensemble) {
    const { parameters, value, lower, upper, teachers } = data.ensemble;
    lines.push([data.rows, '', parameters, parameters * 4, 'ensemble', value, lower, upper, teachers].join(','));
  }
  if (data.teacher) lines.push([data.rows, '', data.teacher.parameters, data.teacher.parameters * 4, 'mean teacher', data.teacher.value, '', '', ''].join(','));
  return `${[header, ...lines].join('\n')}\n`;
}
