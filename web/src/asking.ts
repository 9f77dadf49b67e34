/** Asks every network of a finished run about single rows, here and now. */
import type { Finished, Library } from './actions.ts';
import { askedOf, type Asked } from './state/row.ts';
import { quickSlices, timeOf } from './latency.ts';

export interface Panel {
  finished: Finished;
  networks: readonly Asked[];
  /** Probabilities of each network, in their order. Throws where a value is too far out. */
  ask(row: Float32Array): Float32Array[];
  /** Seconds per row of each, told one by one as they are measured. */
  time(tell: (seconds: readonly number[]) => void): Promise<void>;
  close(): void;
}

export function openPanel(library: Library, finished: Finished): Panel {
  const { report, table, model } = finished;
  const { size, seed } = report.choice, classes = table.classNames.length;
  const files = [
    model('student', size, seed), model('baseline', size, seed),
    ...report.teachers.flatMap(({ state }, i) => (state === 'done' ? [model('teacher', i)] : [])),
  ];
  const open = files.map((file) => library.loadModel(file)), [student, baseline, ...teachers] = open;
  let closed = false;
  return {
    finished,
    networks: askedOf(report.teachers.flatMap(({ state }, i) => (state === 'done' ? [i] : []))),
    ask(row) {
      const logits = open.map((network) => network.logits(row));
      const [ofStudent, ofBaseline, ...ofTeachers] = logits;
      return [ofStudent!, ofBaseline!, library.combine(ofTeachers, classes), ...ofTeachers].map((one) => library.softmax(one, classes));
    },
    async time(tell) {
      const seconds: number[] = [];
      for (const asked of [[student!], [baseline!], teachers, ...teachers.map((one) => [one])]) {
        const one = await timeOf(asked, table, () => closed, quickSlices);
        if (one === null) return;
        seconds.push(one);
        tell([...seconds]);
      }
    },
    close() {
      closed = true;
      for (const network of open) network.dispose();
    },
  };
}
