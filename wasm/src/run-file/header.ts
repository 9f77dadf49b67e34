import { checkSchema, type CsvSchema, type ReadCsvOptions } from '../csv/index.js';
import { completePlan, usualRecipe } from '../plan.js';
import type {
  Choice, Curve, Figures, Interval, Plan, Recipe, RecipeScore, RecipeTrials, Report, Scores, SizeScores,
} from '../types.js';
import { aBoolean, aNumber, aText, check, listOf, mapOf, oneOf, orNull, recordOf, type Shape } from './shape.js';

/** A file that was read. */
export interface DataRecord {
  /** From the folder of the run file; null: it is not known where it lies. */
  path: string | null;
  name: string;
  bytes: number;
  /** Of the file as it lies there, gzipped or not; in hexadecimal digits. */
  sha256: string;
}

/** What a run needs to go on, and what there is to tell of it without its data. */
export interface RunHeader {
  /** Version of the package. */
  madeBy: string;
  data: DataRecord;
  /** What went beside it: rows that nobody labelled, and what an ensemble of the user's says. */
  brought: { unlabelled: DataRecord | null; ensemble: DataRecord | null };
  /** How the data are read: options that were given. */
  csv: Omit<ReadCsvOptions, 'signal' | 'progress' | 'schema'>;
  table: {
    rows: number;
    columnNames: string[];
    classNames: string[];
    /** Rows that were left out. */
    skipped: number;
    warnings: string[];
  };
  /** null: the data came of no file. */
  schema: CsvSchema | null;
  plan: Plan;
  flavour: 'simd' | 'fast';
  /** As far as it had got. */
  report: Report;
  /** The margin was changed after the test rows had been scored: they no longer test it afresh. */
  marginChangedLate: boolean;
}

/** Throws an Error that says where the value is no header. */
export function checkHeader(value: unknown): asserts value is RunHeader {
  check(headerShape, value, 'header');
  completePlan(value.plan);
  if (value.schema) checkSchema(value.schema);
  checkCounts(value.report);
}

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
  student: scores, baseline: scores, matched: scores, quantised: scores,
  gain: interval, gainP: aNumber, gainHolm: aNumber, klGain: interval, klGainP: aNumber,
  matchedGain: interval, matchedGainP: aNumber, matchedGainHolm: aNumber, difference: interval,
});
const curve = recordOf<Curve>({
  rows: aNumber, teacherAccuracy: interval, ensembleAccuracy: interval, ensemble: recordOf<Figures>(figuresOf(aNumber)),
  ensembles: listOf(interval),
  sizes: listOf(sizeScores),
});
const choice = recordOf<Choice>({
  status: oneOf('pending', 'chosen', 'none', 'no_rows'), size: aNumber, seed: aNumber, testDifference: interval,
  testAccuracy: aNumber, testAgreement: aNumber, confirmed: aBoolean, supportedMargin: aNumber,
  rowsNeeded: aNumber, edge: interval, retainedEdge: interval,
});
const recipe = recordOf<Required<Recipe>>({
  temperature: aNumber, softWeight: aNumber, transfer: aBoolean, loss: oneOf('divergence', 'logits', 'decoupled'),
  otherWeight: aNumber, assistant: aBoolean,
});
const trials = recordOf<RecipeTrials>({
  first: aNumber, last: aNumber, size: aNumber, chosen: aNumber,
  candidates: listOf(recordOf<RecipeScore>({ trials: aNumber, accuracy: aNumber, nll: aNumber, behind: interval })),
});
const report = recordOf<Report>({
  flavour: oneOf('simd', 'fast', 'scalar'), finished: aBoolean,
  rows: recordOf<Report['rows']>({ train: aNumber, validation: aNumber, test: aNumber }),
  columns: aNumber, classes: aNumber, teacherParameters: aNumber, ensembleParameters: aNumber, ensembleBytes: aNumber,
  calibration: aNumber,
  teachers: listOf(recordOf<Report['teachers'][number]>({
    state: oneOf('pending', 'done', 'diverged'), loss: listOf(aNumber), accuracy: listOf(aNumber),
    validationAccuracy: aNumber, testAccuracy: aNumber, weight: aNumber,
  })),
  assistants: listOf(recordOf<Report['assistants'][number]>({
    hidden: listOf(aNumber), parameters: aNumber, done: aBoolean, validationAccuracy: aNumber,
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
  // What a recipe of a plan does not say is usual; completePlan refuses what is no object.
  if (value !== 'auto') check(listOf((one, at) => check(recipe, { ...usualRecipe, ...one as object }, at)), value, path);
};
const plan = recordOf<Plan>({
  seed: aNumber, split: recordOf<Plan['split']>({ validation: aNumber, test: aNumber, officialTestRows: aNumber }),
  teachers: recordOf<Plan['teachers']>({
    count: aNumber, hidden: listOf(aNumber), dropout: listOf(aNumber),
    combination: oneOf('mean_logits', 'mean_probabilities'), fittedWeights: aBoolean, calibrated: aBoolean, folds: aNumber,
    patience: aNumber, training,
  }),
  students: recordOf<Plan['students']>({
    sizes: listOf(listOf(aNumber)), seeds: aNumber, firstSeeds: aNumber, assistants: listOf(listOf(aNumber)), recipe: recipes,
    trials: aNumber, patience: aNumber, int8: aBoolean,
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
const headerShape = recordOf<RunHeader>({
  madeBy: aText,
  data: dataRecord,
  brought: recordOf<RunHeader['brought']>({ unlabelled: orNull(dataRecord), ensemble: orNull(dataRecord) }),
  csv: mapOf(anything) as Shape<RunHeader['csv']>,   // checked where the data are read
  table: recordOf<RunHeader['table']>({
    rows: aNumber, columnNames: listOf(aText), classNames: listOf(aText), skipped: aNumber, warnings: listOf(aText),
  }),
  schema: anything as Shape<RunHeader['schema']>,        // by checkSchema
  plan, flavour: oneOf('simd', 'fast'), report, marginChangedLate: aBoolean,
});
