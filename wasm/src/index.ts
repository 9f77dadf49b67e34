/**
 * Distils an ensemble of neural networks into one small one. This is the package's entry in browsers; that of Node has
 * the same functions.
 *
 * @packageDocumentation
 */

import {
  type DistilOptions, distilOn, type LoadOptions, loadOn, loadPlannerOn, measureVarianceOn, type PredictOptions, predictOn,
} from './api.js';
import type { Run } from './distil.js';
import type { Distillery } from './distillery.js';
import type { DeepPartial } from './plan.js';
import type { Planner } from './planner.js';
import type { Plan, Table, VarianceReport } from './types.js';
import type { VarianceOptions } from './variance.js';
import { web } from './web.js';

export * from './exports.js';

/**
 * A new instance of the library for tables, trainers and models; two never share anything.
 *
 * @throws DistilleryError `load_failed`, where the WebAssembly cannot be had: the message says what was asked for and
 * what came back; `unsupported`, where the engine lacks what it needs.
 * @example
 * ```js
 * import { loadDistillery } from 'distillery';
 *
 * const distillery = await loadDistillery();
 * const table = distillery.generate('moons', { rows: 500, noise: 0.2, seed: 1 });
 * const shape = { inputs: 2, hidden: [16, 8], classes: 2 };
 * const trainer = distillery.createTrainer(shape, table, { training: { epochs: 20 } });
 * while (!trainer.finished) console.log(trainer.runEpoch().accuracy);
 * const model = trainer.model();
 * trainer.dispose();
 * console.log(model.classNames[model.predict(new Float32Array([0.5, 0.25]))[0]]);
 * const file = model.save();   // Uint8Array, safetensors
 * model.dispose();
 * ```
 */
export function loadDistillery(options?: LoadOptions): Promise<Distillery> {
  return loadOn(web, options);
}

/**
 * The same and all that plans need, which is a download nearly twice as large. For those who run a plan's jobs themselves,
 * and to share one compiled module: `distil` and `predict` take `Planner.module` as their option `wasm`.
 *
 * @throws DistilleryError as `loadDistillery` does.
 * @example
 * ```js
 * import { loadPlanner } from 'distillery';
 *
 * const planner = await loadPlanner();
 * const bench = planner.createWorkbench(table, { students: { sizes: [[8], [32, 16]] } });
 * const pipeline = bench.createPipeline();
 * while (!pipeline.finished) {
 *   const [{ id }] = pipeline.readyJobs();
 *   const run = bench.createJobRun(id, pipeline.input(id));
 *   while (!run.advance(10_000));
 *   pipeline.absorb(id, run.result());
 *   run.dispose();
 * }
 * console.log(pipeline.report().choice.status);
 * pipeline.dispose();
 * bench.dispose();
 * ```
 */
export function loadPlanner(options?: LoadOptions): Promise<Planner> {
  return loadPlannerOn(web, options);
}

/**
 * The whole job, in workers: trains teachers on the table, distils them into students of every size, and compares.
 * Iterate over the run to see it happen, or await its `report`.
 *
 * @throws DistilleryError `invalid_option` at once; all else by `Run.report`.
 * @example
 * ```js
 * import { distil } from 'distillery';
 *
 * const run = distil(table, { students: { sizes: [[8], [32, 16]] } }, { workers: 2 });
 * for await (const event of run) if (event.type === 'job') console.log(event.work.done / event.work.total);
 * const { choice, sizes } = await run.report;
 * console.log(choice.status, sizes[choice.size].parameters);
 * const file = run.chosen();
 * run.dispose();
 * ```
 */
export function distil(table: Table, plan?: DeepPartial<Plan>, options?: DistilOptions): Run {
  return distilOn(web, table, plan, options);
}

/**
 * Does one student vary as little as the ensemble? Trains everything of a plan anew on resamples of the rows that are not test
 * rows, each with a seed of its own, and takes the loss on the test rows apart into bias and variance: of a single
 * teacher, the ensemble, the student and its baselines. Takes as long as so many runs.
 *
 * @throws DistilleryError as `distil` and its report do.
 * @example
 * ```js
 * import { measureVariance } from 'distillery';
 *
 * const { kept, networks } = await measureVariance(table, { teachers: { count: 2, training: { epochs: 1 } } }, { hidden: [8], resamples: 2 });
 * console.log(kept.estimate, networks.student.nll.variance);
 * ```
 */
export function measureVariance(table: Table, plan: DeepPartial<Plan> | undefined, options: VarianceOptions & DistilOptions): Promise<VarianceReport> {
  return measureVarianceOn(web, table, plan, options);
}

/**
 * Logits of each model, given by its file, on raw rows: computed in a worker, so that a page stays awake. For few rows
 * `Distillery.loadModel` is the shorter way.
 *
 * @returns one array per model, rows × classes.
 * @example
 * ```js
 * import { predict } from 'distillery';
 *
 * const [logits] = await predict([file], table.features);
 * console.log(logits.length / table.classNames.length, 'rows');
 * ```
 */
export function predict(models: Uint8Array[], features: Float32Array, options?: PredictOptions): Promise<Float32Array[]> {
  return predictOn(web, models, features, options);
}
