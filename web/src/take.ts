/** Makes the files of the student that is taken away. */
import type { Actions, Engine } from './actions.ts';
import { sentence } from './actions.ts';
import { decided, rowsOf } from './state/answers.ts';
import type { Store } from './state/store.ts';
import { isFileTable, roundingOf, schemaFile, seedsOf, type Rounding, type TakenFiles } from './state/take.ts';

export type Exporters = typeof import('distillery/export');

export interface TakeActions {
  /** Makes the files of what is chosen, unless they are there. */
  prepare(): Promise<void>;
  /** How a file of each format is used; null until the exporters are there. */
  usage(): Exporters['usage'] | null;
  /** Says how the columns become features; null for rows that come from no file. */
  schema(): { name: string; content: string } | null;
}

export function createTake(store: Store, actions: Actions, engine: Pick<Engine, 'predict'>, fetchExporters: () => Promise<Exporters>): TakeActions {
  let exporters: Exporters | null = null;
  let asked = 0;

  async function prepare(): Promise<void> {
    const finished = actions.finished(), { size: wanted, weights } = store.taking.value;
    if (!finished) return;
    const { report, table } = finished, size = wanted ?? report.choice.size;
    const now = store.taken.value;
    if (now?.size === size && now.weights === weights) return;
    const mine = ++asked;
    store.taken.value = null;
    try {
      exporters ??= await fetchExporters();
      const { toC, toJavaScript, toJson, toOnnx, quantise } = exporters;
      const exact = firstOf(seedsOf(report, size), (seed) => finished.model('student', size, seed));
      const rounding = weights === 'int8' ? await measure(exact, quantise(exact).file) : null;
      if (mine !== asked || actions.finished()?.report !== report) return;
      const options = { weights, ...(isFileTable(table) && { featureNames: table.columnNames }) };
      store.taken.value = {
        size, weights, rounding,
        files: {
          javascript: whole(toJavaScript(exact, options)), onnx: whole(toOnnx(exact, options)), safetensors: whole(exact),
          json: whole(toJson(exact, options)), c: whole(toC(exact, options)),
        },
      };
    } catch (error) {
      if (mine === asked) store.fault.value = sentence(error);
    }
  }

  /** What rounding costs, on the test rows. */
  async function measure(exact: Uint8Array, rounded: Uint8Array): Promise<Rounding | null> {
    const { table, testRows } = actions.finished()!, rows = testRows(), classes = table.classNames.length;
    if (rows.length === 0) return null;
    const logits = await engine.predict([exact, rounded], rowsOf(table.features, table.columns, rows), { wasm: (await actions.library()).module });
    const [ofExact, ofRounded] = logits.map((one) => decided(one, classes).labels);
    return roundingOf(Array.from(rows, (row) => table.labels[row]!), ofExact!, ofRounded!);
  }

  return {
    prepare,
    usage: () => exporters?.usage ?? null,
    schema() {
      const table = actions.finished()?.table;
      return table && isFileTable(table) ? { name: schemaFile, content: `${JSON.stringify(table.schema, null, 1)}\n` } : null;
    },
  };
}

const encoder = new TextEncoder();
const whole = (content: string | Uint8Array): TakenFiles['files']['c'] => (
  { content, bytes: typeof content === 'string' ? encoder.encode(content).length : content.length });

/** The first that can be had: a network whose training diverged cannot. */
function firstOf<Key, Value>(keys: readonly Key[], get: (key: Key) => Value): Value {
  for (const [i, key] of keys.entries()) {
    try {
      return get(key);
    } catch (error) {
      if (i === keys.length - 1) throw error;
    }
  }
  throw new Error('No student of this size is trained.');
}
