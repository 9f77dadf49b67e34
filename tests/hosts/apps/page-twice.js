// Two copies of the package on one page, as two versions would be, under way at the same time.
import * as one from 'distillery';
import * as other from 'distillery-other';
import { program } from './program.js';

async function together() {
  const [a, b] = [await one.loadDistillery(), await other.loadDistillery()];
  if (one.DistilleryError === other.DistilleryError) throw new Error('they are one copy');
  const table = a.generate('moons', { rows: 300, noise: 0.2, seed: 1 });
  const trainers = [a, b, a].map((library) => library.createTrainer({ inputs: 2, hidden: [8], classes: 2 }, table, { training: { epochs: 3 } }));
  while (!trainers[0].finished) for (const trainer of trainers) trainer.runEpoch();
  const models = trainers.map((trainer) => trainer.model());
  if (new Set(models.map((model) => model.save().join())).size !== 1) throw new Error('one has disturbed the other');
  if (a.liveHandles() !== 4 || b.liveHandles() !== 2) throw new Error('they count handles of each other');
  for (const handle of [...trainers, ...models]) handle.dispose();
}

window.result = Promise.all([program(), together()]).then(([sums]) => sums);
