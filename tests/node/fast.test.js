// The flavour with relaxed SIMD. Node 20 knows it only behind a flag, so what trains runs in a process of its own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { codeOf, distillery, smallPlan } from './support.js';

const { distil, fastIsSupported, loadDistillery } = distillery;

/** Runs a report with the flavour in two workers and prints it. */
const script = `
  import { distillery, smallPlan } from ${JSON.stringify(new URL('support.js', import.meta.url).href)};
  const instance = await distillery.loadDistillery({ flavour: 'fast' });
  const table = instance.generate('moons', { rows: 600, noise: 0.2, seed: 1 });
  const run = distillery.distil(table, smallPlan, { workers: 2, flavour: 'fast' });
  const report = await run.report;
  const saved = Buffer.from(await run.save()).toString('base64');
  run.dispose();
  const trainer = instance.createTrainer({ inputs: 2, hidden: [4], classes: 2 }, table);
  const checkpoint = Buffer.from(trainer.checkpoint()).toString('base64');
  console.log(JSON.stringify({ flavour: instance.flavour, report, saved, checkpoint }));
`;

const flags = fastIsSupported() ? [] : ['--experimental-wasm-relaxed-simd'];
const made = JSON.parse(execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', script],
  { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8' }));
const simd = await loadDistillery();
const table = simd.generate('moons', { rows: 600, noise: 0.2, seed: 1 });

test('fast trains to the same figures within their noise, and its report is named after it', async () => {
  const { flavour, report } = made;
  assert.equal(flavour, 'fast');
  assert.equal(report.flavour, 'fast');
  const run = distil(table, smallPlan);
  const exact = await run.report;
  run.dispose();
  assert.equal(exact.flavour, 'simd');
  // The same seeds, so only roundings differ: a few of 120 test rows may change sides.
  const accuracy = (of) => of.test.ensembleAccuracy.estimate;
  assert.ok(Math.abs(accuracy(report) - accuracy(exact)) < 0.05, `${accuracy(report)} and ${accuracy(exact)}`);
});

test('what fast began simd does not go on with, for its bytes would be those of neither', async () => {
  const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));
  assert.equal(await codeOf(() => distil(table, smallPlan, { resume: bytes(made.saved) }).report), 'shape_mismatch');
  assert.equal(await codeOf(() => simd.resumeTrainer(bytes(made.checkpoint), table)), 'corrupt_file');
});

test('fast is refused with what to do where the engine lacks it', async (t) => {
  const { validate } = WebAssembly;
  t.mock.method(WebAssembly, 'validate', (bytes) => !String(bytes).includes('253,133,2') && validate(bytes));
  assert.equal(fastIsSupported(), false);
  for (const start of [() => loadDistillery({ flavour: 'fast' }),
    () => distil({ features: new Float32Array(4), columns: 1, labels: new Int32Array(4), classNames: ['a', 'b'] }, {}, { flavour: 'fast' }).report])
    await assert.rejects(start(), (error) => error.code === 'unsupported' && /relaxed SIMD/.test(error.message));
  assert.equal((await loadDistillery()).flavour, 'simd');
});

test('a flavour that does not exist is an invalid option', async () => {
  await assert.rejects(loadDistillery({ flavour: 'quick' }), (error) => error.code === 'invalid_option' && /flavour/.test(error.message));
});
