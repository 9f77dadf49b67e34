import { Distillery, type EpochStats, usable } from './distillery.js';
import { DistilleryError } from './errors.js';
import type { Artefact } from './load.js';
import {
  checked, type Comparison, type Decomposition, type Job, Owner, type PlannerNative, type PredictionComparison, type WholeTable,
} from './native.js';
import { completePlan, type DeepPartial } from './plan.js';
import glue from './planner-simd.js';
import type { TableKinds } from './protocol.js';
import type { Figures, JobInfo, NetworkKind, Plan, Reliability, Report, Table } from './types.js';

/** @internal The networks and all that plans need. */
export const planner: Artefact<PlannerNative> = { name: 'planner', glue };

/** An instance that also runs plans, for those who run a plan's jobs themselves; `distil` does it in workers. */
export class Planner extends Distillery {
  /** @internal `loadPlanner` makes one. */
  constructor(protected override readonly native: PlannerNative, module: WebAssembly.Module) {
    super(native, module);
  }

  /**
   * a − b of paired values: the mean with its t interval, and the two-sided p that it is 0, by the paired t test and by
   * Wilcoxon's signed-rank test.
   */
  comparePaired(a: number[], b: number[], confidence = 0.95): Comparison {
    return checked(this.native, this.native.comparePaired(a, b, confidence));
  }

  /** Two classifiers' predicted classes on the same rows: does the difference show, and how large may it be? */
  comparePredictions(labels: Int32Array, a: Int32Array, b: Int32Array, confidence = 0.95): PredictionComparison {
    for (const list of [labels, a, b])
      if (!(list instanceof Int32Array)) throw new DistilleryError('invalid_data', 'Labels and predictions must be Int32Arrays.');
    return checked(this.native, this.native.comparePredictions(labels, a, b, confidence));
  }

  /**
   * What an ensemble answers, as logits: rows × classes each.
   *
   * @param weights one per network; equal ones where they are missing.
   * @throws DistilleryError `shape_mismatch`, `invalid_option`.
   */
  combine(logits: Float32Array[], classes: number, { weights = logits.map(() => 1), calibration = 1, combination = 'mean_logits' }: {
    weights?: number[]; calibration?: number; combination?: Plan['teachers']['combination'];
  } = {}): Float32Array {
    return checked(this.native, this.native.combine(logits, weights, combination, calibration, classes));
  }

  /**
   * All figures of a network, from its logits and the ensemble's on the same rows.
   *
   * @throws DistilleryError `shape_mismatch`, `invalid_data`.
   */
  figures(logits: Float32Array, ensemble: Float32Array, labels: Int32Array, classes: number): Figures {
    return checked(this.native, this.native.figures(logits, ensemble, labels, classes));
  }

  /**
   * The loss of retrained networks, taken apart into bias and variance. networks: lists of logits on the same rows, one of each
   * retraining; the first three of teachers, ensembles and students, for `kept`.
   *
   * @throws DistilleryError `shape_mismatch`.
   */
  decompose(networks: Float32Array[][], labels: Int32Array, classes: number, confidence = 0.95): Decomposition {
    return checked(this.native, this.native.decompose(networks, labels, classes, confidence));
  }

  /** As many row numbers as there are rows, drawn with replacement by seed. */
  bootstrapRows(rows: number, seed: number): Uint32Array {
    return checked(this.native, this.native.bootstrapRows(rows, seed));
  }

  /** Probabilities of logits, rows × classes both, such as the mean ones of an ensemble. */
  softmax(logits: Float32Array, classes: number): Float32Array {
    return checked(this.native, this.native.softmax(logits, classes));
  }

  /**
   * How often answers are right, by how sure they are: a reliability diagram over 15 equally wide bins of confidence (Guo et
   * al. 2017). Bins without rows are left out; those with fewer than `least` are joined with the next. confidence: of the
   * intervals.
   *
   * @param logits rows × classes, of a network, or the mean ones of an ensemble.
   * @throws DistilleryError `shape_mismatch`, `invalid_data`, `invalid_option`.
   */
  reliability(logits: Float32Array, labels: Int32Array, classes: number,
              { least = 10, confidence = 0.95 } = {}): Reliability {
    return checked(this.native, this.native.reliability(logits, labels, classes, least, confidence));
  }

  /** Splits and scales a table as the plan says. */
  createWorkbench(table: Table, plan?: DeepPartial<Plan>): Workbench {
    const whole = usable(table), { features, labels, columns, classNames, unlabelled, ensemble, groups } = whole, kinds = kindsOf(whole);
    const rows = labels.length, answered = rows * classNames.length;
    if (!Number.isInteger(kinds.unlabelled))
      throw new DistilleryError('shape_mismatch', `The unlabelled rows are ${unlabelled!.length} numbers, which is no multiple of ${columns} columns.`);
    const filled = this.createTable(rows, columns, classNames, kinds);
    try {
      filled.fill(0, features, labels, unlabelled ? ensemble?.subarray(0, answered) : ensemble ?? undefined, groups ?? undefined);
      if (unlabelled) filled.fill(rows, unlabelled, new Int32Array(), ensemble?.subarray(answered));
      return filled.createWorkbench(plan);
    } finally {
      filled.dispose();
    }
  }
  /**
   * A table that is filled piece by piece, where its rows are not at hand all at once. Rows without labels follow after the
   * others.
   */
  createTable(rows: number, columns: number, classNames: string[],
              { unlabelled = 0, ensemble = false, groups = false, imputation = 'none' }: Partial<TableKinds> = {}): FillableTable {
    return new FillableTable(this.native,
      checked(this.native, this.native.createTable(rows, columns, classNames, unlabelled, ensemble, groups, imputation)));
  }
}

