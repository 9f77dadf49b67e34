/** The entry points, each for any platform: index.ts and node.ts bind them to theirs. */

import { distil, type Run } from './distil.js';
import { Distillery, networks } from './distillery.js';
import { DistilleryError } from './errors.js';
import { type Artefact, compile, type Glue, instantiate, type WasmSource } from './load.js';
import type { LeakHook, Native } from './native.js';
import { completePlan, type DeepPartial } from './plan.js';
import { Planner, planner } from './planner.js';
import type { Platform } from './platform.js';
import { predict } from './predict.js';
import type { Plan, Table, VarianceReport } from './types.js';
import { measure, type VarianceOptions } from './variance.js';

/** Which WebAssembly is run. */
export interface FlavourOptions {
  /**
   * `fast` is faster on some machines, but not the same bytes on all of them; where the engine lacks relaxed SIMD it is
   * refused with the code `unsupported` (see `fastIsSupported`). What ran is named in `Distillery.flavour` and `Report.flavour`.
   */
  flavour?: 'simd' | 'fast';
  /**
   * Where the WebAssembly comes from, or a promise of it, such as `fetch` gives; without it, from beside this package's
   * files. `loadDistillery` takes distillery-simd.wasm, all else planner-simd.wasm, whose module is `Planner.module`.
   */
  wasm?: WasmSource | PromiseLike<WasmSource>;
}

export interface LoadOptions extends FlavourOptions {
  /**
   * Hears once per instance, if a model, a trainer or the like was garbage-collected without `dispose()`. Without it,
   * `console.warn` does: the one thing that this package ever prints. Give `() => {}` for silence.
   */
  onLeak?: LeakHook;
  /** @internal What goes with another build's WebAssembly. */
  glue?: Glue;
}

export interface DistilOptions extends FlavourOptions {
  /** How many; without it, as many as the machine has cores, up to 16. The result does not depend on it. */
  workers?: number;
  /** Ends everything at once. */
  signal?: AbortSignal;
  /** Goes on from what `Run.save` gave for the same table and plan. */
  resume?: Uint8Array;
}

export interface PredictOptions extends FlavourOptions {
  signal?: AbortSignal;
}

async function load(platform: Platform, artefact: Artefact<Native>,
                    { flavour = 'simd', wasm }: FlavourOptions): Promise<WebAssembly.Module> {
  if (flavour !== 'simd' && flavour !== 'fast') throw new DistilleryError('invalid_option', "flavour must be 'simd' or 'fast'.");
  return compile(wasm ?? platform.wasm(artefact.name, flavour), platform.request, artefact, flavour);
}

async function loadAs<Of extends Native, Made>(
  platform: Platform, artefact: Artefact<Of>, { glue = artefact.glue, onLeak, ...options }: LoadOptions,
  Class: new (native: Of, module: WebAssembly.Module) => Made): Promise<Made> {
  const module = await load(platform, artefact, options);
  return new Class(await instantiate(module, { ...artefact, glue }, onLeak), module);
}

export const loadOn = (platform: Platform, options: LoadOptions = {}): Promise<Distillery> =>
  loadAs(platform, networks, options, Distillery);

export const loadPlannerOn = (platform: Platform, options: LoadOptions = {}): Promise<Planner> =>
  loadAs(platform, planner, options, Planner);

export function distilOn(platform: Platform, table: Table, plan?: DeepPartial<Plan>, options: DistilOptions = {}): Run {
  const { workers = Math.min(platform.cores(), 16), signal, resume } = options;
  if (!(Number.isInteger(workers) && workers >= 1 && workers <= 256))
    throw new DistilleryError('invalid_option', 'workers must be a whole number from 1 to 256.');
  return distil({
    table, plan: completePlan(plan), workers, signal, saved: resume, load: () => load(platform, planner, options),
    startThread: platform.startThread,
  });
}

export async function measureVarianceOn(platform: Platform, table: Table, plan: DeepPartial<Plan> | undefined,
                                        { workers, signal, flavour, wasm, ...options }: VarianceOptions & DistilOptions): Promise<VarianceReport> {
  const library = await loadPlannerOn(platform, { flavour, wasm });
  return measure(library, (resample, whole) => distilOn(platform, resample, whole, { workers, signal, flavour, wasm: library.module }),
    table, plan, options);
}

export function predictOn(platform: Platform, models: Uint8Array[], features: Float32Array,
                          options: PredictOptions = {}): Promise<Float32Array[]> {
  return predict(() => load(platform, planner, options), platform.startThread, models, features, options.signal);
}
