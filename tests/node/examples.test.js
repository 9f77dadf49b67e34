// The examples of README.md, docs/ and the sources' comments, run with the packed package: their words as they stand, with
// small data and short trainings around them. Not run: sketches, which have an ellipsis, and what imports other things.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { distillery, exporters, importers, root, runFiles } from './support.js';

const instance = await distillery.loadDistillery();
const table = instance.generate('moons', { rows: 300, noise: 0.2, seed: 1 });
const short = { epochs: 1 };

/** A plan as an example has it, made quick. */
const quick = (plan = {}) => ({
  ...plan,
  teachers: { ...plan.teachers, count: 2, training: short },
  students: { sizes: [[4], [8]], ...plan.students, seeds: 1, training: { ...plan.students?.training, ...short } },
});
const distil = (data, plan, options) => distillery.distil(data, quick(plan), options);

const run = distil(table);
await run.report;
after(() => run.dispose());

const unlabelled = instance.generate('moons', { rows: 100, noise: 0.2, seed: 2 }).features;
const ensemble = new Float32Array(2 * 400).fill(0.5);

/** A network of PyTorch's, and ours as JSON. */
function othersFiles() {
  const [safetensors, onnx] = ['f32.safetensors', 'gemm.onnx'].map((name) => readFileSync(join(root, 'tests/fixtures/imports', name)));
  return { safetensors, onnx, json: exporters.toJson(run.chosen()), mean: new Float32Array(6), scale: new Float32Array(6).fill(1) };
}

/** The run above as a file. */
const bytes = runFiles.encodeRunFile({
  madeBy: instance.version, data: { path: null, name: 'moons', bytes: 0, sha256: '' }, brought: { unlabelled: null, ensemble: null }, csv: {},
  table: { rows: 300, columnNames: ['x', 'y'], classNames: table.classNames, skipped: 0, warnings: [] }, schema: null,
  plan: distillery.completePlan(quick()), flavour: 'simd', report: await run.report, marginChangedLate: false,
  state: await run.save(), savedTable: instance.saveTable(table),
});

/** What examples may use without saying where it comes from. */
const surroundings = {
  ...exporters, ...importers, ...runFiles, ...distillery, distil, instance, table, unlabelled, ensemble, run, bytes, file: run.chosen(), ...othersFiles(),
  console: { log() {} },
  fetch: async (name) => new Response(readFileSync(join(root, 'data', name))),
};

const files = ['README.md', 'wasm/README.md', ...below('docs', /\.md$/), ...below('wasm/src', /\.ts$/)];
function below(folder, ending) {
  return readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name))
    .filter((name) => ending.test(name) && !name.includes('node_modules')).sort();
}

/** { at, code } of each fenced piece of JavaScript in a text or in its comments. */
function examplesOf(file) {
  const text = readFileSync(join(root, file), 'utf8').replace(/^ *\* ?/gm, file.endsWith('.ts') ? '' : '$&');
  return [...text.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)].map(({ 1: code, index }) => (
    { at: `${file}:${text.slice(0, index).split('\n').length}`, code }));
}

const imported = /^import (\{[^}]*\}) from '(distillery|distillery\/(?:export|import|run-file))';$/gm;
const runs = ({ code }) => !code.includes('…') && !/^import /m.test(code.replace(imported, ''));

/** An example as a function of its surroundings. The inner block may declare their names anew. */
function functionOf(code) {
  const body = code.replace(imported, (_, names) => `const ${names} = surroundings;`);
  const AsyncFunction = (async () => {}).constructor;
  return new AsyncFunction('surroundings', ...Object.keys(surroundings), `{${body}\n}`);
}

const examples = files.flatMap(examplesOf).filter(runs);

test('there are examples in the README, in docs/ and in the sources', () => {
  for (const place of [/^README/, /^docs/, /^wasm\/src/])
    assert.ok(examples.some(({ at }) => place.test(at)), `${place}: ${examples.map(({ at }) => at)}`);
});

for (const { at, code } of examples)
  test(`the example at ${at} runs`, () => functionOf(code)(surroundings, ...Object.values(surroundings)));
