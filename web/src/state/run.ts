import type { Flavour, JobInfo, Plan, Progress, Recipe, Report, RunEvent } from 'distillery';
import type { Settings } from './settings.ts';

export type Phase = 'preparing' | 'running' | 'paused' | 'stopped' | 'finished' | 'failed';
export type Kind = JobInfo['kind'];

/** What was trained on, in the words of the page. */
export interface RunData {
  setId: string;
  name: string;
  rows: number;
  columns: number;
  classes: number;
  /** How the rows were made, if they were. */
  made: string | null;
}

/** Active seconds: the clock stands still while the run is paused. */
interface Clock { runningSince: number | null; before: number }

/** One run as the page knows it: folded from the package's events, no DOM. Times are in milliseconds of any one clock. */
export interface RunState {
  phase: Phase;
  data: RunData;
  plan: Plan;
  settings: Settings;
  workers: number;
  flavour: Flavour | null;
  report: Report | null;
  /** Jobs planned and done, per kind. */
  planned: Record<Kind, number>;
  done: Record<Kind, number>;
  /** Validation accuracy by epoch, per teacher, finished or not. */
  curves: readonly (readonly number[])[];
  /** Finished epochs of jobs that run, as a share. */
  partial: ReadonlyMap<number, { kind: Kind; share: number }>;
  /** The size whose network finished an epoch last. */
  latest: JobInfo | null;
  work: Progress;
  /** Estimated effort by job, and of the jobs that are done: work, plus what each row costs whatever the network. */
  efforts: ReadonlyMap<number, number>;
  spentEffort: number;
  clock: Clock;
  /** Recent progress, for the time left. */
  samples: readonly { at: number; done: number }[];
  /** Active time of a kind's first and last sign of life. */
  spans: Partial<Record<Kind, { first: number; last: number }>>;
  failure: string | null;
  /** The margin was changed after the test rows had been seen. */
  marginChangedLate: boolean;
}

const none = (): Record<Kind, number> => ({ teacher: 0, assistant: 0, trial: 0, baseline: 0, matched: 0, student: 0, test: 0 });

/** What an earlier sitting leaves to a run that goes on. */
export interface Before { active: number; curves: RunState['curves']; marginChangedLate: boolean }

export function begin(data: RunData, plan: Plan, settings: Settings, before?: Before): RunState {
  return {
    phase: 'preparing', data, plan, settings, workers: 0, flavour: null, report: null, planned: none(), done: none(),
    curves: before?.curves ?? [], partial: new Map(), latest: null, work: { done: 0, total: 0 }, efforts: new Map(),
    spentEffort: 0, clock: { runningSince: null, before: before?.active ?? 0 },
    samples: [], spans: {}, failure: null, marginChangedLate: before?.marginChangedLate ?? false,
  };
}

/** Milliseconds in which the run was at work. */
export function activeTime(run: RunState, now: number): number {
  return run.clock.before + (run.clock.runningSince === null ? 0 : now - run.clock.runningSince);
}

const halt = (run: RunState, now: number): Clock => ({ runningSince: null, before: activeTime(run, now) });

/** Time per row grows with parameters, but not from zero: it is about that of so many more. Only the time left hangs on it. */
const parametersPerRow = 2000;

function effortOf(job: JobInfo, report: Report): number {
  const parameters = job.kind === 'teacher' ? report.teacherParameters : report.sizes[job.index]?.parameters;
  return job.kind === 'test' || !parameters ? job.work : job.work * (1 + parametersPerRow / parameters);
}

function effortDone(run: RunState): number {
  let sum = run.spentEffort;
  for (const [id, part] of run.partial) sum += part.share * (run.efforts.get(id) ?? 0);
  return sum;
}

const keptFor = 15_000;

/** The run with its progress noted, a few times a second at most. */
function sampled(run: RunState, now: number): RunState {
  const at = activeTime(run, now);
  const last = run.samples.at(-1);
  if (last && at - last.at < 300) return run;
  return { ...run, samples: [...run.samples.filter((sample) => at - sample.at < keptFor), { at, done: effortDone(run) }] };
}

function spanned(run: RunState, kind: Kind, now: number): RunState['spans'] {
  const at = activeTime(run, now);
  return { ...run.spans, [kind]: { first: run.spans[kind]?.first ?? at, last: at } };
}

