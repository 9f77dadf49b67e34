// The pages of the bench: contenders bundled as their users would, the package as its files are.
import { cp, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { serve } from '../../../scripts/serve.mjs';
import { dataFolder, here, output, root } from './paths.mjs';

const site = `${output}/site`;
const modules = `${here}/node_modules`;
const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Bench</title><link rel="icon" href="data:,">
<script type="module" src="./page.js"></script></head></html>
`;

const options = { bundle: true, format: 'esm', minify: true, target: 'es2022', logLevel: 'error' };

export async function buildSite() {
  await rm(site, { recursive: true, force: true });
  await mkdir(`${site}/data`, { recursive: true });
  await mkdir(`${site}/files`);
  await build({
    ...options, entryPoints: [`${here}/lib/page.mjs`], outdir: site, entryNames: 'page', splitting: true,
    alias: { distillery: '/distillery/index.js' }, external: ['/distillery/index.js'],
  });
  await cp(`${root}/wasm/dist`, `${site}/distillery`, { recursive: true });
  for (const name of ['data.bin', 'data.json']) await copyFile(`${dataFolder}/${name}`, `${site}/data/${name}`);
  await copyFile(`${root}/data/tutorial.csv.gz`, `${site}/data/tutorial.csv.gz`);
  for (const name of ['tfjs-backend-wasm', 'tfjs-backend-wasm-simd', 'tfjs-backend-wasm-threaded-simd']) {
    await copyFile(`${modules}/@tensorflow/tfjs-backend-wasm/dist/${name}.wasm`, `${site}/files/${name}.wasm`);
  }
  for (const name of ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.mjs']) {
    await copyFile(`${modules}/onnxruntime-web/dist/${name}`, `${site}/files/${name}`);
  }
  await writeFile(`${site}/index.html`, page);
}

/** Cached, as on a site of releases: engines keep compiled WebAssembly only of what they keep at all. */
export const serveSite = () => serve(site, { headers: { 'Cache-Control': 'max-age=3600' } });

/** What a bundler makes of a source text. */
export async function bundled(source) {
  const { outputFiles } = await build({
    ...options, stdin: { contents: source, resolveDir: here }, write: false,
  });
  return outputFiles[0].contents;
}
