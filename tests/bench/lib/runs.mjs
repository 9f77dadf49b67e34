// Whole jobs of the package, the same in Node and in pages. `package_` is the imported package.
import { referencePlan } from '../../../scripts/reference-plan.mjs';

const ms = (start) => performance.now() - start;

/** From the call to the last teacher; what comes after is as small as can be and not counted. In ms. */
export async function timeTeachers(package_, table, { workers, count, epochs, hidden, batchSize = 64 }) {
  const shape = hidden ? { hidden, dropout: [] } : {};
  const plan = {
    split: referencePlan.split,
    teachers: { ...referencePlan.teachers, ...shape, count, training: { epochs, batchSize } },
    students: { sizes: [[1]], seeds: 1, training: { epochs: 1, batchSize: 1024 } },
  };
  const start = performance.now();
  const run = package_.distil(table, plan, { workers });
  let left = count;
  for await (const event of run) {
    if (event.type === 'job' && event.job.kind === 'teacher' && --left === 0) break;
  }
  const time = ms(start);
  run.report.catch(() => {});   // it ends here
  run.dispose();
  return time;
}

/** The reference experiment, from the call to the report; scale: a smaller version of it. */
export async function timeReference(package_, table, { workers, scale = 1 }) {
  const scaled = ({ training, ...rest }) => (
    { ...rest, training: { ...training, epochs: Math.ceil(training.epochs * scale) } });
  const plan = { ...referencePlan, teachers: scaled(referencePlan.teachers), students: scaled(referencePlan.students) };
  const start = performance.now();
  const run = package_.distil(table, plan, { workers });
  const { test } = await run.report;
  const time = ms(start);
  run.dispose();
  const [{ student, baseline }] = test.sizes;
  return { time, student: student.accuracy.estimate, baseline: baseline.accuracy.estimate };
}

async function sha256(view) {
  const bytes = view.slice();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.buffer));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What must be the same in every engine: a short training's loss, the model file and its answers, bit for bit. */
export async function fingerprint(trainer, rows, epochs = 3) {
  let loss;
  for (let epoch = 0; epoch < epochs; ++epoch) ({ loss } = trainer.runEpoch());
  const model = trainer.model();
  const logits = new Uint8Array(model.logits(rows).buffer);
  const result = { loss, model: await sha256(model.save()), logits: await sha256(logits) };
  model.dispose();
  trainer.dispose();
  return result;
}
