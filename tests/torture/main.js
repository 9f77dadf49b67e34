#!/usr/bin/env node
// scripts/torture: runs campaigns, prints a line of figures for each, keeps how far they got in build/torture.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { emptyState, runCampaign } from './campaign.js';
import { campaigns } from './campaigns.js';
import { document, figuresOf } from './table.js';
import { root } from '../node/support.js';
import { place } from './subjects.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' },
    fresh: { type: 'boolean' }, write: { type: 'boolean' }, list: { type: 'boolean' },
  },
});
if (values.list) {
  for (const { name, row, promise } of campaigns) console.log(`${String(row).padStart(3)}  ${name.padEnd(16)} ${promise}`);
  process.exit();
}
const seed = Number(values.seed), seconds = Number(values.seconds);
if (!Number.isSafeInteger(seed) || seed < 0 || !(seconds > 0)) throw new Error('--seed is a whole number, --seconds a number above 0');
for (const name of positionals)
  if (!campaigns.some((campaign) => campaign.name === name)) throw new Error(`there is no campaign '${name}'; see --list`);

/** What was tortured: a campaign goes on only where this is the same. */
const subject = (() => {
  const hash = createHash('sha256');
  for (const name of ['planner-simd.wasm', 'planner-simd.js', 'node.js', 'shared.js', 'worker-node.js', 'cli/main.js'])
    hash.update(readFileSync(join(root, 'wasm/dist', name)));
  return hash.digest('hex').slice(0, 16);
})();

let findings = 0;
for (const campaign of campaigns.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const file = join(place(), `${campaign.name}.json`);
  const old = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const goesOn = old && !values.fresh && old.seed === seed && old.subject === subject && !old.skipped && old.findings.length === 0;
  const keep = (state) => writeFileSync(file, `${JSON.stringify({ campaign: campaign.name, seed, subject, when: new Date().toISOString(), ...state }, null, 1)}\n`);
  const state = await runCampaign(campaign, { seed, seconds, keep, state: goesOn ? old : emptyState() });
  keep(state);
  findings += state.findings.length;
  console.log(`${String(campaign.row).padStart(3)}  ${campaign.name.padEnd(16)} ${figuresOf(campaign, state)}`);
  for (const finding of state.findings) console.log(`     finding: ${finding}`);
}
if (values.write) writeFileSync(join(root, 'docs/robustness.md'), document(readFileSync(join(root, 'docs/robustness.md'), 'utf8'), campaigns, place()));
process.exit(findings > 0 ? 1 : 0);
