// Makes the package's JavaScript from src/, after TypeScript has checked it and written the declarations: a file for each
// entry and one for what they share, for every further file costs a millisecond or more in Node and a request in a page.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { minifySync } from 'rolldown/experimental';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const entries = ['index', 'node', 'worker', 'worker-node', 'exporters/index', 'importers/index'];
const artefacts = ['distillery', 'planner'];
const { version } = JSON.parse(readFileSync(here('package.json'), 'utf8'));

/**
 * Parquet is read by a library that trusts what it reads. These are the places where a damaged or hostile file could
 * make it loop or allocate without end; src/parquet/ checks all else. [file, what is there, what takes its place]
 */
const guards = [
  ['thrift.js', 'const values = new Array(listSize)',
    'if (!(listSize >= 0 && listSize <= reader.view.byteLength - reader.offset)) '
      + "throw new Error('a list without end'); $&"],
  ['thrift.js', 'shift += 7n', "if ((shift += 7n) > 63n) throw new Error('a number without end')"],
  ['encoding.js', 'i < count; i++) {\n    output[seen + i] =',
    'i < count && seen + i < output.length; i++) {\n    output[seen + i] ='],
  ['encoding.js', 'let count = header >> 1 << 3', 'let count = Math.min((header >>> 1) * 8, output.length - seen)'],
  ['delta.js', 'const valuesPerMiniblock = blockSize / miniblockPerBlock',
    "$&; if (!(miniblockPerBlock > 0 && valuesPerMiniblock >= 1)) throw new Error('blocks without values')"],
  ['delta.js', 'output[i] = new Uint8Array(prefixData[i] + suffixData[i])',
    "if ((total += prefixData[i]) > 1 << 28) throw new Error('texts without end'); $&"],
  ['delta.js', 'const suffixData = new Int32Array(count)', '$&; let total = 0'],
  ['snappy.js', '(len & WORD_MASK[lengthSize]) + 1', '((len & WORD_MASK[lengthSize]) >>> 0) + 1'],
];

const unguarded = new Set(guards.map(([file]) => file));
const guarded = {
  name: 'guards',
  buildEnd(error) {
    if (!error && unguarded.size > 0) throw new Error(`hyparquet has no ${[...unguarded].join()}: are its guards in place?`);
  },
  transform(code, id) {
    const [, name] = /\/hyparquet\/src\/(\w+\.js)$/.exec(id.replaceAll('\\', '/')) ?? [];
    const its = guards.filter(([file]) => file === name);
    unguarded.delete(name);
    for (const [file, there, instead] of its) {
      if (!code.includes(there)) throw new Error(`hyparquet's ${file} is no longer as its guards know it: ${there}`);
      code = code.replaceAll(there, (found) => instead.replace('$&', found));
    }
    return its.length > 0 ? { code, map: null } : null;   // no line has moved
  },
};

/** The licences of what is bundled: the only code in the package that is not its own. */
const licences = ['hyparquet', 'fzstd'].map((name) => {
  const folder = new URL('../', import.meta.resolve(name));
  return `${name}\n\n${readFileSync(new URL('LICENSE', folder), 'utf8').trim()}`;
}).join('\n\n');

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
    { name: 'shared', test: /[\\/]wasm[\\/]src[\\/](?!exporters|importers)/, minShareCount: 2, priority: 1 },
    { name: 'exporters/model-file', minShareCount: 2 },   // what exporters and importers share is nothing of the core
  ] },
});

// The command line is a user of the package like any other: it imports the entries, and nothing of it is in them.
const commandLine = await rolldown({
  input: here('src/cli/main.ts'), platform: 'node',
  external: ['../node.js', '../exporters/index.js', '../importers/index.js', /^node:/],
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
