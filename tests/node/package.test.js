// The package as a thing that others install.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rolldown } from 'rolldown';
import { installed, root, temporary } from './support.js';

const description = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
const dist = join(installed, 'dist');
const scripts = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.js'));

test('every export is a file, and the WebAssembly is one of them', () => {
  const targets = Object.values(description.exports).flatMap((target) => (typeof target === 'string' ? target : Object.values(target)));
  for (const target of targets.filter((name) => !name.includes('*'))) assert.ok(existsSync(join(installed, target)), target);
  const { resolve } = createRequire(join(installed, 'package.json'));   // a package may import itself
  for (const name of ['distillery-simd', 'distillery-fast', 'planner-simd', 'planner-fast'])
    assert.equal(resolve(`distillery/${name}.wasm`), join(dist, `${name}.wasm`));
});

test('publint finds nothing', async () => {
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
  assert.deepEqual(messages.map((message) => formatMessage(message, description)), []);
});

test('every script of ours has a source map that holds its sources', () => {
  assert.ok(scripts.length >= 6);
  for (const name of scripts.filter((script) => !/^(distillery|planner)-simd\.js$/.test(script))) {   // Emscripten's own
    const map = JSON.parse(readFileSync(join(dist, `${name}.map`), 'utf8'));
    assert.match(readFileSync(join(dist, name), 'utf8'), /\/\/# sourceMappingURL=\S+\.js\.map\s*$/);
    assert.ok(map.sources.length > 0 && map.sources.length === map.sourcesContent.length, name);
    for (const text of map.sourcesContent) assert.ok(text.length > 0, name);
  }
});

/** What a bundler makes of a program that uses the package. */
async function bundled(code) {
  const bundle = await rolldown({
    input: 'app', platform: 'browser', logLevel: 'silent',
    plugins: [{
      name: 'app',
      resolveId: (id) => (id === 'app' ? id : id === 'distillery' ? join(dist, 'index.js') : null),
      load: (id) => (id === 'app' ? code : null),
    }],
  });
  const { output } = await bundle.generate({ minify: true });
  return output[0].code;
}

test('importing it does nothing, and a bundle holds only what is used', async () => {
  assert.equal((await bundled("import 'distillery';")).trim(), '');
  const all = await bundled("import * as distillery from 'distillery'; console.log(distillery);");
  const error = await bundled("import { DistilleryError } from 'distillery'; console.log(DistilleryError);");
  const csv = await bundled("import { readCsv } from 'distillery'; console.log(readCsv);");
  assert.ok(error.length < 1000, `${error.length} bytes for an error`);
  assert.ok(csv.length < all.length / 2, `${csv.length} of ${all.length} bytes for reading CSV`);
  for (const part of [error, csv]) assert.ok(!/new Worker|WebAssembly/.test(part));
});

test('the declarations hold under strict checks, without skipLibCheck', () => {
  const folder = temporary();
  writeFileSync(join(folder, 'app.mts'), `
    import { loadDistillery, type Model } from '${join(dist, 'index.js')}';
    const distillery = await loadDistillery();
    const model: Model = distillery.loadModel(new Uint8Array());
    const classes: Int32Array = model.predict(new Float32Array(2), new Int32Array(1));
    console.log(classes);`);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: {
      target: 'es2022', lib: ['es2022', 'dom'], types: [], module: 'nodenext', moduleResolution: 'nodenext', strict: true,
      exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true,
    },
    files: ['app.mts'],
  }));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
});

test('the package brings its licence and says what it is', () => {
  assert.equal(readFileSync(join(installed, 'LICENSE'), 'utf8'), readFileSync(join(root, 'LICENSE'), 'utf8'));
  assert.match(readFileSync(join(installed, 'README.md'), 'utf8'), /^# distillery\n/);
});
