/** One row, typed by the reader: what its fields are, what they hold, and the features that come of them. */
import type { CsvColumn, Table } from 'distillery';
import { isFileTable } from './take.ts';

/** A column of the data as a field of a form. */
export type Field =
  | { name: string; kind: 'number' }
  /** options: the levels, then what stands for any other, if the column knows one. */
  | { name: string; kind: 'choice'; options: string[] };

/** In a choice: the row has no value there. */
export const noValue = 'none';

const fieldOf = (column: CsvColumn): Field => (column.kind === 'numeric' ? { name: column.name, kind: 'number' }
  : { name: column.name, kind: 'choice', options: [...column.levels, ...(column.other ? ['(another)'] : [])] });

/** Rows that come from no file have columns without names. */
export const fieldsOf = (table: Table): Field[] => (isFileTable(table) ? table.schema.columns.map(fieldOf)
  : Array.from({ length: table.columns }, (_, i) => ({ name: `x${i + 1}`, kind: 'number' })));

const widthOf = (field: Field): number => (field.kind === 'number' ? 1 : field.options.length);

/** The shortest decimal that is read as this float again. */
export function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

/** What the form holds for these features: numbers as text, of choices which one. */
export function valuesOf(fields: readonly Field[], features: ArrayLike<number>): string[] {
  let at = 0;
  return fields.map((field) => {
    const first = at;
    at += widthOf(field);
    if (field.kind === 'number') return shortest(features[first]!);
    const chosen = field.options.findIndex((_, i) => features[first + i] === 1);
    return chosen < 0 ? noValue : String(chosen);
  });
}

/** The features of what is typed; null, and which fields are to blame, where it is no row. */
export function featuresOf(fields: readonly Field[], values: readonly string[]): { features: Float32Array | null; faults: ReadonlySet<number> } {
  const features = new Float32Array(fields.reduce((sum, field) => sum + widthOf(field), 0));
  const faults = new Set<number>();
  let at = 0;
  fields.forEach((field, i) => {
    const text = values[i]!.trim().replace('−', '-');
    if (field.kind === 'number') {
      features[at] = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
      if (!Number.isFinite(features[at]!)) faults.add(i);
    } else if (values[i] !== noValue) {
      features[at + Number(text)] = 1;
    }
    at += widthOf(field);
  });
  return { features: faults.size === 0 ? features : null, faults };
}

/** A network that is asked, in the order in which they are shown. */
export interface Asked { kind: 'student' | 'baseline' | 'ensemble' | 'teacher'; name: string }

/** teachers: the numbers of those that are done, from 0. */
export const askedOf = (teachers: readonly number[]): Asked[] => [
  { kind: 'student', name: 'Student' }, { kind: 'baseline', name: 'Baseline' }, { kind: 'ensemble', name: 'Ensemble' },
  ...teachers.map((i): Asked => ({ kind: 'teacher', name: `Teacher ${i + 1}` })),
];

/** The likeliest classes, at most so many, the first of equals first. */
export function likeliest(probabilities: ArrayLike<number>, most: number): { label: number; probability: number }[] {
  return Array.from(probabilities, (probability, label) => ({ label, probability }))
    .sort((a, b) => b.probability - a.probability || a.label - b.label).slice(0, most);
}
