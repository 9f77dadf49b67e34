// What the tests share. They use what a user gets: the packed file, installed into an empty project. scripts/test says
// where that is; without it, it is made here.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

export const root = fileURLToPath(new URL('../../', import.meta.url));

const folders = [];
process.on('exit', () => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });

/** A folder that is gone when the process ends. */
export function temporary() {
  const folder = mkdtempSync(join(tmpdir(), 'distillery-'));
  folders.push(folder);
  return folder;
}

function install() {
  const home = temporary();
  const file = execFileSync('npm', ['pack', '--silent', '-w', 'wasm', '--pack-destination', home], { cwd: root, encoding: 'utf8' }).trim();
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }');
  execFileSync('npm', ['install', '--silent', '--offline', '--no-save', '--no-package-lock', `./${file}`], { cwd: home });
  return join(home, 'node_modules/distillery');
}

/** The folder of the installed package. */
export const installed = process.env.DISTILLERY_PACKAGE ?? install();
const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

/** The package as `import … from 'distillery'` gives it to Node. */
export const distillery = await import(pathToFileURL(join(installed, exports['.'].node)));
/** The same of `import … from 'distillery/export'`. */
export const exporters = await import(pathToFileURL(join(installed, exports['./export'].default)));
/** And of `import … from 'distillery/import'`. */
export const importers = await import(pathToFileURL(join(installed, exports['./import'].default)));

/** And of `import … from 'distillery/run-file'`. */
export const runFiles = await import(pathToFileURL(join(installed, exports['./run-file'].default)));

/** A part of the package that it does not export, or, of another folder, of the page. */
export async function importSource(name, folder = 'wasm/src') {
  const bundle = await rolldown({ input: join(root, folder, `${name}.ts`) });
  const file = join(temporary(), `${basename(name)}.js`);
  await bundle.write({ file });
  return import(pathToFileURL(file));
}

/** A part of the command line that is no program, with the installed package as the package. */
export async function importCommandLine(name) {
  const place = temporary(), outside = Object.fromEntries(['node', 'exporters/index', 'importers/index', 'run-file/index'].map((file) => [`../${file}.js`, `${file}.js`]));
  const bundle = await rolldown({ input: join(root, `wasm/src/cli/${name}.ts`), external: [...Object.keys(outside), /^node:/], platform: 'node' });
  await bundle.write({ file: join(place, `cli/${name}.js`) });
  for (const part of ['exporters', 'importers', 'run-file']) mkdirSync(join(place, part));
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
  for (const file of Object.values(outside))
    writeFileSync(join(place, file), `export * from ${JSON.stringify(pathToFileURL(join(installed, 'dist', file)))};`);
  return import(pathToFileURL(join(place, `cli/${name}.js`)));
}

/** The scalar build, which is not packed: the specification that the packed one must equal byte for byte. */
export async function loadScalar() {
  const { default: glue } = await import(new URL('../../wasm/dist/planner-scalar.js', import.meta.url));
  return distillery.loadPlanner({ wasm: readFileSync(join(root, 'wasm/dist/planner-scalar.wasm')), glue });
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Small enough for a second or two; the plan of tests/cpp/distil_tool.cpp. */
export const smallPlan = {
  teachers: { count: 3, hidden: [16, 8], dropout: [0.3], training: { epochs: 6 } },
  students: { sizes: [[2], [6, 4], [12, 6]], seeds: 2, training: { epochs: 8 } },
};

/** A longer one, to be interrupted: half a second a network. */
export const longPlan = {
  teachers: { count: 2, hidden: [64, 32], dropout: [0.3], training: { epochs: 120 } },
  students: { sizes: [[8], [16, 8]], seeds: 1, recipe: [{ temperature: 3, softWeight: 0.7, transfer: true }], training: { epochs: 2000 } },
};

/** Runs a plan job by job in the calling thread. */
export function distilHere(instance, table, plan) {
  const bench = instance.createWorkbench(table, plan);
  const pipeline = bench.createPipeline();
  try {
    while (!pipeline.finished)
      for (const { id } of pipeline.readyJobs()) {
        const run = bench.createJobRun(id, pipeline.input(id));
        try {
          while (!run.advance(1000));
          pipeline.absorb(id, run.result());
        } finally {
          run.dispose();
        }
      }
    return { report: pipeline.report(), chosen: pipeline.chosen(), model: modelHashes(pipeline, pipeline.report()) };
  } finally {
    pipeline.dispose();
    bench.dispose();
  }
}

/** SHA-256 of every network's file. */
export function modelHashes(from, report) {
  const hashes = {};
  for (const [index] of report.teachers.entries()) hashes[`teacher ${index}`] = sha256(from.model('teacher', index));
  for (const [size, info] of report.sizes.entries())
    for (const [kind, done] of [['student', info.studentsDone], ['baseline', info.baselinesDone], ['matched', info.matchedDone]])
      for (let seed = 0; seed < done; ++seed)
        hashes[`${kind} ${size} ${seed}`] = sha256(from.model(kind, size, seed));
  hashes.chosen = sha256(from.chosen());
  return hashes;
}

/** Throws where a number anywhere in it is not finite. */
export function everyNumberIsFinite(value, path = 'report') {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${path} is ${value}`);
  if (value && typeof value === 'object')
    for (const [name, inner] of Object.entries(value)) everyNumberIsFinite(inner, `${path}.${name}`);
}

/** A shipped data set. */
export const readData = (name) => distillery.readCsv(readFileSync(join(root, 'data', `${name}.csv.gz`)));

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Worker threads of this process that are alive. Waits a little for those that are ending. */
export async function workersLeft() {
  const alive = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length;
  for (let i = 0; i < 100 && alive() > 0; ++i) await sleep(10);
  return alive();
}

/** The code of the DistilleryError that `call` throws or rejects with. */
export async function codeOf(call) {
  try {
    await call();
  } catch (error) {
    if (error instanceof distillery.DistilleryError) return error.code;
    throw error;
  }
  return 'no error';
}

/** Bit by bit: as slow as it is short. */
export function crc32c(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
