import { distil, type Run } from './distil.js';
import { Distillery } from './distillery.js';
import { DistilleryError } from './errors.js';
import { compile, type Glue, instantiate, type WasmSource } from './load.js';
import { completePlan, type DeepPartial } from './plan.js';
import type { Platform } from './platform.js';
import { predict } from './predict.js';
import type { Plan, Table } from './types.js';

/** Which WebAssembly is run. */
export interface FlavourOptions {
  /**
   * `fast` is faster on some machines, but not the same bytes on all of them; where the engine lacks relaxed SIMD it is
   * refused with the code `unsupported` (see `fastIsSupported`). What ran is named in `Distillery.flavour` and `Report.flavour`.
   */
  flavour?: 'simd' | 'fast';
}

export interface LoadOptions extends FlavourOptions {
  /** Where the WebAssembly comes from; without it, from beside this package's files. */
  wasm?: WasmSource;
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
  wasm?: WasmSource;
}

export interface PredictOptions extends FlavourOptions {
  signal?: AbortSignal;
  wasm?: WasmSource;
}

/** The entry points, each bound to a platform. */
export interface Api {
  /** A new instance of the library; two never share anything. */
  loadDistillery(options?: LoadOptions): Promise<Distillery>;
  /** Trains teachers on the table and distils them into students, in workers. Iterate over it to see it happen. */
  distil(table: Table, plan?: DeepPartial<Plan>, options?: DistilOptions): Run;
  /** Logits of each model (a file's bytes) on raw rows, computed in a worker. */
  predict(models: Uint8Array[], features: Float32Array, options?: PredictOptions): Promise<Float32Array[]>;
}

export function createApi(platform: Platform): Api {
  const load = (flavour: 'simd' | 'fast' = 'simd', wasm: WasmSource = platform.wasm(flavour)): Promise<WebAssembly.Module> => {
    if (flavour !== 'simd' && flavour !== 'fast')
      throw new DistilleryError('invalid_option', "flavour must be 'simd' or 'fast'.");
    return compile(wasm, platform.request, flavour);
  };
  return {
    async loadDistillery({ flavour, wasm, glue } = {}) {
      const module = await load(flavour, wasm);
      return new Distillery(await instantiate(module, glue), module);
    },
    distil(table, plan, { workers = Math.min(platform.cores(), 16), signal, resume, flavour, wasm } = {}) {
      if (!(Number.isInteger(workers) && workers >= 1 && workers <= 256))
        throw new DistilleryError('invalid_option', 'workers must be a whole number from 1 to 256.');
      return distil({
        table, plan: completePlan(plan), workers, signal, saved: resume, load: async () => load(flavour, wasm),
        startThread: platform.startThread,
      });
    },
    predict: (models, features, { signal, flavour, wasm } = {}) =>
      predict(async () => load(flavour, wasm), platform.startThread, models, features, signal),
  };
}
