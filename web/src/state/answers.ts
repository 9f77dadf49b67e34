/** What ensemble, student and baseline answer on the test rows. Counts only: every other figure comes from the library. */
import type { Reliability } from 'distillery';

export const networks = ['ensemble', 'student', 'baseline'] as const;
export type Network = (typeof networks)[number];

/** One network's answer on every test row, and how sure it is. */
export interface Said { labels: Int32Array; sure: Float32Array }

export interface Answers {
  /** The test rows as they are numbered in the data, from 0. */
  rows: Uint32Array;
  labels: Int32Array;
  classNames: readonly string[];
  columns: number;
  features: Float32Array;
  /** Which student was asked. */
  size: number;
  said: Record<Network, Said>;
  reliability: Record<Network, Reliability>;
}

/** The likeliest class of each row, the first of equals. */
export function decided(probabilities: Float32Array, classes: number): Said {
  const rows = probabilities.length / classes;
  const said = { labels: new Int32Array(rows), sure: new Float32Array(rows) };
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (probabilities[row * classes + c]! > probabilities[row * classes + best]!) best = c;
    said.labels[row] = best;
    said.sure[row] = probabilities[row * classes + best]!;
  }
  return said;
}

/** Some rows of a table. */
export function rowsOf(features: Float32Array, columns: number, rows: Uint32Array): Float32Array {
  const some = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => some.set(features.subarray(row * columns, (row + 1) * columns), i * columns));
  return some;
}

/** How often each class is taken for which: one row of counts per label, one column per answer. */
export function confusion({ labels, said, classNames }: Answers, network: Network): Uint32Array {
  const counts = new Uint32Array(classNames.length ** 2);
  labels.forEach((label, row) => { counts[label * classNames.length + said[network].labels[row]!]!++; });
  return counts;
}

export interface Cell { network: 'ensemble' | 'student'; label: number; answer: number }

/** The test rows of a cell, as positions in `Answers.rows`. */
export function inCell({ labels, said }: Answers, { network, label, answer }: Cell): number[] {
  const rows: number[] = [];
  labels.forEach((own, row) => { if (own === label && said[network].labels[row] === answer) rows.push(row); });
  return rows;
}

export interface Mistakes { ensemble: number; student: number; apart: number }

export function mistakes({ labels, said }: Answers): Mistakes {
  const sum = { ensemble: 0, student: 0, apart: 0 };
  labels.forEach((label, row) => {
    const ensemble = said.ensemble.labels[row], student = said.student.labels[row];
    if (ensemble !== label) sum.ensemble++;
    if (student !== label) sum.student++;
    if (ensemble !== student) sum.apart++;
  });
  return sum;
}

export interface Pair { label: number; answer: number; ensemble: number; student: number }

/** Every pair of label and answer that occurs, mix-ups first, the student's most frequent at the top. */
export function pairs(ensemble: Uint32Array, student: Uint32Array, classes: number): Pair[] {
  return Array.from(ensemble, (count, i) => ({ label: Math.floor(i / classes), answer: i % classes, ensemble: count, student: student[i]! }))
    .filter((pair) => pair.ensemble + pair.student > 0)
    .sort((a, b) => Number(a.label === a.answer) - Number(b.label === b.answer) || b.student - a.student || b.ensemble - a.ensemble);
}

/** A cell of a CSV file. */
const csv = (value: string | number): string => (typeof value === 'string' && /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value));
const lines = (rows: (string | number)[][]): string => `${rows.map((row) => row.map(csv).join(',')).join('\n')}\n`;

export function confusionCsv(all: readonly Pair[], names: readonly string[]): string {
  return lines([['label', 'answer', 'ensemble', 'student'], ...all.map((pair) => [names[pair.label]!, names[pair.answer]!, pair.ensemble, pair.student])]);
}

/** The rows of a cell with all their columns; numbered from 1, as people count. */
export function rowsCsv(answers: Answers, positions: readonly number[]): string {
  const { columns, features, classNames, said, rows, labels } = answers;
  const says = (network: Network, at: number) => [classNames[said[network].labels[at]!]!, said[network].sure[at]!];
  return lines([
    ['row', 'label', 'ensemble', 'ensemble_sure', 'student', 'student_sure', ...Array.from({ length: columns }, (_, i) => `x${i + 1}`)],
    ...positions.map((at) => [rows[at]! + 1, classNames[labels[at]!]!, ...says('ensemble', at), ...says('student', at), ...features.subarray(at * columns, (at + 1) * columns)]),
  ]);
}

export function reliabilityCsv(reliability: Answers['reliability']): string {
  return lines([
    ['network', 'confidence', 'right', 'lower', 'upper', 'rows'],
    ...networks.flatMap((network) => reliability[network].bins.map(({ confidence, accuracy, rows }) => (
      [network, confidence, accuracy.estimate, accuracy.lower, accuracy.upper, rows]))),
  ]);
}
