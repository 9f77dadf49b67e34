// For esbuild, which finds no files by their addresses: with the loader `file` this import gives one.
import wasm from 'distillery/distillery-simd.wasm';
import { program } from './program.js';

window.result = program(() => new URL(wasm, import.meta.url));
