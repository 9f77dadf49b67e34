// The packed package, unmodified, in other people's programs. Each of them trains, answers and distils in a fresh project,
// and all must come to the same bytes. scripts/test-hosts brings the programs; what cannot be had here is skipped by name.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import nodeResolve from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import { build, createServer } from 'vite';
import webpack from 'webpack';
import {
  closeBrowser, noBrowser, page, printed, programOf, project, resultAt, resultIn, tarball, tools,
} from './support.js';

const here = process.execPath;
const expected = await printed(here, ['main.js'], project(['main.js']));
const skipped = [];

after(closeBrowser);
after(() => {
  for (const line of skipped) console.log(`SKIPPED ${line}`);
  console.log(`${Object.keys(expected).length} figures were compared; ${skipped.length} hosts skipped`);
});

/** A host that must give what Node on this machine gives. needs: why it cannot run here, or nothing. */
function host(name, needs, run) {
  test(`${name} comes to the same bytes`, async (t) => {
    if (!needs) return assert.deepEqual(await run(), expected);
    skipped.push(`${name}: ${needs}`);
    t.skip(needs);
  });
}

test('what is compared is there', () => {
  assert.equal(expected.flavour, 'simd');
  assert.equal(expected.left, 0);
  for (const name of ['model', 'classes', 'probabilities', 'json', 'imported', 'report', 'student', 'runFile'])
    assert.match(expected[name], /^[0-9a-f]{64}$/);
});

// ---- without a page ----------------------------------------------------------------------------------------------

for (const version of [20, 22, 24]) {
  const { path, missing } = programOf(`node-${version}/bin/node`);
  host(`Node ${version}`, missing, () => printed(path, ['main.js'], project(['main.js'])));
  test(`Node ${version} takes it by require`, { skip: missing }, () => {
    const code = "require('distillery').loadDistillery().then(({ version }) => console.log(version))";
    const out = execFileSync(path, ['--input-type=commonjs', '--eval', code], { cwd: project([]), encoding: 'utf8' });
    assert.equal(out.trim(), expected.version);
  });
}

const deno = programOf('@deno/linux-x64-glibc/deno');
host('Deno', deno.missing, () => {
  const folder = project(['main.js']);
  return printed(deno.path, ['run', '--no-prompt', '--allow-read=.', 'main.js'], folder,
    { DENO_DIR: join(folder, '.deno'), DENO_NO_UPDATE_CHECK: '1' });
});

const bun = programOf('@oven/bun-linux-x64/bin/bun');
host('Bun', bun.missing, () => printed(bun.path, ['main.js'], project(['main.js'])));

// ---- pages, under the policy script-src 'self' 'wasm-unsafe-eval' ---------------------------------------------------

/** Has the files find the package by its address, for browsers know no packages. */
function plain(files) {
  const folder = project(files);
  for (const name of ['program.js', ...files]) {
    const file = join(folder, name);
    writeFileSync(file, readFileSync(file, 'utf8')
      .replaceAll("'distillery/export'", "'./node_modules/distillery/dist/exporters/index.js'")
      .replaceAll("'distillery/import'", "'./node_modules/distillery/dist/importers/index.js'")
      .replaceAll("'distillery/run-file'", "'./node_modules/distillery/dist/run-file/index.js'")
      .replaceAll("'distillery'", "'./node_modules/distillery/dist/index.js'")
      .replaceAll("'distillery-other'", "'./node_modules/distillery-other/dist/index.js'"));
  }
  return folder;
}

host('a script of type module', noBrowser, () => {
  const folder = plain(['page.js']);
  page(folder, 'page.js');
  return resultIn(folder);
});

host('a module worker', noBrowser, () => {
  const folder = plain(['page-worker.js', 'in-worker.js']);
  page(folder, 'page-worker.js');
  return resultIn(folder);
});

host('a page with two copies of the package', noBrowser, () => {
  const folder = plain(['page-twice.js']);
  cpSync(join(folder, 'node_modules/distillery'), join(folder, 'node_modules/distillery-other'), { recursive: true });
  page(folder, 'page-twice.js');
  return resultIn(folder);
});

const entries = {
  '': ['page.js'],
  ', in a worker': ['page-worker.js', 'in-worker.js'],
  ', two copies of the package': ['page-twice.js'],
};
const copies = ['distillery', 'distillery-other'];

