import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distillery, everyNumberIsFinite, readData } from './support.js';

// The real sets run through, with plans cut down to seconds.

const plan = {
  teachers: { count: 4, hidden: [64, 32], dropout: [], training: { epochs: 20, schedule: 'cosine' } },
  students: { sizes: [[8], [16, 8]], seeds: 2, training: { epochs: 20 } },
};

async function run(name, changes) {
  const job = distillery.distil(await readData(name), { ...plan, ...changes }, { workers: 2 });
  for await (const event of job) everyNumberIsFinite(event);
  const report = await job.report;
  job.dispose();
  assert.equal(report.finished, true);
  return report;
}

test('digits', async () => {
  const report = await run('digits');
  assert.equal(report.classes, 10);
  assert.ok(report.test.ensembleAccuracy.estimate > 0.93, `${report.test.ensembleAccuracy.estimate}`);
});

test('satellite, with the split of its donors', async () => {
  const report = await run('satellite', { split: { officialTestRows: 2000 } });
  assert.equal(report.rows.test, 2000);
  assert.ok(report.test.ensembleAccuracy.estimate > 0.86, `${report.test.ensembleAccuracy.estimate}`);
});

test('letter: the largest student is closer to the ensemble than its plain baseline', async () => {
  const report = await run('letter', {
    split: { officialTestRows: 4000, validation: 0.1 },
    teachers: { ...plan.teachers, hidden: [128, 64] },
    // Not by trials: they might choose labels alone, and then there would be no difference.
    students: { ...plan.students, sizes: [[8], [64, 32]], seeds: 5, recipe: [{ temperature: 1, softWeight: 0.9, transfer: false }] },
  });
  assert.equal(report.rows.test, 4000);
  assert.ok(report.test.ensembleAccuracy.estimate > 0.92, `${report.test.ensembleAccuracy.estimate}`);
  const { klGain, klGainP } = report.test.sizes.at(-1);
  assert.equal(klGain.count, 5);
  assert.ok(klGain.estimate < 0, `${klGain.estimate}`);
  assert.ok(klGainP < 0.01, `p = ${klGainP}`);
});
