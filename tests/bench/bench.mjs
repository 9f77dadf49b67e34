#!/usr/bin/env node
// Measures distillery beside its peers and prints tables, ratios and how the marks are met. Asserts nothing.
//   npm run bench -- [--only w1,w2,…] [--rounds N] [--quick] [--write]        README.md here says what is what
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { install, ranInOwnNode } from './lib/install.mjs';
import { marksOf } from './lib/marks.mjs';
import { output, root } from './lib/paths.mjs';
import { asMarkdown, printMarks, printPart, withTable } from './lib/report.mjs';

const parts = ['w1', 'w2', 'w3', 'start', 'workers', 'linear', 'reference', 'browsers', 'lighthouse'];

function options() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: parts.join() }, rounds: { type: 'string' },
      quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',');
  const unknown = only.find((name) => !parts.includes(name));
  if (unknown !== undefined) throw new Error(`there is no part '${unknown}'; there are: ${parts.join(', ')}`);
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 20));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1 on');
  return { ...values, only: parts.filter((name) => only.includes(name)), rounds };
}

async function main() {
  const { only, rounds, quick, write } = options();
  install();
  if (ranInOwnNode()) return;
  const { makeData } = await import('./lib/data.mjs');
  await makeData();

  const context = { rounds, quick, budget: quick ? 60 : 150, log: (line) => console.log(line) };
  const results = {
    about: {
      date: new Date().toISOString(), cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, rounds, quick,
    },
    parts: {},
  };
  for (const name of only) {
    console.log(`\n${name} …`);
    const { run } = await import(`./parts/${name}.mjs`);
    try {
      results.parts[name] = await run(context);
    } catch (error) {
      results.parts[name] = { failed: String(error.stack ?? error) };
    }
    printPart(name, results.parts[name]);
  }
  results.marks = marksOf(results.parts);
  printMarks(results.marks);
  writeFileSync(`${output}.json`, `${JSON.stringify(results, null, 1)}\n`);
  console.log('\nbuild/bench.json has all of it.');
  if (!write) return;
  const readme = `${root}/README.md`;
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), asMarkdown(results)));
  console.log('The table in README.md is new.');
}

main().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