/** A job that could start now. Jobs with the same `input` share it; 0: none. */
export interface ReadyJob extends Job {}

/** @internal */
export const kindsOf = ({ columns, unlabelled, ensemble, groups, imputation }: WholeTable): TableKinds =>
  ({ unlabelled: unlabelled ? unlabelled.length / columns : 0, ensemble: ensemble !== null, groups: groups !== null, imputation });

/** A table in the library's memory, its rows 0 until they are filled in. */
export class FillableTable extends Owner<PlannerNative> {
  /**
   * Rows from number `first` on, either those with a label each or those without; ensemble: the probabilities of each, groups:
   * a number for each with a label, where the table has them.
   */
  fill(first: number, features: Float32Array, labels: Int32Array, ensemble?: Float32Array, groups?: Int32Array): void {
    checked(this.native, this.native.fillTable(this.handle, first, features, labels, ensemble ?? null, groups ?? null));
  }
  /** Takes the rows: the table is empty afterwards. */
  createWorkbench(plan?: DeepPartial<Plan>): Workbench {
    return new Workbench(this.native, checked(this.native, this.native.createWorkbench(this.handle, completePlan(plan))));
  }
}

/** Data and plan, as jobs use them: split once, scaled by the training rows. */
export class Workbench extends Owner<PlannerNative> {
  /** Which rows of the table are the test rows. */
  testRows(): Uint32Array {
    return this.native.testRows(this.handle);
  }
  /** What stands for a missing value, one number per column; empty where the table has no `imputation`. */
  fills(): Float32Array {
    return this.native.fills(this.handle);
  }
  /** A state machine for this plan, new or as saved. */
  createPipeline(saved?: Uint8Array): Pipeline {
    const { native, handle } = this;
    return new Pipeline(native, checked(native, native.createPlan(handle, saved ?? null)));
  }
  /** input: what `Pipeline.input` gave for the job; checkpoint: what an earlier run of it gave, or nothing. */
  createJobRun(job: number, input: Uint8Array = new Uint8Array(), checkpoint: Uint8Array = new Uint8Array()): JobRun {
    return new JobRun(this.native, checked(this.native, this.native.createJobRun(this.handle, job, input, checkpoint)));
  }
}

/** Runs one job in slices. */
export class JobRun extends Owner<PlannerNative> {
  /** About so many rows of training, at least one batch, at most an epoch. True when the job is done. */
  advance(rows: number): boolean {
    return checked(this.native, this.native.advance(this.handle, rows));
  }
  /** loss and accuracy are those of the last finished epoch. */
  progress(): EpochStats & { epochs: number } {
    return this.info();
  }
  checkpoint(): Uint8Array {
    return checked(this.native, this.native.save(this.handle));
  }
  /** What `Pipeline.absorb` takes. */
  result(): Uint8Array {
    return checked(this.native, this.native.jobResult(this.handle));
  }
}

/** The whole job as a state machine: says what can run, takes the results, chooses. Executes nothing itself. */
export class Pipeline extends Owner<PlannerNative> {
  get finished(): boolean {
    return this.native.finished(this.handle);
  }
  /**
   * Every job of the plan, in the order of their ids. Where a chosen recipe makes some of them another's twin, these leave
   * the list.
   */
  jobs(): JobInfo[] {
    return checked(this.native, this.native.jobs(this.handle)).map(({ input: _input, ...job }) => job);
  }
  /** Whether this job's result has been taken, or nothing has to be. */
  done(job: number): boolean {
    return this.native.done(this.handle, job);
  }
  /** In the order in which they should start. Those already running are among them. */
  readyJobs(): ReadyJob[] {
    return checked(this.native, this.native.readyJobs(this.handle));
  }
  input(job: number): Uint8Array {
    return checked(this.native, this.native.jobInput(this.handle, job));
  }
  /** Takes a result; twice changes nothing. */
  absorb(job: number, result: Uint8Array): void {
    checked(this.native, this.native.absorb(this.handle, job, result));
  }
  /** Remembers how far an unfinished job has got. */
  suspend(job: number, checkpoint: Uint8Array): void {
    checked(this.native, this.native.suspend(this.handle, job, checkpoint));
  }
  /** What `suspend` was given, or nothing. */
  progressOf(job: number): Uint8Array {
    return checked(this.native, this.native.progressOf(this.handle, job));
  }
  report(): Report {
    return this.info();
  }
  setMargin(margin: number): Report {
    checked(this.native, this.native.setMargin(this.handle, margin));
    return this.report();
  }
  model(kind: NetworkKind, index: number, seed = 0): Uint8Array {
    return checked(this.native, this.native.network(this.handle, kind, index, seed));
  }
  chosen(): Uint8Array {
    return checked(this.native, this.native.chosen(this.handle));
  }
  save(): Uint8Array {
    return checked(this.native, this.native.save(this.handle));
  }
}