for (const [what, files] of Object.entries(entries)) {
  host(`Vite, built${what}`, noBrowser, async () => {
    const folder = project(files, copies);
    page(folder, files[0]);
    await build({ root: folder, configFile: false, logLevel: 'warn' });
    return resultIn(join(folder, 'dist'));
  });

  host(`Vite, in development${what}`, noBrowser, async () => {
    const folder = project(files, copies);
    page(folder, files[0]);
    const server = await createServer({ root: folder, configFile: false, logLevel: 'warn', server: { host: 'localhost' } });
    try {
      await server.listen();
      return await resultAt(server.resolvedUrls.local[0], /^console (debug|verbose): \[vite\]/);
    } finally {
      await server.close();
    }
  });

  host(`webpack${what}`, noBrowser, async () => {
    const folder = project(files, copies), out = join(folder, 'out');
    page(out, 'page.js', 'defer');
    const output = { path: out, filename: 'page.js' };
    const stats = await promisify(webpack)({ mode: 'production', context: folder, entry: `./${files[0]}`, output });
    assert.equal(stats.toString({ all: false, errors: true, warnings: true }), '');
    return resultIn(out);
  });
}

/** What esbuild and Rollup leave to their users. */
const putWasm = (folder, out) => {
  for (const name of ['distillery-simd.wasm', 'planner-simd.wasm'])
    cpSync(join(folder, 'node_modules/distillery/dist', name), join(out, name));
};

host('Rollup, with the worker as an entry and the WebAssembly beside', noBrowser, async () => {
  const folder = project(['page.js']), out = join(folder, 'out');
  page(out, 'page.js');
  const bundle = await rollup({
    input: { page: join(folder, 'page.js'), worker: 'distillery/worker' },
    plugins: [nodeResolve({ rootDir: folder })],
    onwarn: (warning) => assert.fail(warning.message),
  });
  await bundle.write({ dir: out, entryFileNames: '[name].js' });
  await bundle.close();
  putWasm(folder, out);
  return resultIn(out);
});

for (const [how, file] of [['WebAssembly by the loader file', 'page-import.js'], ['WebAssembly copied beside', 'page.js']])
  host(`esbuild, with the worker as an entry, ${how}`, noBrowser, async () => {
    const folder = project([file]), out = join(folder, 'out');
    page(out, file);
    const { warnings } = await esbuild.build({
      absWorkingDir: folder, entryPoints: [file, { in: 'distillery/worker', out: 'worker' }], bundle: true, minify: true,
      format: 'esm', outdir: out, loader: { '.wasm': 'file' }, logLevel: 'silent',
    });
    assert.deepEqual(warnings, []);
    if (file === 'page.js') putWasm(folder, out);
    return resultIn(out);
  });

// ---- what judges packages ----------------------------------------------------------------------------------------

for (const [module, moduleResolution] of [['nodenext', 'nodenext'], ['preserve', 'bundler']])
  test(`TypeScript takes the declarations, checked themselves, with moduleResolution ${moduleResolution}`, () => {
    const folder = project(['main.ts']);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
      compilerOptions: { target: 'es2022', lib: ['es2022', 'dom'], types: [], module, moduleResolution, strict: true,
        exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true },
      files: ['main.ts'],
    }));
    execFileSync(here, [join(tools, 'typescript/bin/tsc'), '-p', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  });

test('are the types wrong? No', () => {
  const options = ['--profile', 'esm-only', '--no-color', '--no-emoji'];
  execFileSync(here, [join(tools, '@arethetypeswrong/cli/dist/index.js'), tarball, ...options],
    { stdio: ['ignore', 'inherit', 'inherit'] });
});

test('publint finds nothing', () => {
  const found = execFileSync(here, [join(tools, 'publint/src/cli.js'), tarball, '--strict'], { encoding: 'utf8' });
  assert.match(found, /All good!/);
});

test('only what is asked for is bundled', async () => {
  const folder = project([]);
  const sizes = {};
  for (const [name, code] of Object.entries({
    nothing: "import 'distillery';",
    errors: "import { DistilleryError } from 'distillery'; console.log(DistilleryError);",
    csv: "import { readCsv } from 'distillery'; console.log(readCsv);",
    all: "import * as distillery from 'distillery'; console.log(distillery);",
  })) {
    writeFileSync(join(folder, 'app.js'), code);
    const { outputFiles: [{ contents, text }] } = await esbuild.build({
      absWorkingDir: folder, entryPoints: ['app.js'], bundle: true, minify: true, format: 'esm', write: false, logLevel: 'error',
    });
    sizes[name] = contents.length;
    if (name !== 'all') assert.ok(!/new Worker\(|WebAssembly/.test(text), `${name} brings the loader along`);
  }
  assert.ok(sizes.nothing < 100 && sizes.errors < 2000 && sizes.csv < sizes.all / 2, JSON.stringify(sizes));
});
