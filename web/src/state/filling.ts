/** Values that are missing: filled in from the training rows alone, so the test rows have to be known before. */
import type { Plan, Table } from 'distillery';
import { isFileTable } from './take.ts';

/** A table whose last rows are the test rows, with the numbers that its rows had in the data, from 0. */
export type Filled<T extends Table = Table> = T & { testRows: number; rowNumbers: Uint32Array };

export const isFilled = (table: Table): table is Filled => 'rowNumbers' in table;

/** Whether fields without a value still wait to be filled in. */
export const needsFilling = (table: Table): boolean => (
  isFileTable(table) && !isFilled(table) && (table.schema.missing === 'mean' || table.schema.missing === 'median'));

/** All rows but these, in their order. */
export function othersThan(rows: Uint32Array, count: number): Uint32Array {
  const left = new Set(rows);
  return Uint32Array.from({ length: count }, (_, row) => row).filter((row) => !left.has(row));
}

/** The table with these rows at its end. */
export function withLast<T extends Table>(table: T, rows: Uint32Array): Filled<T> {
  const { columns, features, labels } = table, rowNumbers = new Uint32Array(labels.length);
  const others = othersThan(rows, labels.length);
  rowNumbers.set(others);
  rowNumbers.set(rows, others.length);
  const moved = { features: new Float32Array(features.length), labels: new Int32Array(labels.length) };
  rowNumbers.forEach((from, to) => {
    moved.features.set(features.subarray(from * columns, (from + 1) * columns), to * columns);
    moved.labels[to] = labels[from]!;
  });
  return { ...table, ...moved, testRows: rows.length, rowNumbers };
}

/** How many rows of the table are its test rows, where it was put in order for them. */
export const planFor = (plan: Plan, table: Table): Plan => (
  isFilled(table) ? { ...plan, split: { ...plan.split, officialTestRows: table.testRows } } : plan);

/** The number that a row of the table has in the data, from 0. */
export const numberOf = (table: Table, row: number): number => (isFilled(table) ? table.rowNumbers[row]! : row);
