import assert from 'node:assert/strict';
import { test } from 'node:test';
import { referenceExperiment } from '../../scripts/reference-experiment.mjs';
import { distillery } from './support.js';

test('the reference experiment, cut down: the ensemble beats its teachers, the student its baseline', async () => {
  // Three runs with four teachers; margins of two to three standard deviations of such a mean over runs.
  const { means } = await referenceExperiment(distillery, { seeds: 3, plan: { teachers: { count: 4 } } });
  assert.ok(Math.abs(means.teacher - 0.974) < 0.004, `teachers ${means.teacher}`);
  assert.ok(Math.abs(means.ensemble - 0.976) < 0.005, `ensemble ${means.ensemble}`);
  assert.ok(means.student > means.baseline, `student ${means.student}, baseline ${means.baseline}`);
});
