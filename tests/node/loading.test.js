import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { codeOf, distillery, installed, smallPlan, temporary } from './support.js';

const { distil, loadDistillery, loadPlanner, DistilleryError } = distillery;
const file = join(installed, 'dist/distillery-simd.wasm');
const bytes = readFileSync(file);
const nothing = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));

/** What the server below answers, by path: status, headers, body. */
const answers = {
  '/right.wasm': [200, { 'content-type': 'application/wasm' }, bytes],
  '/parameters.wasm': [200, { 'content-type': 'application/wasm; charset=utf-8' }, bytes],
  '/octets.wasm': [200, { 'content-type': 'application/octet-stream' }, bytes],
  '/untyped.wasm': [200, {}, bytes],
  '/missing.wasm': [404, { 'content-type': 'text/html', 'content-length': 17 }, '<h1>not here</h1>'],
  '/page.wasm': [200, { 'content-type': 'text/html' }, '<!doctype html>'],
  '/half.wasm': [200, { 'content-type': 'application/wasm', 'content-length': 1000 }, bytes.subarray(0, 1000)],
};
const server = createServer((request, response) => {
  const [status, headers, body] = answers[request.url];
  response.writeHead(status, headers).end(body);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => {
  server.close();
  server.closeAllConnections();
});
const at = `http://127.0.0.1:${server.address().port}`;

/** The error of a load, which must be a DistilleryError. */
async function failureOf(options) {
  const error = await loadDistillery(options).then(() => assert.fail('it loaded'), (reason) => reason);
  assert.ok(error instanceof DistilleryError, error);
  return error;
}

test('the right WebAssembly loads in whatever form it comes, or is promised', async () => {
  const response = (type) => new Response(bytes, { headers: { 'content-type': type } });
  for (const [name, wasm] of Object.entries({
    'bytes': bytes, 'an ArrayBuffer': new Uint8Array(bytes).buffer, 'a view': new DataView(new Uint8Array(bytes).buffer),
    'a module': new WebAssembly.Module(bytes), 'a Response': response('application/wasm'), 'a Response of a wrong type': response('text/plain'),
    'a URL of a file': pathToFileURL(file), 'an address of a file': pathToFileURL(file).href, 'a URL': new URL(`${at}/right.wasm`),
    'a type with parameters': `${at}/parameters.wasm`, 'an unknown type': `${at}/octets.wasm`, 'no type': `${at}/untyped.wasm`,
    'a promised Response': fetch(`${at}/right.wasm`), 'promised bytes': Promise.resolve(bytes), 'nothing': undefined,
  })) assert.equal((await loadDistillery({ wasm })).flavour, 'simd', name);
});

test('a load that fails says what was asked for, and status, type and length of what came back', async () => {
  for (const [path, ...parts] of [
    ['/missing.wasm', 'status 404', 'content-type text/html', 'content-length 17'],
    ['/page.wasm', 'status 200', 'content-type text/html', '15 bytes'],
    ['/half.wasm', 'status 200', 'content-type application/wasm', 'content-length 1000'],
  ]) for (const wasm of [`${at}${path}`, new URL(`${at}${path}`), fetch(`${at}${path}`)]) {
    const { code, message, cause } = await failureOf({ wasm });
    assert.equal(code, 'load_failed');
    assert.ok(cause instanceof Error);
    for (const part of [`${at}${path}`, 'distillery-simd.wasm', ...parts]) assert.ok(message.includes(part), message);
  }
});

test('what cannot be requested or compiled is told with its reason', async () => {
  const refused = createServer();
  await new Promise((resolve) => refused.listen(0, '127.0.0.1', resolve));
  const { port } = refused.address();
  await new Promise((resolve) => refused.close(resolve));
  for (const [wasm, part] of [
    [`http://127.0.0.1:${port}/x.wasm`, /127\.0\.0\.1:\d+\/x\.wasm .*ECONNREFUSED/],
    [new URL('file:///nowhere.wasm'), /file:\/\/\/nowhere\.wasm .*ENOENT/],
    [{ then: (_, reject) => reject(new Error('no way')) }, /given as wasm .*no way/],
    [new Uint8Array(8), /given as wasm \(8 bytes\)/],
    [nothing, /does not start/],
  ]) {
    const { code, message } = await failureOf({ wasm });
    assert.equal(code, 'load_failed');
    assert.match(message, part);
  }
});

test('a wasm that is none of what it may be is refused, whatever it is', async () => {
  for (const wasm of [7, {}, [1, 2], 'dist/x.wasm', '', Promise.resolve('x.wasm'), new Blob([bytes])])
    assert.equal(await codeOf(() => loadDistillery({ wasm })), 'invalid_option', String(wasm));
  assert.match((await failureOf({ wasm: 'dist/x.wasm' })).message, /'dist\/x\.wasm'.*import\.meta\.url/);
});

test('a run and a prediction say so too', async () => {
  const table = (await loadDistillery()).generate('moons', { rows: 50, seed: 1 });
  const run = distil(table, smallPlan, { wasm: `${at}/missing.wasm` });
  await assert.rejects(run.report, { code: 'load_failed', message: /status 404/ });
  run.dispose();
  await assert.rejects(distillery.predict([], new Float32Array(2), { wasm: `${at}/missing.wasm` }), { code: 'load_failed' });
});

test('the networks and the planner each refuse what is the other\'s, and name their own file', async () => {
  const planner = readFileSync(file.replace('distillery-simd', 'planner-simd'));
  await assert.rejects(loadDistillery({ wasm: planner }), { code: 'load_failed', message: /distillery-simd\.wasm/ });
  await assert.rejects(loadPlanner({ wasm: bytes }), { code: 'load_failed', message: /planner-simd\.wasm/ });
  const instance = await loadDistillery(), table = instance.generate('moons', { rows: 50, seed: 1 });
  const run = distil(table, smallPlan, { wasm: instance.module });
  await assert.rejects(run.report, { code: 'load_failed', message: /planner-simd\.wasm/ });
  run.dispose();
});

/** Another copy of the package, `change`d, as a second version beside the first would be. */
async function copyOf(change = (code) => code) {
  const folder = join(temporary(), 'distillery');
  cpSync(installed, folder, { recursive: true });
  const shared = join(folder, 'dist/shared.js');
  writeFileSync(shared, change(readFileSync(shared, 'utf8')));
  return import(pathToFileURL(join(folder, 'dist/node.js')));
}

test('two copies of the package and two loads of each do not disturb each other', async () => {
  const other = await copyOf();
  assert.notEqual(other.DistilleryError, DistilleryError);
  const libraries = [await loadDistillery(), await loadDistillery(), await other.loadDistillery(), await other.loadDistillery()];
  const table = libraries[0].generate('moons', { rows: 300, noise: 0.2, seed: 1 });
  const shape = { inputs: 2, hidden: [8], classes: 2, dropout: [0.2] };
  const trainers = libraries.map((library) => library.createTrainer(shape, table, { training: { epochs: 4 } }));
  while (!trainers[0].finished) for (const trainer of trainers) trainer.advance(64);   // epochs interleaved, slice by slice
  const models = trainers.map((trainer) => trainer.model());
  for (const model of models) assert.deepEqual(model.save(), models[0].save());
  for (const [i, library] of libraries.entries()) {
    assert.equal(library.liveHandles(), 2);
    trainers[i].dispose();
    models[i].dispose();
    assert.equal(library.liveHandles(), 0);
  }
  const runs = [distillery, other].map((library) => library.distil(table, smallPlan, { workers: 1 }));
  const [one, two] = await Promise.all(runs.map((run) => run.report));
  assert.deepEqual(one, two);
  assert.deepEqual(runs[0].chosen(), runs[1].chosen());
  for (const run of runs) run.dispose();
});

test('JavaScript and WebAssembly of two versions do not start together', async () => {
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.equal((await loadDistillery()).version, version);
  const older = await copyOf((code) => {
    assert.ok(code.includes(version));
    return code.replaceAll(version, '0.0.9');
  });
  await assert.rejects(older.loadDistillery(), { code: 'load_failed', message: /distillery 0\.1\.0, the JavaScript that of 0\.0\.9/ });
});
