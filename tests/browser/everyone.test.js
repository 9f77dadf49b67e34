// The page for everyone: axe-core finds nothing in any of its states, light or dark.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { begun, change, chooseData, near, pages, press, reach, root, sleep, type, until } from './support.js';

const { pageTest } = pages();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds, a line each. */
async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`));
}

async function assertForEveryone(page, state) {
  for (const theme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
    await sleep(100);   // colours change, canvases are drawn anew
    assert.deepEqual(await findings(page), [], `${state}, ${theme}`);
  }
}

const small = { teachers: 2, teacherShape: '8', teacherEpochs: 4, dropout: '', sizes: '2, 6-4', seeds: 2, studentEpochs: 4 };
const moons = { shape: 'moons', rows: 400, noise: 0.2, seed: 1 };
const openAll = (page) => page.evaluate(() => { for (const details of document.querySelectorAll('details')) details.open = true; });

pageTest('axe-core finds nothing before a run, with settings open and with a mistake in them', async (page) => {
  await assertForEveryone(page, 'first');
  await chooseData(page, moons);
  await openAll(page);
  await page.select('#setting-recipe', 'own');
  await type(page, '#setting-seeds', 'many');
  await until(page, () => document.querySelector('.field-error') !== null);
  await assertForEveryone(page, 'first, all open, with a mistake');
});

pageTest('axe-core finds nothing in a file of one’s own, refused or read', async (page) => {
  const choose = async (name) => {
    await (await page.$('#own-file')).uploadFile(join(root, 'tests/fixtures/csv', name));
    await until(page, () => document.querySelector('.own')?.getAttribute('aria-busy') === 'false');
    await openAll(page);
  };
  await choose('ragged.csv');
  await assertForEveryone(page, 'own, refused');
  await page.click('label:has(> input[name=own-badRows][value=skip])');
  await until(page, () => document.querySelector('#own-rows') !== null);
  await assertForEveryone(page, 'own, read');
});

pageTest('axe-core finds nothing while a run goes, is paused, is stopped, or could not go on', async (page, t, { problems }) => {
  await chooseData(page, 'tutorial');
  await change(page, { ...small, teacherShape: '256, 128', teacherEpochs: 1000 });
  await press(page, '#start');
  await reach(page, 'running');
  await begun(page, 'teacher');
  await assertForEveryone(page, 'running');
  await page.click('#pause');
  await assertForEveryone(page, 'paused');
  await page.click('#stop');
  await assertForEveryone(page, 'stopped');
  await page.setRequestInterception(true);
  page.on('request', (request) => { void (request.url().endsWith('.csv.gz') ? request.respond({ status: 503 }) : request.continue()); });
  await press(page, '#again');
  await until(page, () => document.documentElement.dataset.state === 'failed');
  await assertForEveryone(page, 'failed');
  problems.length = 0;   // the answer 503 was heard
});

pageTest('axe-core finds nothing in a finished run with all that can be opened, and in two that are compared', async (page) => {
  for (const button of ['#start', '#again']) {
    if (button === '#start') {
      await chooseData(page, moons);
      await change(page, small);
    } else {
      await change(page, { seeds: 3 });
    }
    await press(page, button);
    await until(page, () => document.documentElement.dataset.state === 'running');
    await reach(page, 'finished');
    await until(page, () => window.distillery.latency !== null && window.distillery.planes !== null);
  }
  await assertForEveryone(page, 'finished');
  await near(page, 'try-row');
  await near(page, 'take-away');
  await openAll(page);
  for (const chart of ['tradeoff', 'confusion', 'reliability']) await press(page, `#${chart}-show-table`);
  await page.click('[data-cell="student-0-1"]');
  await page.click('label:has(> input[name=take-weights][value=int8])');
  await until(page, () => document.querySelectorAll('input[name=compare]').length === 2);
  await page.$$eval('input[name=compare]', (boxes) => { for (const box of boxes) box.click(); });
  await until(page, () => document.querySelector('.runs-compared') !== null);
  await press(page, '#compare-show-table');
  await change(page, { teachers: 3 });
  await type(page, '#row-field-0', 'far');
  await until(page, () => document.querySelector('#row-fault') !== null);
  await assertForEveryone(page, 'finished, all open');
  await page.setViewport({ width: 360, height: 740 });
  await assertForEveryone(page, 'finished, all open, on a phone');
});

pageTest('axe-core would find something', async (page) => {
  await page.evaluate(() => {
    document.querySelector('main').append(document.createElement('input'));
    document.querySelector('.lead').style.color = 'silver';
  });
  const found = await findings(page);
  for (const rule of ['label', 'color-contrast']) assert.ok(found.some((one) => one.startsWith(`${rule}:`)), `${rule}: ${found}`);
});
