// Makes the package's JavaScript from src/, after TypeScript has checked it and written the declarations: a file for each
// entry and one for what they share, for every further file costs a millisecond or more in Node and a request in a page.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { minifySync } from 'rolldown/experimental';
import { guarded, licences } from './parquet-library.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const entries = ['index', 'node', 'worker', 'worker-node', 'exporters/index', 'importers/index', 'run-file/index'];
const artefacts = ['distillery', 'planner'];
const { version } = JSON.parse(readFileSync(here('package.json'), 'utf8'));

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((name) => [name, here(`src/${name}.ts`)])),
  external: [...artefacts.map((name) => `./${name}-simd.js`), /^node:/],
  platform: 'neutral',
  plugins: [guarded],
  transform: { define: { PACKAGE_VERSION: JSON.stringify(version) } },
});
await bundle.write({
  dir: here('dist'), sourcemap: true, entryFileNames: '[name].js', chunkFileNames: '[name].js',
  banner: ({ name }) => (name === 'parquet' ? `/*!\nParquet is read with the help of\n\n${licences}\n*/` : ''),
  codeSplitting: { groups: [
    { name: 'shared', test: /[\\/]wasm[\\/]src[\\/](?!exporters|importers|run-file)/, minShareCount: 2, priority: 1 },
    { name: 'exporters/model-file', minShareCount: 2 },   // what these and run files share is nothing of the core
  ] },
});

// The command line is a user of the package like any other: it imports the entries, and nothing of it is in them.
const commandLine = await rolldown({
  input: here('src/cli/main.ts'), platform: 'node',
  external: ['../node.js', '../exporters/index.js', '../importers/index.js', '../run-file/index.js', /^node:/],
});
await commandLine.write({ file: here('dist/cli/main.js'), sourcemap: true });

// Emscripten's half, in a quarter fewer bytes: bundlers do so too, but not everybody has one. The flavours `simd` and
// `fast` are two WebAssembly files behind the same JavaScript, which is checked here.
function minified(file, name) {
  const { code, errors } = minifySync(file, readFileSync(here(`dist/${file}.js`), 'utf8'), { module: true });
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return code.replaceAll(file, name);
}
for (const artefact of artefacts) {
  const simd = `${artefact}-simd`, fast = `${artefact}-fast`, code = minified(simd, simd);
  if (existsSync(here(`dist/${fast}.js`)) && minified(fast, simd) !== code)
    throw new Error(`${fast}.wasm needs other JavaScript than ${simd}.wasm`);
  writeFileSync(here(`dist/${simd}.js`), code);
  // Not there from the start: TypeScript would take what it wrote here before for the sources that they refer to.
  copyFileSync(here(`dist/declarations/${simd}.d.ts`), here(`dist/${simd}.d.ts`));
}
