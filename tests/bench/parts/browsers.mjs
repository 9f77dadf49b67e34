// W1, W2 and W3 in every engine that is installed, beside Node; and whether all of them come to the same bytes.
import { byName } from '../contenders/index.mjs';
import { engines, startInPage } from '../lib/browsers.mjs';
import { muster, race } from '../lib/race.mjs';
import { coarse } from '../lib/session.mjs';
import { buildSite, serveSite } from '../lib/site.mjs';

const tasks = ['w1-64', 'w1-256', 'w2', 'w3-one', 'w3-student', 'w3-teacher'];

/** Chromium has the peers too: some of them are quicker there than in Node. */
const modules = {
  Chromium: ['distillery', 'distillery fast', 'tfjs-wasm', 'jax-js'],
  Firefox: ['distillery', 'distillery fast'],
  WebKit: ['distillery', 'distillery fast'],
};

export async function run({ rounds, budget, log }) {
  await buildSite();
  const server = await serveSite();
  const closing = [() => server.close()];
  const entrants = [], results = { versions: {}, fingerprints: {}, tasks: {} };
  try {
    const here = await byName('distillery').start({ grain: coarse });   // all with the same clock
    closing.push(() => here.close());
    entrants.push({ name: 'Node: distillery', host: here });
    results.versions.Node = process.version;
    results.fingerprints.Node = await here.call('fingerprint');
    for (const { name, present, start } of engines) {
      if (!present()) {
        log(`  ${name} is not installed`);
        continue;
      }
      const browser = await start();
      closing.push(() => browser.close());
      const page = await browser.open(`${server.url}/`);
      results.versions[name] = browser.version;
      const contenders = modules[name].map((contender) => ({
        name: `${name}: ${contender}`,
        start: () => startInPage(page, byName(contender).module),
      }));
      const there = await muster(contenders, log);
      results.fingerprints[name] = await there[0].host.call('fingerprint');
      entrants.push(...there);
    }
    results.tasks = await race(entrants, tasks, { rounds, budget, log });
    return results;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}
