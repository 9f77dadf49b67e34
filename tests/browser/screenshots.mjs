#!/usr/bin/env node
// Pictures of every state of the built page, narrow to wide, light and dark, for eyes rather than for tests.
//   node tests/browser/screenshots.mjs            into build/screenshots/STATE-WIDTH-THEME.png
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '../../scripts/serve.mjs';
import { begun, change, chooseData, launch, limit, near, noWorkers, press, reach, root, site, sleep, type, until } from './support.js';

const folder = join(root, 'build/screenshots');
const sizes = [[360, 740], [768, 1024], [1440, 900]];
const moderate = { teacherEpochs: 8, seeds: 3, studentEpochs: 15 };

mkdirSync(folder, { recursive: true });
const server = await serve(site, { port: 0 });
const browser = await launch();
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(limit);

  async function shoot(state) {
    for (const [width, height] of sizes) {
      await page.setViewport({ width, height });
      for (const theme of ['light', 'dark']) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
        await page.evaluate(() => scrollTo(0, 0));
        await sleep(250);   // for charts and maps to be drawn anew
        await page.screenshot({ path: join(folder, `${state}-${width}-${theme}.png`), fullPage: true });
      }
    }
    await page.setViewport({ width: 1440, height: 900 });
    console.log(state);
  }
  const begin = async (data, settings) => {
    await page.setViewport({ width: 1440, height: 900 });
    await page.goto(`${server.url}/`);
    await chooseData(page, data);
    await change(page, settings);
    await press(page, '#start');
    await reach(page, 'running');
  };

  await page.goto(`${server.url}/`);
  await shoot('first');
  await chooseData(page, { shape: 'moons' });
  await page.$$eval('.story details', (all) => { for (const details of all) details.open = true; });
  await shoot('first-settings');

  const own = async (name) => {
    await page.goto(`${server.url}/`);
    await (await page.$('#own-file')).uploadFile(join(root, 'tests/fixtures/csv', name));
    await until(page, () => document.querySelector('.own')?.getAttribute('aria-busy') === 'false');
  };
  await own('ragged.csv');
  await shoot('own-refused');
  await page.click('label:has(> input[name=own-badRows][value=skip])');
  await until(page, () => document.querySelector('#own-rows') !== null);
  await shoot('own-read');

  await begin('tutorial', moderate);
  await begun(page, 'teacher', 60);
  await page.click('#pause');
  await shoot('paused-teachers');
  await page.click('#pause');
  await begun(page, 'student', 30);
  await page.click('#pause');
  await shoot('paused-students');
  await page.click('#pause');
  await reach(page, 'finished');
  await until(page, () => window.distillery.latency !== null);
  await near(page, 'try-row');
  await near(page, 'take-away');
  await shoot('finished');
  await page.click('#tradeoff-show-table');
  await page.click('label:has(> input[name=take-weights][value=int8])');
  await type(page, '#row-field-0', 'far');
  await type(page, '#setting-teachers', 8);
  await shoot('finished-table-changed');

  await begin('tutorial', { ...moderate, teacherEpochs: 200 });
  await begun(page, 'teacher', 1);
  await shoot('running');
  await page.click('#stop');
  await noWorkers(page);
  await shoot('stopped');

  await begin({ shape: 'spirals' }, { teachers: 4, seeds: 2 });
  await reach(page, 'finished');
  await until(page, () => window.distillery.latency !== null && window.distillery.planes !== null);
  await shoot('finished-spirals');

  await page.goto(`${server.url}/`);
  await until(page, () => document.querySelectorAll('input[name=compare]').length > 1);
  await page.$$eval('input[name=compare]', (boxes) => { for (const box of boxes) box.click(); });
  await until(page, () => document.querySelector('.runs-compared') !== null);
  await page.click('#compare-show-table');
  await shoot('compared');

  await page.setRequestInterception(true);
  page.on('request', (request) => {
    void (request.url().endsWith('.csv.gz') ? request.respond({ status: 503 }) : request.continue());
  });
  await page.goto(`${server.url}/`);
  await chooseData(page, 'tutorial');
  await press(page, '#start');
  await until(page, () => document.documentElement.dataset.state === 'failed');
  await shoot('failed');
} finally {
  await browser.close();
  await server.close();
}
