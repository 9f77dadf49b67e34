#!/usr/bin/env node
// Dependencies point one way: L0 <- L1 <- … <- L4 <- wasm/*.cpp <- wasm/src <- web. A file may use its own layer
// and those below; headers must not include each other in a circle. Run by scripts/test.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

// Files of src/distillery/, without their endings; a folder stands for all that is in it.
const layers = [
  'error matrix random bytes math',
  'kernels/',
  'mlp network loss optimizer ensemble dataset generators transfer',
  'trainer logit_rows metrics decomposition statistics hypothesis non_inferiority comparison model_file recipe',
  'workbench jobs plan distil',
].map((names) => names.split(' '));

const root = normalize(join(dirname(fileURLToPath(import.meta.url)), '..'));
const faults = [];
const read = (file) => readFileSync(join(root, file), 'utf8');
const lineOf = (text, index) => text.slice(0, index).split('\n').length;

function filesBelow(folder, endings) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist)$/.test(entry.name) ? [] : filesBelow(path, endings);
    return endings.test(entry.name) ? [path] : [];
  });
}

/** The layer of a path such as `kernels/reference.cpp`, or -1. */
function layerOf(path) {
  const stem = path.replace(/\.[ch]pp$/, '');
  return layers.findIndex((names) => names.some((name) => (name.endsWith('/') ? stem.startsWith(name) : stem === name)));
}

// ---- C++ --------------------------------------------------------------------
const library = 'src/distillery';
const includes = new Map();   // header -> headers
const sources = filesBelow(library, /\.[ch]pp$/);
for (const file of sources) {
  const path = relative(library, file);
  const layer = layerOf(path);
  if (layer < 0) faults.push(`${file}: is in no layer; add it to the table at the top of scripts/check-layers.mjs`);
  const text = read(file);
  for (const { 1: name, index } of text.matchAll(/^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]/gm)) {
    const here = `${file}:${lineOf(text, index)}`;
    if (/emscripten/i.test(name)) faults.push(`${here}: the library knows nothing of Emscripten`);
    const beside = join(dirname(path), name);
    const target = name.startsWith('distillery/') ? name.slice('distillery/'.length)
      : existsSync(join(root, library, beside)) ? beside : null;
    if (target === null) continue;   // a system's header
    const targetLayer = layerOf(target);
    if (layer >= 0 && targetLayer > layer) {
      faults.push(`${here}: layer ${layer} (${path}) uses layer ${targetLayer} (${target})`);
    }
    if (path.endsWith('.hpp')) includes.set(path, [...(includes.get(path) ?? []), target]);
  }
  const macro = text.match(/__EMSCRIPTEN__/);
  if (macro) faults.push(`${file}:${lineOf(text, macro.index)}: the library knows nothing of Emscripten`);
}
if (sources.length === 0) faults.push(`${library}: there is nothing in it`);

const finished = new Set();
function findCircle(header, trail) {
  if (trail.includes(header)) {
    faults.push(`headers include each other: ${[...trail.slice(trail.indexOf(header)), header].join(' -> ')}`);
  } else if (!finished.has(header)) {
    for (const next of includes.get(header) ?? []) findCircle(next, [...trail, header]);
    finished.add(header);
  }
}
for (const header of includes.keys()) findCircle(header, []);

// ---- TypeScript -------------------------------------------------------------
function checkImports(folder, forbidden) {
  for (const file of filesBelow(folder, /\.(m?[jt]sx?|css|html)$/)) {
    const text = read(file);
    const specifiers = /(?:\bfrom|\bimport|\brequire|\bnew URL)\s*\(?\s*['"]([^'"]+)['"]/g;
    for (const { 1: name, index } of text.matchAll(specifiers)) {
      const target = name.startsWith('.') ? normalize(join(dirname(file), name)) : null;
      const leaves = target !== null && target.split(sep)[0] !== folder.split(sep)[0];
      if (leaves) faults.push(`${file}:${lineOf(text, index)}: '${name}' leaves ${folder.split(sep)[0]}/; use the package's name`);
      if (forbidden.test(name)) faults.push(`${file}:${lineOf(text, index)}: '${name}' may not be used here`);
    }
  }
}
checkImports('wasm/src', /^distillery-web\b/);
checkImports('web', /^distillery\/(src|dist)\b/);

for (const fault of faults) console.error(fault);
console.log(faults.length ? `layers: ${faults.length} faults` : `layers: ${sources.length} C++ files in order`);
process.exitCode = faults.length ? 1 : 0;
