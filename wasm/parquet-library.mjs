// What bundle.mjs has to know of the libraries that read Parquet.
import { readFileSync } from 'node:fs';

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
export const guarded = {
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
export const licences = ['hyparquet', 'fzstd'].map((name) => {
  const folder = new URL('../', import.meta.resolve(name));
  return `${name}\n\n${readFileSync(new URL('LICENSE', folder), 'utf8').trim()}`;
}).join('\n\n');
