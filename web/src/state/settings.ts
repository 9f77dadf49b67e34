import type { Plan, TransferOptions } from 'distillery';
import { findSet, madeTestRows, type MadeRows, type ShapeName } from '../data/sets.ts';

/** What the controls hold: text as typed, so that a half-typed value is kept and can be complained about. */
export interface Settings {
  teachers: string;
  teacherShape: string;
  teacherEpochs: string;
  /** Share of units dropped, per hidden layer of the teachers: "0.3, 0.3"; empty: none. */
  dropout: string;
  /** Hidden widths per size: "2-1, 4-2, 64-32". */
  sizes: string;
  seeds: string;
  studentEpochs: string;
  /** 'auto': trials choose; 'own': the three below. */
  recipe: string;
  temperature: string;
  softWeight: string;
  /** Rows that the ensemble labels beside the training rows. */
  transfer: string;
  seed: string;
}

export const recipes = ['auto', 'own'] as const;
export const transferMethods = ['none', 'jitter', 'mixup', 'munge'] as const satisfies readonly TransferOptions['method'][];

/** Where a recipe of one's own starts: the textbook's. */
const textbook = { temperature: '3', softWeight: '0.7', transfer: 'none' };

export type SettingName = keyof Settings;

/** What is trained on. */
export interface DataChoice {
  set: string;
  shape: ShapeName;
  rows: string;
  noise: string;
  dataSeed: string;
}

export type DataField = 'rows' | 'noise' | 'dataSeed';

/** What a reader may set of rows that are made, in words. */
export const dataFieldNames = [['shape', 'shape'], ['rows', 'rows'], ['noise', 'noise'], ['dataSeed', 'seed of the data']] as const satisfies
  readonly (readonly [keyof DataChoice, string])[];

export const firstChoice: DataChoice = { set: 'quick', shape: 'moons', rows: '2000', noise: '0.2', dataSeed: '1' };

/** Noise at which a shape is neither trivial nor hopeless. */
export const usualNoise: Record<ShapeName, string> = { moons: '0.2', circles: '0.15', spirals: '0.06' };

export const margins = [0.005, 0.01, 0.02, 0.05] as const;

export const settingNames: Record<SettingName, string> = {
  teachers: 'teachers', teacherShape: 'shape', teacherEpochs: 'teacher epochs', dropout: 'dropout', sizes: 'sizes', seeds: 'seeds',
  studentEpochs: 'student epochs', recipe: 'recipe', temperature: 'temperature', softWeight: 'soft weight', transfer: 'transfer rows', seed: 'seed',
};

const sizeText = (hidden: readonly number[]): string => hidden.join('-');

export function fromPlan(plan: Plan, setId: string): Settings {
  const usual = findSet(setId).usual ?? {};
  return {
    teachers: String(usual.teachers ?? plan.teachers.count),
    teacherShape: (usual.teacherShape ?? plan.teachers.hidden).join(', '),
    teacherEpochs: String(usual.teacherEpochs ?? plan.teachers.training.epochs),
    dropout: (usual.dropout ?? plan.teachers.dropout).map((share) => Number(share.toFixed(4))).join(', '),
    sizes: (usual.sizes ?? plan.students.sizes).map(sizeText).join(', '),
    seeds: String(usual.seeds ?? plan.students.seeds),
    studentEpochs: String(usual.studentEpochs ?? plan.students.training.epochs),
    recipe: 'auto',
    ...textbook,
    seed: String(plan.seed),
  };
}

/** Least and most of every number that can be typed. */
export const ranges = {
  teachers: [1, 50], teacherEpochs: [1, 1000], seeds: [1, 50], studentEpochs: [1, 1000], seed: [0, Number.MAX_SAFE_INTEGER],
  temperature: [0.1, 100], softWeight: [0, 1], rows: [100, 50_000], noise: [0, 2], dataSeed: [0, Number.MAX_SAFE_INTEGER],
} as const satisfies Record<string, readonly [number, number]>;

function oneOf<T extends string>(text: string, values: readonly T[]): T | null {
  return values.find((value) => value === text) ?? null;
}

function whole(text: string, [least, most]: readonly [number, number]): number | null {
  if (!/^\d+$/.test(text.trim())) return null;
  const value = Number(text);
  return value >= least && value <= most ? value : null;
}

function real(text: string, [least, most]: readonly [number, number]): number | null {
  if (!/^\d*\.?\d+$/.test(text.trim())) return null;
  const value = Number(text);
  return value >= least && value <= most ? value : null;
}

function widths(text: string, separator: RegExp): number[] | null {
  const parts = text.trim().split(separator).map((part) => whole(part, [1, 1024]));
  if (parts.length > 6 || parts.some((part) => part === null)) return null;
  return parts as number[];
}

function shares(text: string): number[] | null {
  if (text.trim() === '') return [];
  const parts = text.trim().split(/\s*[,;\s]\s*/).map((part) => real(part, [0, 0.9]));
  return parts.length > 6 || parts.some((part) => part === null) ? null : parts as number[];
}

function studentSizes(text: string): number[][] | null {
  const sizes = text.trim().split(/\s*[,;\s]\s*/).filter(Boolean).map((part) => widths(part, /[-x×]/));
  if (sizes.length < 1 || sizes.length > 24 || sizes.some((size) => size === null)) return null;
  return sizes as number[][];
}

export function parameterCount(inputs: number, hidden: readonly number[], classes: number): number {
  let total = 0, from = inputs;
  for (const to of [...hidden, classes]) {
    total += (from + 1) * to;
    from = to;
  }
  return total;
}

