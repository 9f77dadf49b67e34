import { crc32c } from '../exporters/bytes.js';
import { parseJson } from '../exporters/strict-json.js';
import type { Brought } from './brought.js';
import { FileError } from './exit-codes.js';
import { readWhole, writeWhole } from './files.js';
import {
  checkSchema, type Choice, completePlan, type CsvSchema, type Curve, type Figures, type Interval, type Plan,
  type ReadCsvOptions, type Recipe, type RecipeScore, type RecipeTrials, type Report, type Scores, type SizeScores,
} from './package.js';
import { aBoolean, aNumber, aText, check, listOf, mapOf, oneOf, orNull, recordOf, type Shape } from './shape.js';

/** A file that was read. */
export interface DataRecord {
  /** From the folder of the run file; null: standard input. */
  path: string | null;
  name: string;
  bytes: number;
  /** Of the file as it lies there, gzipped or not. */
  sha256: string;
}

/** What a run needs to go on, and what there is to tell of it without its data. */
export interface RunFile {
  /** Version of the package. */
  madeBy: string;
  data: DataRecord;
  /** What went beside it. */
  brought: Brought<DataRecord | null>;
  /** How the data are read: options that were given. */
  csv: Omit<ReadCsvOptions, 'signal' | 'progress' | 'schema' | 'group'>;
  table: {
    rows: number;
    columnNames: string[];
    classNames: string[];
    /** Rows that were left out. */
    skipped: number;
    warnings: string[];
  };
  schema: CsvSchema;
  plan: Plan;
  flavour: 'simd' | 'fast';
  /** As far as it had got. */
  report: Report;
  /** The margin was changed after the test rows had been scored: they no longer test it afresh. */
  marginChangedLate: boolean;
  /** What `Run.save` gave. */
  state: Uint8Array;
}

// 4 bytes of magic, version (u32), length of the header (u32), the header: all but the state, as JSON in UTF-8; the
// state; CRC-32C (u32) over all before it. Little-endian, as the library's files.
const magic = 'DSTS', version = 2;   // 1 knew nothing of what is brought
const headerAt = 12, crcBytes = 4;

export function encodeRun({ state, ...header }: RunFile): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(headerAt + text.length + state.length + crcBytes), view = new DataView(file.buffer);
  file.set(new TextEncoder().encode(magic));
  view.setUint32(4, version, true);
  view.setUint32(8, text.length, true);
  file.set(text, headerAt);
  file.set(state, headerAt + text.length);
  view.setUint32(file.length - crcBytes, crc32c(file.subarray(0, -crcBytes)), true);
  return file;
}

export const isRun = (file: Uint8Array): boolean => new TextDecoder('latin1').decode(file.subarray(0, 4)) === magic;

/** Throws FileError, naming the file, where it is no run, or not whole. */
export function decodeRun(file: Uint8Array, path: string): RunFile {
  const fail = (why: string): never => { throw new FileError(`${path} cannot be used as a run: ${why}.`); };
  if (!isRun(file)) fail('it does not start as one. Runs are made by `distillery distil`');
  if (file.length < headerAt + crcBytes) fail('it was cut short');
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (view.getUint32(file.length - crcBytes, true) !== crc32c(file.subarray(0, -crcBytes)))
    fail('its checksum does not fit, so it was cut short or altered');
  if (view.getUint32(4, true) !== version)
    fail(`it has version ${view.getUint32(4, true)}, and this Distillery reads version ${version}. Use another one`);
  const end = headerAt + view.getUint32(8, true);
  if (end > file.length - crcBytes) fail('its header would be longer than the file');
  try {
    const header: unknown = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(headerAt, end)));
    check(headerShape, header, 'header');
    completePlan(header.plan);
    checkSchema(header.schema);
    checkCounts(header.report);
    return { ...header, state: file.slice(end, -crcBytes) };
  } catch (error) {
    return fail(error instanceof Error ? error.message.replace(/\.$/, '') : String(error));
  }
}

export const readRun = async (path: string): Promise<RunFile> => decodeRun(await readWhole(path), path);
export const writeRun = (path: string, run: RunFile): Promise<void> => writeWhole(path, encodeRun(run));

/** What a report says in two places must agree: views look things up by it. */
function checkCounts({ sizes, recipes, trials, validation, test, choice }: Report): void {
  // Rows that were not scored have no figures.
  const isWhole = (curve: Curve): boolean =>
    curve.sizes.length === sizes.length || (curve.sizes.length === 0 && curve.rows === 0);
  const isIndex = (value: number, length: number): boolean => Number.isInteger(value) && value >= -1 && value < length;
  if (!sizes.every(({ recipe }) => isIndex(recipe, recipes.length)) || !trials.every(({ chosen }) => isIndex(chosen, recipes.length)))
    throw new Error('its report contradicts itself');
  if (sizes.length === 0 || !isWhole(validation) || !isWhole(test) || !Number.isInteger(choice.size) || choice.size < -1
      || choice.size >= sizes.length)
    throw new Error('its report contradicts itself');
}

