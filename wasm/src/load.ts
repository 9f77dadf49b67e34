import createSimdModule from './distillery-simd.js';
import { DistilleryError } from './errors.js';
import type { Native } from './native.js';
import type { Flavour } from './types.js';

/** Where the WebAssembly comes from: its address, the answer to a request for it, its bytes, or itself compiled. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** What Emscripten makes beside a .wasm file. Tests bring that of the scalar build. */
export type Glue = (options: GlueOptions) => Promise<unknown>;
interface GlueOptions {
  instantiateWasm(imports: WebAssembly.Imports, received: (instance: WebAssembly.Instance) => void): object;
}

/** () → v128, and an empty try/catch_all: valid only where the engine knows SIMD and exceptions. */
const probes: Record<string, number[]> = {
  'WebAssembly SIMD': [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
  'WebAssembly exceptions': [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 64, 25, 11, 11],
};

/** (v128, v128, v128) → v128 by f32x4.relaxed_madd. */
const relaxed = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253,
  133, 2, 11];

const knows = (bytes: number[]): boolean =>
  typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(bytes));

/** Whether this engine can run the flavour `fast`. */
export const fastIsSupported = (): boolean => knows(relaxed);

function checkEngine(flavour: Flavour): void {
  for (const [feature, bytes] of Object.entries(probes))
    if (!knows(bytes)) throw new DistilleryError('unsupported', `This browser lacks ${feature}: use a newer one.`);
  if (flavour === 'fast' && !fastIsSupported())
    throw new DistilleryError('unsupported', "This engine lacks relaxed SIMD, which the flavour 'fast' is made of. Leave the "
      + 'flavour out, or use a newer engine; Node 20 needs the flag --experimental-wasm-relaxed-simd.');
}

/** Compiles, or says what was there instead. */
export async function compile(source: WasmSource, request: (url: URL) => Promise<Response | BufferSource>,
                              flavour: Flavour = 'simd'): Promise<WebAssembly.Module> {
  checkEngine(flavour);
  if (source instanceof WebAssembly.Module) return source;
  let what = 'The given bytes';
  try {
    let response: Response | BufferSource;
    if (typeof source === 'string' || source instanceof URL) {
      const url = new URL(source);
      what = url.href;
      response = await request(url);
    } else response = source;
    if (response instanceof ArrayBuffer || ArrayBuffer.isView(response)) return await WebAssembly.compile(response);
    const type = response.headers.get('content-type') ?? 'none';
    what = `${response.url || what} (status ${response.status}, content-type ${type})`;
    if (!response.ok) throw new Error('the server did not deliver it');
    // Streaming insists on the type, which not every server knows.
    return type.startsWith('application/wasm')
      ? await WebAssembly.compileStreaming(response)
      : await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DistilleryError('load_failed', `${what} is not the WebAssembly of distillery: ${why}`, { cause: error });
  }
}

/** A new instance of a compiled module, with memory of its own. */
export function instantiate(module: WebAssembly.Module, glue: Glue = createSimdModule as Glue): Promise<Native> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void =>
      reject(new DistilleryError('load_failed', `The WebAssembly of distillery does not start: ${error}`, { cause: error }));
    glue({
      instantiateWasm(imports, received) {
        WebAssembly.instantiate(module, imports).then(received).catch(failed);
        return {};
      },
    }).then((native) => resolve(native as Native), failed);
  });
}