export interface Understood {
  teachers: number;
  teacherShape: number[];
  teacherEpochs: number;
  dropout: number[];
  sizes: number[][];
  seeds: number;
  studentEpochs: number;
  recipe: (typeof recipes)[number];
  temperature: number;
  softWeight: number;
  transfer: (typeof transferMethods)[number];
  seed: number;
}

export type SettingErrors = Partial<Record<SettingName, string>>;

/** What the controls say, or what is wrong with them. Sizes come back smallest first. */
export function understand(settings: Settings, inputs: number, classes: number): { value: Understood | null; errors: SettingErrors } {
  const errors: SettingErrors = {};
  const need = <T>(name: SettingName, value: T | null, message: string): T => {
    if (value === null) errors[name] = message;
    return value as T;
  };
  const sizes = need('sizes', studentSizes(settings.sizes), '1 to 24 sizes, such as 8-4, 16-8: widths of the hidden layers, 1 to 1,024.');
  const size = (hidden: number[]) => parameterCount(inputs, hidden, classes);
  const value: Understood = {
    teachers: need('teachers', whole(settings.teachers, ranges.teachers), 'A whole number from 1 to 50.'),
    teacherShape: need('teacherShape', widths(settings.teacherShape, /\s*[,;\s-]\s*/), 'Widths of 1 to 6 hidden layers, such as 256, 128, 64.'),
    teacherEpochs: need('teacherEpochs', whole(settings.teacherEpochs, ranges.teacherEpochs), 'A whole number from 1 to 1,000.'),
    dropout: need('dropout', shares(settings.dropout), 'Shares from 0 to 0.9, one per hidden layer, such as 0.3, 0.3; empty: none.'),
    sizes: sizes ? [...sizes].sort((a, b) => size(a) - size(b)) : sizes,
    seeds: need('seeds', whole(settings.seeds, ranges.seeds), 'A whole number from 1 to 50.'),
    studentEpochs: need('studentEpochs', whole(settings.studentEpochs, ranges.studentEpochs), 'A whole number from 1 to 1,000.'),
    recipe: need('recipe', oneOf(settings.recipe, recipes), 'Choose one.'),
    transfer: need('transfer', oneOf(settings.transfer, transferMethods), 'Choose one.'),
    temperature: need('temperature', real(settings.temperature, ranges.temperature), 'A number from 0.1 to 100.'),
    softWeight: need('softWeight', real(settings.softWeight, ranges.softWeight), 'A number from 0 to 1.'),
    seed: need('seed', whole(settings.seed, ranges.seed), 'A whole number, 0 or more.'),
  };
  if (sizes && new Set(sizes.map(sizeText)).size < sizes.length) errors.sizes = 'A size stands there twice.';
  return { value: Object.keys(errors).length === 0 ? value : null, errors };
}

export function understandData(choice: DataChoice): { value: MadeRows | null; errors: Partial<Record<DataField, string>> } {
  const errors: Partial<Record<DataField, string>> = {};
  const rows = whole(choice.rows, ranges.rows);
  const noise = real(choice.noise, ranges.noise);
  const seed = whole(choice.dataSeed, ranges.dataSeed);
  if (rows === null) errors.rows = 'A whole number from 100 to 50,000.';
  if (noise === null) errors.noise = 'A number from 0 to 2.';
  if (seed === null) errors.dataSeed = 'A whole number, 0 or more.';
  if (rows === null || noise === null || seed === null) return { value: null, errors };
  return { value: { shape: choice.shape, rows, noise, seed }, errors };
}

/** The whole job: the defaults, with what the controls say in place of them. */
export function toPlan(defaults: Plan, understood: Understood, margin: number, split: Plan['split']): Plan {
  const { teachers, students } = defaults;
  return {
    ...defaults,
    seed: understood.seed,
    margin,
    split,
    teachers: {
      ...teachers,
      count: understood.teachers,
      hidden: understood.teacherShape,
      dropout: understood.dropout.slice(0, understood.teacherShape.length),
      training: { ...teachers.training, epochs: understood.teacherEpochs },
    },
    students: {
      ...students,
      sizes: understood.sizes,
      seeds: understood.seeds,
      ...(understood.recipe === 'own' && {
        recipe: [{ temperature: understood.temperature, softWeight: understood.softWeight, transfer: understood.transfer !== 'none' }],
        transfer: { ...students.transfer, method: understood.transfer },
      }),
      training: { ...students.training, epochs: understood.studentEpochs },
    },
  };
}

/** The settings that differ. Texts that mean the same are the same. */
export function differing(before: Settings, after: Settings): SettingName[] {
  const plain = (text: string) => text.replace(/\s+/g, '');
  return (Object.keys(settingNames) as SettingName[]).filter((name) => plain(before[name]) !== plain(after[name]));
}

/** "teachers 12 → 8", one per setting that differs. */
export function changes(before: Settings, after: Settings): string[] {
  return differing(before, after)
    .map((name) => (name === 'sizes' ? 'sizes' : `${settingNames[name]} ${before[name] || 'none'} → ${after[name] || 'none'}`));
}

/** The rows to generate, for data that is made here; null for a file, and as long as what is typed cannot be understood. */
export function madeRows(choice: DataChoice): MadeRows | null {
  const set = findSet(choice.set);
  if (set.kind === 'preset') return set.made;
  return set.kind === 'made' ? understandData(choice).value : null;
}

/** How the chosen data is divided. */
export function splitOf(defaults: Plan['split'], choice: DataChoice): Plan['split'] {
  const set = findSet(choice.set);
  const officialTestRows = set.kind === 'shipped' ? set.officialTestRows : set.kind === 'preset' ? set.testRows
    : set.kind === 'own' ? 0 : madeTestRows(madeRows(choice)?.rows ?? 0);
  return { ...defaults, validation: set.usual?.validation ?? defaults.validation, officialTestRows };
}
