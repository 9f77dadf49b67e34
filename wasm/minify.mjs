// Emscripten's half in JavaScript, in a quarter fewer bytes: bundlers do so too, but not everybody has one.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { minifySync } from 'vite';

const file = fileURLToPath(new URL('dist/distillery-simd.js', import.meta.url));
const { code, errors } = minifySync(file, readFileSync(file, 'utf8'), { module: true });
if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
writeFileSync(file, code);
