// Emscripten's half of the package: its JavaScript in a quarter fewer bytes (bundlers do so too, but not everybody has
// one), with its declarations beside it.
// The flavours `simd` and `fast` are two WebAssembly files behind the same JavaScript, which is checked here.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { minifySync } from 'vite';

function minified(flavour) {
  const name = `distillery-${flavour}`;
  const { code, errors } = minifySync(name, readFileSync(new URL(`dist/${name}.js`, import.meta.url), 'utf8'), { module: true });
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return code.replaceAll(name, 'distillery-simd');
}

const code = minified('simd');
if (existsSync(new URL('dist/distillery-fast.js', import.meta.url)) && minified('fast') !== code)
  throw new Error('distillery-fast.wasm needs other JavaScript than distillery-simd.wasm');
writeFileSync(new URL('dist/distillery-simd.js', import.meta.url), code);

// Not there from the start: TypeScript would take what it wrote here before for the sources that they refer to.
const declarations = 'distillery-simd.d.ts';
copyFileSync(new URL(`dist/declarations/${declarations}`, import.meta.url), new URL(`dist/${declarations}`, import.meta.url));
