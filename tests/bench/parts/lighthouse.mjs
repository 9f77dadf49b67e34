// What Lighthouse says of the built page: as a phone and a desk load it, and when a run is finished.
import { existsSync } from 'node:fs';
import lighthouse, { desktopConfig, startFlow } from 'lighthouse';
import { serve } from '../../../scripts/serve.mjs';
import { launch, reach, site } from '../../browser/support.js';

const categories = ['performance', 'accessibility', 'best-practices'];
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const scores = ({ categories: found }) => Object.fromEntries(Object.entries(found).map(([name, { score }]) => [name, Math.round(100 * score)]));
const worst = (all) => Object.fromEntries(Object.keys(all[0]).map((name) => [name, Math.min(...all.map((one) => one[name]))]));

export async function run({ quick }) {
  if (!existsSync(`${site}/index.html`)) throw new Error('there is no page yet: run scripts/site');
  const server = await serve(site, { port: 0 }), browser = await launch();
  const address = `${server.url}/`, flags = { onlyCategories: categories, logLevel: 'error', port: Number(new URL(browser.wsEndpoint()).port) };
  const results = {};
  try {
    for (const [name, config] of Object.entries({ phone: undefined, desk: desktopConfig })) {
      const all = [];
      for (let i = 0; i < (quick ? 1 : 5); ++i) all.push(scores((await lighthouse(address, flags, config)).lhr));
      results[name] = { ...worst(all), performance: median(all.map(({ performance }) => performance)) };
    }
    const page = await browser.newPage();
    await page.goto(`${address}#v=1&set=quick&start`);
    await reach(page, 'finished');
    const flow = await startFlow(page, { flags: { logLevel: 'error', onlyCategories: categories.slice(1), screenEmulation: { disabled: true } } });
    await flow.snapshot();
    // A snapshot has fewer audits, so that a category's score is the share of those that passed.
    results.finished = scores((await flow.createFlowResult()).steps[0].lhr);
    return results;
  } finally {
    await browser.close();
    await server.close();
  }
}
