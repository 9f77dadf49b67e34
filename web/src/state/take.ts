/** What can be taken away: which student, in which format, and what rounding its weights costs. */
import type { FileTable, Report, Table } from 'distillery';
import { count, percent } from './format.ts';

export type Weights = 'float32' | 'int8';

export interface Format {
  id: 'javascript' | 'onnx' | 'safetensors' | 'json' | 'c';
  name: string;
  file: string;
  type: string;
  use: string;
  /** Whether it can hold int8 weights. */
  int8: boolean;
}

export const formats: readonly Format[] = [
  { id: 'javascript', name: 'JavaScript module', file: 'student.mjs', type: 'text/javascript', use: 'any page or Node, as it is', int8: true },
  { id: 'onnx', name: 'ONNX', file: 'student.onnx', type: 'application/octet-stream', use: 'ONNX Runtime: servers, phones, browsers', int8: true },
  { id: 'safetensors', name: 'safetensors', file: 'student.safetensors', type: 'application/octet-stream', use: 'Distillery, readers of weights', int8: false },
  { id: 'json', name: 'JSON', file: 'student.json', type: 'application/json', use: 'weights to read or to port', int8: true },
  { id: 'c', name: 'C header', file: 'student.h', type: 'text/plain', use: 'microcontrollers: no allocation, no libm', int8: true },
];

export const schemaFile = 'student.schema.json';

/** What was chosen of it. size: null where it is the recommended one, whatever that is. */
export interface Taking { size: number | null; format: Format['id']; weights: Weights }

export const firstTaking: Taking = { size: null, format: 'javascript', weights: 'float32' };

/** As it can be: a format that has no int8 weights comes with floats. */
export function settled(taking: Taking): Taking {
  const { int8 } = formats.find(({ id }) => id === taking.format)!;
  return int8 ? taking : { ...taking, weights: 'float32' };
}

/** Answers of the rounded student and of the exact one, on the test rows. */
export interface Rounding { rows: number; exact: number; rounded: number; alike: number }

/** Everything of one student with one kind of weights. */
export interface TakenFiles {
  size: number;
  weights: Weights;
  files: Record<Format['id'], { content: string | Uint8Array; bytes: number }>;
  /** Null with floats, and without test rows. */
  rounding: Rounding | null;
}

/** Which of a size's students may be taken, the first choice first. Those that diverged are among them. */
export function seedsOf(report: Report, size: number): number[] {
  if (size === report.choice.size) return [report.choice.seed];
  const { studentsDone = 0, diverged = 0 } = report.sizes[size] ?? {};
  return Array.from({ length: studentsDone + diverged }, (_, seed) => seed);
}

export function roundingOf(labels: ArrayLike<number>, exact: ArrayLike<number>, rounded: ArrayLike<number>): Rounding {
  const sum = { rows: labels.length, exact: 0, rounded: 0, alike: 0 };
  for (let row = 0; row < labels.length; row++) {
    if (exact[row] === labels[row]) sum.exact++;
    if (rounded[row] === labels[row]) sum.rounded++;
    if (exact[row] === rounded[row]) sum.alike++;
  }
  return sum;
}

export function roundingText({ rows, exact, rounded, alike }: Rounding): string {
  return `Measured on the ${count(rows)} test rows: with int8 weights ${percent(rounded / rows)} right, with float32 ${percent(exact / rows)}; `
    + `${alike === rows ? 'all are answered alike' : `${count(rows - alike)} of them answered otherwise`}.`;
}

/** A table that was read from a file knows its columns by name. */
export const isFileTable = (table: Table): table is FileTable => 'schema' in table;
