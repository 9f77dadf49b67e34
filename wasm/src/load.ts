import { DistilleryError } from './errors.js';
import { type LeakHook, type Native, netFor } from './native.js';
import type { Platform } from './platform.js';
import type { Flavour } from './types.js';

/**
 * Where the WebAssembly comes from: its address (in a page or worker also one relative to that), the answer to a request
 * for it, its bytes, or itself compiled.
 */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** Of this package: bundle.mjs puts it in. */
declare const PACKAGE_VERSION: string;

/** @internal What Emscripten makes beside a .wasm file. Tests bring that of the scalar build. */
export type Glue = (options: GlueOptions) => Promise<unknown>;
interface GlueOptions {
  instantiateWasm(imports: WebAssembly.Imports, received: (instance: WebAssembly.Instance) => void): object;
}

/** What can be loaded: `name`-simd.wasm or `name`-fast.wasm, and the JavaScript that Emscripten makes beside them. */
export interface Artefact<Of extends Native> {
  readonly name: 'distillery' | 'planner';
  readonly glue: Glue;
  /** The type of an instance. */
  readonly native?: Of;
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

/** What an error has to name. It becomes more precise on the way. */
interface Tried { what: string }

/** Compiles, or says what was asked for and what came back. */
export async function compile(source: WasmSource | PromiseLike<WasmSource>, request: Platform['request'],
                              { name }: Artefact<Native>, flavour: Flavour): Promise<WebAssembly.Module> {
  checkEngine(flavour);
  const tried: Tried = { what: 'What was given as wasm' };
  try {
    return await compileGiven(await source, request, tried);
  } catch (error) {
    if (error instanceof DistilleryError) throw error;
    throw new DistilleryError('load_failed', `${tried.what} is not the WebAssembly of distillery: ${reasonOf(error)}. `
      + `It needs the package's file ${name}-${flavour}.wasm: serve it there, or give the option wasm.`, { cause: error });
  }
}

async function compileGiven(given: WasmSource, request: Platform['request'],
                            tried: Tried): Promise<WebAssembly.Module> {
  if (given instanceof WebAssembly.Module) return given;
  if (typeof given === 'string' || given instanceof URL) {
    const url = addressOf(given);
    tried.what = url.href;
    return compileAnswer(await request(url), tried);
  }
  return compileAnswer(given, tried);
}

async function compileAnswer(answer: Response | BufferSource, tried: Tried): Promise<WebAssembly.Module> {
  if (answer instanceof ArrayBuffer || ArrayBuffer.isView(answer)) {
    tried.what += ` (${answer.byteLength} bytes)`;
    // V8 takes no DataView.
    return WebAssembly.compile(answer instanceof ArrayBuffer ? answer
      : new Uint8Array(answer.buffer as ArrayBuffer, answer.byteOffset, answer.byteLength));
  }
  if (!(answer instanceof Response))
    throw new DistilleryError('invalid_option',
      'wasm must be an address, a Response, bytes or a compiled module, or a promise of one.');

  const address = answer.url || tried.what, type = answer.headers.get('content-type') ?? 'none';
  const describe = (length: string): void => {
    tried.what = `${address} (status ${answer.status}, content-type ${type}, ${length})`;
  };
  describe(`content-length ${answer.headers.get('content-length') ?? 'none'}`);
  if (!answer.ok) throw new Error('the server did not deliver it');
  // Streaming insists on the type, which not every server knows.
  if (type === 'application/wasm') return WebAssembly.compileStreaming(answer);
  const bytes = await answer.arrayBuffer();
  describe(`${bytes.byteLength} bytes`);
  return WebAssembly.compile(bytes);
}

function addressOf(given: string | URL): URL {
  try {
    return new URL(given, globalThis.location?.href);
  } catch {
    throw new DistilleryError('invalid_option', `wasm is '${given}', which is no address that can be requested from here: `
      + 'give a whole one, such as new URL(…, import.meta.url).');
  }
}

/** With what lies behind it: of a request that failed only that tells why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

/** A new instance of a compiled module, with memory of its own. */
export function instantiate<Of extends Native>(module: WebAssembly.Module, { name, glue }: Artefact<Of>,
                                               onLeak?: LeakHook): Promise<Of> {
  return new Promise((resolve, reject) => {
    const failed = (error: unknown): void => reject(error instanceof DistilleryError ? error
      : new DistilleryError('load_failed', `The WebAssembly of distillery does not start: ${reasonOf(error)}. `
        + `It must be the file ${name}-simd.wasm or ${name}-fast.wasm of this very package.`, { cause: error }));
    glue({
      instantiateWasm(imports, received) {
        WebAssembly.instantiate(module, imports).then(received).catch(failed);
        return {};
      },
    }).then((made) => {
      const native = ofThisVersion(made as Of);
      resolve(Object.assign(native, { owned: netFor(native, onLeak) }));
    }).catch(failed);
  });
}

/** Both halves of the package must be of one version: a server or a cache may hold on to one of them. */
function ofThisVersion<Of extends Native>(native: Of): Of {
  const { version } = native.state();
  if (version === PACKAGE_VERSION) return native;
  throw new DistilleryError('load_failed', `The WebAssembly is that of distillery ${version}, the JavaScript that of `
    + `${PACKAGE_VERSION}. Serve both files of one package, and empty caches in between.`);
}
