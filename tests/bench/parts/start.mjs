// From import to the first finished training step, in fresh processes and fresh pages, with files and code in caches;
// and what has to be downloaded for it.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { present } from '../contenders/index.mjs';
import { ask, chromium } from '../lib/browsers.mjs';
import { python, pythonEnvironment } from '../lib/hosts.mjs';
import { dataFolder, here, root } from '../lib/paths.mjs';
import { reason, summarise } from '../lib/race.mjs';
import { buildSite, bundled, serveSite } from '../lib/site.mjs';

const execute = promisify(execFile);

async function freshProcess({ file, flags = [], python: script }) {
  const { stdout } = script
    ? await execute(python, [`${here}/lib/host.py`, script, dataFolder, 'w1-64'], { env: pythonEnvironment })
    : await execute(process.execPath, [...flags, `${here}/lib/start-node.mjs`, file, dataFolder]);
  return JSON.parse(stdout.trim().split('\n').at(-1)).result;
}

/** Takes each contender's `once` in turn. One that fails is left out from then on. */
async function inTurn(contenders, rounds, once, log) {
  const times = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; ++round) {
    for (const contender of contenders.filter(({ name }) => times.has(name))) {
      try {
        times.get(contender.name).push(await once(contender));
      } catch (error) {
        times.delete(contender.name);
        log(`  ${contender.name} does not start: ${reason(error)}`);
      }
    }
  }
  return Object.fromEntries([...times].map(([name, list]) => [name, summarise(list)]));
}

async function inChromium(contenders, rounds, log) {
  await buildSite();
  const server = await serveSite();
  const browser = await chromium.start();
  try {
    const page = await browser.open(`${server.url}/`);
    const once = async ({ module }) => {
      await page.reload();
      return ask(page, 'start', module);
    };
    // Engines store compiled code after some loads of the same files.
    await inTurn(contenders, 3, once, log);
    return await inTurn(contenders, rounds, once, log);
  } finally {
    await browser.close();
    await server.close();
  }
}

const brotli = (bytes) => brotliCompressSync(bytes, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
}).length;

/** Bytes to download, brotli: what it takes to train this net. */
async function downloads() {
  const dist = (name) => readFile(`${root}/wasm/dist/${name}`);
  const tfjs = ['core', 'layers', 'backend-wasm'].map((name) => `export * from '@tensorflow/tfjs-${name}';`).join('\n');
  const tfjsFiles = `${here}/node_modules/@tensorflow/tfjs-backend-wasm/dist`;
  const tfjsWasm = await readFile(`${tfjsFiles}/tfjs-backend-wasm-simd.wasm`);
  return {
    'distillery, wasm + glue': brotli(await dist('distillery-simd.wasm')) + brotli(await dist('distillery-simd.js')),
    'tfjs core + layers + wasm': brotli(await bundled(tfjs)) + brotli(tfjsWasm),
    'jax-js': brotli(await bundled(`export * from '@jax-js/jax';`)),
  };
}

export async function run({ quick, rounds, log }) {
  const contenders = present().filter(({ name }) => name !== 'onnxruntime-web');
  const count = quick ? 2 : Math.max(5, Math.ceil(rounds / 2));
  const node = await inTurn(contenders, count, freshProcess, log);
  log(`  Node: ${count} rounds`);
  const pages = contenders.filter(({ browser }) => browser);
  const browser = chromium.present() ? await inChromium(pages, count, log) : {};
  log(`  Chromium: ${count} rounds`);
  return { node, chromium: browser, downloads: await downloads() };
}
