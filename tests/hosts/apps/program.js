// What every host runs. It asks for what differs between hosts, workers and WebAssembly above all, and is done in seconds.
import { completePlan, distil, loadDistillery } from 'distillery';
import { toJson } from 'distillery/export';
import { fromJson } from 'distillery/import';
import { decodeRunFile, encodeRunFile } from 'distillery/run-file';

const plan = {
  teachers: { count: 2, hidden: [16, 8], dropout: [0.3], training: { epochs: 4 } },
  students: { sizes: [[4], [8, 4]], seeds: 1, transfer: { method: 'munge' }, training: { epochs: 6, schedule: 'cosine' } },
};

async function sha256(data) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** wasm: gives the option `wasm` for the artefact of a name, for hosts that need it. Resolves to sums that are the same everywhere. */
export async function program(wasm = () => undefined) {
  const distillery = await loadDistillery({ wasm: wasm('distillery') });
  const table = distillery.generate('moons', { rows: 400, noise: 0.25, seed: 3 });

  const trainer = distillery.createTrainer({ inputs: 2, hidden: [16, 8], classes: 2, dropout: [0.2] }, table, { training: { epochs: 5 }, seed: 7 });
  while (!trainer.finished) trainer.runEpoch();
  const model = trainer.model();
  const sums = {
    model: await sha256(model.save()),
    classes: await sha256(model.predict(table.features)),
    probabilities: await sha256(model.predictProba(table.features)),
    json: await sha256(new TextEncoder().encode(toJson(model.save()))),
    imported: await sha256(fromJson(toJson(model.save()))),
  };
  trainer.dispose();
  model.dispose();

  const run = distil(table, plan, { workers: 2, wasm: wasm('planner') });
  const report = await run.report;
  sums.report = await sha256(new TextEncoder().encode(JSON.stringify(report)));
  sums.student = await sha256(run.chosen());

  const file = encodeRunFile({
    madeBy: distillery.version, data: { path: null, name: 'moons', bytes: 0, sha256: '' }, brought: { unlabelled: null, ensemble: null }, csv: {},
    table: { rows: 400, columnNames: ['x', 'y'], classNames: table.classNames, skipped: 0, warnings: [] }, schema: null,
    plan: completePlan(plan), flavour: 'simd', report, marginChangedLate: false, state: await run.save(), savedTable: distillery.saveTable(table),
  });
  sums.runFile = await sha256(encodeRunFile(decodeRunFile(file)));
  run.dispose();
  return { ...sums, version: distillery.version, flavour: distillery.flavour, left: distillery.liveHandles() };
}
