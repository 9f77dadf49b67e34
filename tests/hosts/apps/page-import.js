// For esbuild, which finds no files by their addresses: with the loader `file` this import gives one.
import distillery from 'distillery/distillery-simd.wasm';
import planner from 'distillery/planner-simd.wasm';
import { program } from './program.js';

const files = { distillery, planner };
window.result = program((name) => new URL(files[name], import.meta.url));