/** The run after one event. */
export function apply(run: RunState, event: RunEvent, now: number): RunState {
  switch (event.type) {
    case 'started': {
      const planned = none(), done = none(), before = new Set(event.done);
      const work = { done: 0, total: 0 };
      let spentEffort = 0;
      const efforts = new Map<number, number>();
      for (const job of event.jobs) {
        const effort = effortOf(job, event.report);
        planned[job.kind]++;
        efforts.set(job.id, effort);
        work.total += job.work;
        if (!before.has(job.id)) continue;
        done[job.kind]++;
        work.done += job.work;
        spentEffort += effort;
      }
      return {
        ...run, phase: 'running', workers: event.workers, flavour: event.flavour, report: event.report, planned, done, efforts, work,
        spentEffort, curves: event.report.teachers.map(({ accuracy }, i) => (accuracy.length > 0 ? accuracy : run.curves[i] ?? [])),
        clock: { ...run.clock, runningSince: now }, samples: [{ at: run.clock.before, done: spentEffort }],
      };
    }
    case 'epoch': {
      const { job } = event;
      const partial = new Map(run.partial).set(job.id, { kind: job.kind, share: event.epoch / event.epochs });
      let curves = run.curves;
      if (job.kind === 'teacher') {
        const curve = [...(curves[job.index] ?? []).slice(0, event.epoch - 1), event.accuracy];
        curves = curves.with(job.index, curve);
      }
      return sampled({
        ...run, curves, partial, work: event.work, spans: spanned(run, job.kind, now),
        latest: job.kind === 'student' || job.kind === 'baseline' ? job : run.latest,
      }, now);
    }
    case 'job': {
      const { job } = event;
      const partial = new Map(run.partial);
      partial.delete(job.id);
      const curve = event.report.teachers[job.index]?.accuracy;
      return sampled({
        ...run, partial, report: event.report, work: event.work,
        spentEffort: run.spentEffort + (run.efforts.get(job.id) ?? 0),
        spans: spanned(run, job.kind, now), done: { ...run.done, [job.kind]: run.done[job.kind] + 1 },
        curves: job.kind === 'teacher' && curve ? run.curves.with(job.index, curve) : run.curves,
        latest: run.latest?.id === job.id ? null : run.latest,
      }, now);
    }
    case 'dropped': {
      const planned = { ...run.planned };
      const efforts = new Map(run.efforts);
      for (const { id, kind } of event.jobs) {
        planned[kind]--;
        efforts.delete(id);
      }
      return { ...run, planned, efforts, work: event.work };
    }
    case 'finished':
      return {
        ...run, phase: 'finished', report: event.report, partial: new Map(), latest: null,
        work: { ...run.work, done: run.work.total }, clock: halt(run, now),
      };
  }
}

export function pause(run: RunState, now: number): RunState {
  return run.phase === 'running' ? { ...run, phase: 'paused', clock: halt(run, now) } : run;
}

export function resume(run: RunState, now: number): RunState {
  return run.phase === 'paused' ? { ...run, phase: 'running', clock: { ...run.clock, runningSince: now } } : run;
}

export function stop(run: RunState, now: number): RunState {
  return { ...run, phase: 'stopped', clock: halt(run, now), partial: new Map(), latest: null };
}

export function fail(run: RunState, message: string, now: number): RunState {
  return { ...stop(run, now), phase: 'failed', failure: message };
}

export function withMargin(run: RunState, margin: number, report: Report | null): RunState {
  return {
    ...run, plan: { ...run.plan, margin }, report: report ?? run.report,
    marginChangedLate: run.marginChangedLate || run.phase === 'finished',
  };
}

/** Share of a stage that is done, counting the finished epochs of what runs. */
export function stageShare(run: RunState, kind: Kind): number {
  const total = run.planned[kind];
  if (total === 0) return 0;
  let sum = run.done[kind];
  for (const part of run.partial.values()) if (part.kind === kind) sum += part.share;
  return Math.min(1, sum / total);
}

/** Seconds left by the pace of the last seconds, or null as long as there is none to go by. */
export function secondsLeft(run: RunState): number | null {
  const first = run.samples[0], last = run.samples.at(-1);
  if (!first || !last || last.at - first.at < 1000 || last.done <= first.done) return null;
  const pace = (last.done - first.done) / (last.at - first.at);
  const total = [...run.efforts.values()].reduce((sum, effort) => sum + effort, 0);
  return Math.max(0, total - effortDone(run)) / pace / 1000;
}

export const isOver = (run: RunState): boolean => run.phase === 'finished' || run.phase === 'stopped' || run.phase === 'failed';

/** How the students of a size are taught; undefined: not chosen yet. */
export const recipeOf = (report: Report, size: number): Recipe | undefined => report.recipes[report.sizes[size]?.recipe ?? -1];

/** Whether the matched baseline of a size is a network of its own: neither the plain one nor the student. */
export function matchedApart(report: Report, size: number): boolean {
  const recipe = recipeOf(report, size);
  return recipe !== undefined && recipe.transfer && recipe.softWeight > 0;
}

/** The figures to show: of the test rows once they are scored, of the validation rows until then. */
export function shownCurve(report: Report): { rows: 'validation' | 'test'; curve: Report['test'] } {
  return report.finished && report.test.rows > 0
    ? { rows: 'test', curve: report.test }
    : { rows: 'validation', curve: report.validation };
}
