// Eight teachers by one worker and by two, in Node and in Chromium: how much the second one helps.
import * as distillery from 'distillery';
import { ask, chromium } from '../lib/browsers.mjs';
import { tutorial } from '../lib/data.mjs';
import { summarise } from '../lib/race.mjs';
import { timeTeachers } from '../lib/runs.mjs';
import { buildSite, serveSite } from '../lib/site.mjs';

/** once(workers) → ms */
async function compare(rounds, once) {
  const times = { 1: [], 2: [] };
  await once(2);   // warms up
  for (let round = 0; round < rounds; ++round) {
    for (const workers of [1, 2]) times[workers].push(await once(workers));
  }
  return { one: summarise(times[1]), two: summarise(times[2]) };
}

export async function run({ quick, log }) {
  const job = { count: 8, epochs: quick ? 4 : 20 };
  const rounds = quick ? 1 : 4;
  const table = await tutorial();
  const results = { node: await compare(rounds, (workers) => timeTeachers(distillery, table, { ...job, workers })) };
  log('  Node: done');
  if (!chromium.present()) return results;
  await buildSite();
  const server = await serveSite();
  const browser = await chromium.start();
  try {
    const page = await browser.open(`${server.url}/`);
    results.chromium = await compare(rounds, (workers) => ask(page, 'teachers', { ...job, workers }));
    log('  Chromium: done');
    return results;
  } finally {
    await browser.close();
    await server.close();
  }
}
