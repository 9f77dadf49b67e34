// The package through its public interface.
import { loadDistillery } from 'distillery';
import { fingerprint } from '../lib/runs.mjs';
import { tasks, trainingProblem } from '../lib/workloads.mjs';

/** The table as the package takes it. */
const tableOf = ({ features, inputs, labels, classes, targets }) => ({
  features, columns: inputs, labels, classNames: Array.from({ length: classes }, (_, at) => String(at)),
  ...(targets && { softTargets: targets }),
});

export function trainerOf(instance, problem, seed = 1) {
  const { inputs, hidden, classes, dropout, batch, learningRate, targets, temperature, softWeight } = problem;
  const training = { epochs: 1_000_000, batchSize: batch, learningRate };
  const soft = targets ? { temperature, softWeight } : {};
  return instance.createTrainer({ inputs, hidden, classes, dropout }, tableOf(problem), { training, seed, ...soft });
}

export async function load({ flavour = 'simd' } = {}) {
  const instance = await loadDistillery(flavour === 'simd' ? {} : { flavour });
  if (instance.flavour !== flavour) throw new Error(`this build has no flavour '${flavour}'`);
  return {
    version: instance.version,
    train(problem) {
      const trainer = trainerOf(instance, problem);
      return {
        epoch: () => trainer.runEpoch().loss,
        step: () => { trainer.advance(problem.batch); },
        dispose: () => trainer.dispose(),
      };
    },
    /** What only this contender is asked. */
    also(data) {
      const problem = trainingProblem(tasks['w1-64'], data);
      return { fingerprint: () => fingerprint(trainerOf(instance, problem), data.rows) };
    },
    predict({ file, classes, rows, inputs }) {
      const model = instance.loadModel(file);
      const answer = new Float32Array(classes), answers = new Float32Array(rows.length / inputs * classes);
      return {
        one: (row) => model.logits(row, answer),
        many: (all) => model.logits(all, answers),
        dispose: () => model.dispose(),
      };
    },
  };
}
