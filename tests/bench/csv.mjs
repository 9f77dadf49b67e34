#!/usr/bin/env node
// How fast CSV becomes a table, beside papaparse (which stops at fields that are texts), and what memory a large file takes.
// Asserts nothing; needs the built package and no contender of the bench.
//   node tests/bench/csv.mjs [--rounds N] [--rows N]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { createCsvReader, readCsv } from 'distillery';
import Papa from 'papaparse';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, rows: { type: 'string', default: '1000000' }, memory: { type: 'boolean', default: false } },
});
const columns = 20, encoder = new TextEncoder();

function generator() {
  let state = 1;
  return () => (state = Math.imul(state, 1664525) + 1013904223 | 0) / 2 ** 31;
}

const header = `${Array.from({ length: columns }, (_, column) => `x${column}`).join()},label\n`;
const record = (random, field) => `${Array.from({ length: columns }, () => field(random())).join()},${random() > 0 ? 'yes' : 'no'}\n`;

const sevenDigits = (value) => (value * 10).toPrecision(7);
const colours = ['red', 'green', 'blue', 'light blue'];
const kinds = {
  'seven digits': sevenDigits,
  'whole numbers to 100': (value) => String(Math.floor(value * 50) + 50),
  'all digits of a double': (value) => String(value * 3.7),
  'seven digits in quotes': (value) => `"${sevenDigits(value)}"`,
  'four categories': (value) => colours[Math.floor(value * 2) + 2],
};

function file(field, rows = 60_000) {
  const random = generator();
  return encoder.encode(header + Array.from({ length: rows }, () => record(random, field)).join(''));
}

/** Megabytes a second of the text: by the clock, and by the time that the processor spent on this process. */
async function speed(bytes, read) {
  let clock = Infinity, processor = Infinity;
  for (let round = 0; round < Number(values.rounds); ++round) {
    const start = performance.now(), usage = process.cpuUsage();
    await read();
    clock = Math.min(clock, performance.now() - start);
    const { user, system } = process.cpuUsage(usage);
    processor = Math.min(processor, (user + system) / 1000);
  }
  return [clock, processor].map((ms) => Math.round(bytes / ms / 1000));
}

/** In a process of its own: the file comes in pieces that nobody keeps. */
function measureMemory(rows) {
  const random = generator(), reader = createCsvReader();
  const piece = encoder.encode(Array.from({ length: 10_000 }, () => record(random, sevenDigits)).join(''));
  reader.push(encoder.encode(header));
  const before = process.resourceUsage().maxRSS;
  for (let row = 0; row < rows; row += 10_000) reader.push(piece);
  const { features, labels } = reader.finish();
  const peak = process.resourceUsage().maxRSS;
  return { text: piece.length * rows / 10_000, table: features.byteLength + labels.byteLength, growth: (peak - before) * 1024 };
}

const show = (name, [clock, processor]) => console.log(`  ${name.padEnd(34)}${String(clock).padStart(6)}${String(processor).padStart(6)}`);

if (values.memory) {
  console.log(JSON.stringify(measureMemory(Number(values.rows))));
} else {
  console.log(`Node ${process.version}; MB of text a second, by the clock and by processor time, best of ${values.rounds}`);
  for (const [name, field] of Object.entries(kinds)) {
    const bytes = file(field);
    show(name, await speed(bytes.length, () => readCsv(bytes)));
  }
  const bytes = file(sevenDigits), packed = gzipSync(bytes, { level: 6 }), text = new TextDecoder().decode(bytes);
  show('seven digits, gzip', await speed(bytes.length, () => readCsv(packed)));
  show('papaparse, seven digits, to texts', await speed(bytes.length, () => Papa.parse(text)));
  const memory = JSON.parse(execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--memory', '--rows', values.rows], { encoding: 'utf8' }));
  const mb = (size) => `${Math.round(size / 1e6)} MB`;
  console.log(`${values.rows} rows of ${columns} columns, ${mb(memory.text)} of text: a table of ${mb(memory.table)}, at most ${mb(memory.growth)} more memory than before`);
}
