// Distils a table in continuous integration and stops the build when the student is no longer good enough.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { distil, readCsv } from 'distillery';

const table = await readCsv(readFileSync(new URL('machine.csv', import.meta.url)));
const run = distil(table, {
  seed: 1,
  split: { test: 0.3 },
  teachers: { count: 4, hidden: [32, 16], dropout: [], training: { epochs: 30, learningRate: 0.005 } },
  students: { sizes: [[4], [8], [12, 6], [16, 8]], seeds: 3 },
  margin: 0.02,
});
const { choice, sizes, test: figures } = await run.report;
const student = run.chosen();
run.dispose();

test('a small student is within two points of the ensemble, and the test rows confirm it', () => {
  assert.equal(choice.status, 'chosen');
  assert.ok(choice.confirmed, `${choice.testDifference.lower} to ${choice.testDifference.upper}`);
  assert.ok(sizes[choice.size].parameters <= 200, `${sizes[choice.size].parameters} parameters`);
  assert.ok(figures.ensembleAccuracy.lower > 0.85, `the ensemble itself: ${figures.ensembleAccuracy.lower}`);
});

test('nobody has changed the student without saying so', () => {
  // Same table, plan and version, so the same bytes on every machine.
  const sum = createHash('sha256').update(student).digest('hex');
  assert.equal(sum, '05b5dc6c9954daf9e606f1d351e9425eb6371ca061138be52a91fbad014c7509');
});
