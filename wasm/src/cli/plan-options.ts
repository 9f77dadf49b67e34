import { parseJson } from '../exporters/strict-json.js';
import { choice, number, type Option, sizes, text, type Values, whole, widths } from './arguments.js';
import { FileError, UsageError } from './exit-codes.js';
import { readWhole } from './files.js';
import { completePlan, type DeepPartial, DistilleryError, type Plan, type Recipe } from './package.js';

/** The parts of a plan that are asked for most. The others come by --plan. */
export const planOptions = {
  plan: text('file.json', 'a plan, or some of its fields, as docs/command-line.md shows; the options below prevail'),
  seed: whole('n', 'of all randomness: same seed, same bytes (0)', 0),
  teachers: whole('n', 'of the ensemble (12)', 1, 100),
  'teacher-hidden': widths('widths', 'hidden layers of each teacher (256-128-64)'),
  sizes: sizes('list', 'hidden layers of the students to compare, such as 4-2,16-8,64-32 (12 sizes)'),
  seeds: whole('n', 'students, and as many baselines, of each size; far beyond the answer 3 (5)', 1, 1000),
  epochs: whole('n', 'of teachers and students alike (30 and 50)', 1),
  'teacher-epochs': whole('n', 'of teachers (30)', 1),
  'student-epochs': whole('n', 'of students and baselines (50)', 1),
  trials: whole('n', 'networks that try each recipe on one of the largest three sizes; on smaller ones more (2)', 1, 100),
  temperature: number('t', 'of the soft targets: one recipe, and no trials (else chosen by trials)', 0.05, 100),
  'soft-weight': number('share', 'of the soft targets in the loss, the rest being the labels: likewise', 0, 1),
  transfer: choice('how rows for the ensemble to label are made (munge)', ['none', 'jitter', 'mixup', 'munge']),
  copies: whole('n', 'transfer rows for each training row (2)', 1, 100),
  schedule: choice('of the students\' learning rate (cosine)', ['constant', 'cosine']),
  validation: number('share', 'of the rows that are not test rows, to choose by (0.2)', 0, 0.9),
  test: number('share', 'of all rows, scored once at the end (0.2)', 0, 0.9),
  'official-test-rows': whole('n', 'the last n rows of the file are the test rows (0: drawn by seed)', 0),
  margin: number('share', 'how much accuracy below the ensemble is still enough: 0.01 is a point (0.01)', 0, 0.5),
  confidence: number('share', 'of all intervals (0.95)', 0.5, 0.999),
} satisfies Record<string, Option<any>>;

export async function planOf(values: Values<typeof planOptions>): Promise<Plan> {
  const fromFile = values.plan === undefined ? {} : await readPlan(values.plan);
  const { epochs, 'teacher-epochs': teacherEpochs = epochs, 'student-epochs': studentEpochs = epochs } = values;
  const plan = completePlan(fromFile);
  const given: DeepPartial<Plan> = {
    seed: values.seed, margin: values.margin, confidence: values.confidence,
    split: { validation: values.validation, test: values.test, officialTestRows: values['official-test-rows'] },
    teachers: { count: values.teachers, hidden: values['teacher-hidden'], training: { epochs: teacherEpochs } },
    students: {
      sizes: values.sizes, seeds: values.seeds, recipe: recipeOf(values), trials: values.trials,
      transfer: { method: values.transfer, copies: values.copies },
      training: { epochs: studentEpochs, schedule: values.schedule },
    },
  };
  // Fewer layers than the plan has dropouts: the first ones stay.
  const hidden = given.teachers?.hidden;
  if (hidden) plan.teachers.dropout = plan.teachers.dropout.slice(0, hidden.length);
  return completePlan(merged<Plan>(plan, given));
}

/** One recipe where something of it is said. It has transfer rows where these were asked for, too. */
function recipeOf({ temperature, 'soft-weight': softWeight, transfer = 'none' }: Values<typeof planOptions>): Recipe[] | undefined {
  if (temperature === undefined && softWeight === undefined) return undefined;
  return [{ temperature: temperature ?? 1, softWeight: softWeight ?? 0.9, transfer: transfer !== 'none' }];
}

async function readPlan(path: string): Promise<DeepPartial<Plan>> {
  let plan: unknown;
  try {
    plan = parseJson(new TextDecoder().decode(await readWhole(path)));
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`--plan: ${path} is no JSON: ${(error as Error).message}.`, { cause: error });
  }
  if (typeof plan !== 'object' || plan === null || Array.isArray(plan))
    throw new FileError(`--plan: ${path} must hold an object, such as {"teachers": {"count": 4}}.`);
  try {
    completePlan(plan);
    return plan;
  } catch (error) {
    if (!(error instanceof DistilleryError)) throw error;
    throw new UsageError(`--plan: ${path}: ${error.message}`, { cause: error });
  }
}

/** The plan, but for what is given. */
function merged<T extends object>(plan: T, given: DeepPartial<T>): T {
  const whole = { ...plan } as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const isPart = typeof value === 'object' && value !== null && !Array.isArray(value);
    whole[name] = isPart ? merged(whole[name] as object, value) : value;
  }
  return whole as T;
}
