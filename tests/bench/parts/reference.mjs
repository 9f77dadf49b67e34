// The whole reference experiment: in Chromium with two workers, and by two PyTorch processes that share its work.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { byName } from '../contenders/index.mjs';
import { ask, chromium } from '../lib/browsers.mjs';
import { hasPython } from '../lib/hosts.mjs';
import { output, root } from '../lib/paths.mjs';
import { summarise } from '../lib/race.mjs';
import { buildSite, serveSite } from '../lib/site.mjs';

const teachers = 12;

/** Six teachers each, then the student here and the baseline there. Processes and data are ready before. */
async function pytorchOnce([here, there], scale) {
  const epochs = (count) => Math.ceil(count * scale);
  const start = performance.now();
  const half = (host) => host.call('reference_teachers', teachers / 2, epochs(30));
  const parts = await Promise.all([half(here), half(there)]);
  const logits = parts[0].map((row, at) => row.map((value, column) => value + parts[1][at][column]));
  const small = (host, targets) => host.call('reference_student', epochs(50), targets, teachers);
  const [student, baseline] = await Promise.all([small(here, logits), small(there, null)]);
  return { time: performance.now() - start, student, baseline };
}

async function startPyTorch() {
  if (!hasPython('torch')) return null;
  const csv = `${output}/data/tutorial.csv`;
  writeFileSync(csv, gunzipSync(readFileSync(`${root}/data/tutorial.csv.gz`)));
  const { start } = byName('PyTorch, 1 thread');
  const hosts = await Promise.all([start(), start()]);
  await Promise.all(hosts.map((host) => host.call('reference_data', csv, 4000)));
  return hosts;
}

export async function run({ quick, log }) {
  if (!chromium.present()) return { skipped: 'there is no Chromium' };
  const rounds = quick ? 1 : 3, scale = quick ? 0.1 : 1;
  await buildSite();
  const server = await serveSite();
  const browser = await chromium.start();
  const hosts = await startPyTorch();
  const ours = [], theirs = [];
  try {
    const page = await browser.open(`${server.url}/`);
    for (let round = 0; round < rounds; ++round) {
      ours.push(await ask(page, 'reference', { workers: 2, scale }));
      if (hosts) theirs.push(await pytorchOnce(hosts, scale));
      log(`  round ${round + 1} of ${rounds}`);
    }
  } finally {
    for (const host of hosts ?? []) host.close();
    await browser.close();
    await server.close();
  }
  const times = (runs) => summarise(runs.map(({ time }) => time));
  const all = (runs) => ({ ...runs[0], ...times(runs) });
  return { scale, distillery: all(ours), ...(hosts && { pytorch: all(theirs) }) };
}