const interval = recordOf<Interval>({ estimate: aNumber, lower: aNumber, upper: aNumber, count: aNumber });
const figuresOf = <T>(shape: Shape<T>) => ({
  accuracy: shape, macroF1: shape, rocAuc: shape, nll: shape, brier: shape, ece: shape, agreement: shape, kl: shape,
  agreementOnErrors: shape, agreementNearBoundary: shape,
});
const scores = recordOf<Scores>(figuresOf(interval));
const sizeScores = recordOf<SizeScores>({
  student: scores, baseline: scores, matched: scores,
  gain: interval, gainP: aNumber, gainHolm: aNumber, klGain: interval, klGainP: aNumber,
  matchedGain: interval, matchedGainP: aNumber, matchedGainHolm: aNumber, difference: interval,
});
const curve = recordOf<Curve>({
  rows: aNumber, teacherAccuracy: interval, ensembleAccuracy: interval, ensemble: recordOf<Figures>(figuresOf(aNumber)),
  sizes: listOf(sizeScores),
});
const choice = recordOf<Choice>({
  status: oneOf('pending', 'chosen', 'none', 'no_rows'), size: aNumber, seed: aNumber, testDifference: interval,
  testAccuracy: aNumber, testAgreement: aNumber, confirmed: aBoolean, supportedMargin: aNumber,
  rowsNeeded: aNumber, edge: interval, retainedEdge: interval,
});
const recipe = recordOf<Recipe>({ temperature: aNumber, softWeight: aNumber, transfer: aBoolean });
const trials = recordOf<RecipeTrials>({
  first: aNumber, last: aNumber, size: aNumber, chosen: aNumber,
  candidates: listOf(recordOf<RecipeScore>({ trials: aNumber, accuracy: aNumber, nll: aNumber, behind: interval })),
});
const report = recordOf<Report>({
  flavour: oneOf('simd', 'fast', 'scalar'), finished: aBoolean,
  rows: recordOf<Report['rows']>({ train: aNumber, validation: aNumber, test: aNumber }),
  columns: aNumber, classes: aNumber, teacherParameters: aNumber, ensembleParameters: aNumber, ensembleBytes: aNumber,
  teachers: listOf(recordOf<Report['teachers'][number]>({
    state: oneOf('pending', 'done', 'diverged'), loss: listOf(aNumber), accuracy: listOf(aNumber),
    validationAccuracy: aNumber, testAccuracy: aNumber,
  })),
  sizes: listOf(recordOf<Report['sizes'][number]>({
    hidden: listOf(aNumber), recipe: aNumber, parameters: aNumber, bytes: aNumber, studentsDone: aNumber, baselinesDone: aNumber,
    matchedDone: aNumber, diverged: aNumber,
  })),
  recipes: listOf(recipe), trials: listOf(trials), validation: curve, test: curve, choice,
});

const training = recordOf<Plan['teachers']['training']>({
  epochs: aNumber, batchSize: aNumber, learningRate: aNumber, weightDecay: aNumber,
  schedule: oneOf('constant', 'cosine'),
});
const recipes: Shape<Plan['students']['recipe']> = (value, path) => {
  if (value !== 'auto') check(listOf(recipe), value, path);
};
const plan = recordOf<Plan>({
  seed: aNumber, split: recordOf<Plan['split']>({ validation: aNumber, test: aNumber, officialTestRows: aNumber }),
  teachers: recordOf<Plan['teachers']>({
    count: aNumber, hidden: listOf(aNumber), dropout: listOf(aNumber),
    combination: oneOf('mean_logits', 'mean_probabilities'), training,
  }),
  students: recordOf<Plan['students']>({
    sizes: listOf(listOf(aNumber)), seeds: aNumber, recipe: recipes, trials: aNumber,
    transfer: recordOf<Plan['students']['transfer']>({
      method: oneOf('none', 'jitter', 'mixup', 'munge'),
      copies: aNumber, deviation: aNumber, alpha: aNumber, swap: aNumber, locality: aNumber,
    }),
    training,
  }),
  balanceClasses: aBoolean, margin: aNumber, confidence: aNumber,
});

const anything: Shape<unknown> = () => {};
const dataRecord = recordOf<DataRecord>({ path: orNull(aText), name: aText, bytes: aNumber, sha256: aText });
const headerShape = recordOf<Omit<RunFile, 'state'>>({
  madeBy: aText,
  data: dataRecord,
  brought: recordOf<RunFile['brought']>({ unlabelled: orNull(dataRecord), ensemble: orNull(dataRecord) }),
  csv: mapOf(anything) as Shape<RunFile['csv']>,   // checked where the data are read
  table: recordOf<RunFile['table']>({
    rows: aNumber, columnNames: listOf(aText), classNames: listOf(aText), skipped: aNumber, warnings: listOf(aText),
  }),
  schema: anything as Shape<CsvSchema>,            // by checkSchema
  plan, flavour: oneOf('simd', 'fast'), report, marginChangedLate: aBoolean,
});
