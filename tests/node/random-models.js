// Networks for tests that want many, the same on every machine.
import { exporters } from './support.js';

/** Numbers from 0 to 1, the same for a seed on every machine. */
export function randomNumbers(seed) {
  let state = seed * 2 + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b) >>> 0;
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** A network of random shape and scaling, trained for an epoch so that its biases are not 0; rows near and far. */
export function randomModel(instance, seed, rowCount) {
  const random = randomNumbers(seed);
  const whole = (from, to) => from + Math.floor(random() * (to - from + 1));
  const inputs = whole(1, 24), classes = whole(2, 8);
  const hidden = Array.from({ length: seed % 4 }, () => whole(1, 33));
  const spread = Float32Array.from({ length: inputs }, () => 10 ** whole(-3, 3) * (0.5 + random()));
  const drawRows = (rows, width) => Float32Array.from({ length: rows * inputs },
    (_, i) => spread[i % inputs] * (1 + width * (random() + random() + random() + random() - 2)));
  const labels = Int32Array.from({ length: 64 }, (_, row) => row % classes);
  const classNames = Array.from({ length: classes }, (_, c) => `class ${c}`);
  const samples = { features: drawRows(64, 2), columns: inputs, labels, classNames };
  const training = { epochs: 1, batchSize: 16, learningRate: 0.05 };
  const trainer = instance.createTrainer({ inputs, hidden, classes }, samples, { training, seed });
  trainer.runEpoch();
  const model = trainer.model();
  const file = model.save();
  for (const handle of [trainer, model]) handle.dispose();
  // reference: for each kind of weights the model file that an export must answer as.
  const reference = { float32: file, int8: exporters.quantise(file).file };
  return { file, rows: drawRows(rowCount, 2), farRows: drawRows(rowCount, 400), reference };
}
