// What the browser tests share: one Chromium, the served folder, and pages that note whatever should not happen.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { rolldown } from 'rolldown';
import { serve } from '../../scripts/serve.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The built page. DISTILLERY_SITE names another folder, such as a broken copy that a test has to notice. */
export const site = process.env.DISTILLERY_SITE ?? join(root, 'site');

/** How long to wait for what must come. Shared machines are slow: nothing is asserted about time. */
export const limit = 180_000;

/** A module of the page that needs no page, such as `state/take`. */
export async function importSource(name) {
  const bundle = await rolldown({ input: join(root, `web/src/${name}.ts`), external: /^distillery/ });
  const { output: [{ code }] } = await bundle.generate();
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function chromium() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, 'chromium');
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch { /* not here */ }
  }
  throw new Error('chromium is not on PATH: scripts/setup installs it');
}

/** A browser with a profile of its own, which goes with it. */
export const launch = () => puppeteer.launch({
  executablePath: chromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
  timeout: limit,
  protocolTimeout: 2 * limit,
});

/** Notes all that a page that keeps to itself never does, in its workers too. `requests`: [method, address] of each. */
export async function watch(page, origin) {
  const problems = [], requests = [];
  page.on('console', (message) => problems.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => problems.push(`page error: ${error instanceof Error ? error.message : error}`));
  page.on('requestfailed', (request) => {
    problems.push(`request failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`status ${response.status()}: ${response.url()}`);
  });
  page.on('request', (request) => {
    const method = request.method(), address = request.url();
    const { protocol, origin: to } = new URL(address);
    if (protocol === 'blob:') return;   // what the page made itself: nobody is asked
    requests.push([method, address]);
    if (protocol !== 'data:' && to !== origin) problems.push(`request to another origin: ${address}`);
    if (method !== 'GET' || request.hasPostData()) problems.push(`request with a body: ${method} ${address}`);
  });
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  // A worker tells of blocked evals in its log only.
  page.on('workercreated', (worker) => {
    worker.client.on('Log.entryAdded', ({ entry }) => problems.push(`log of a worker: ${entry.text}`));
    worker.client.send('Log.enable').catch(() => {});   // it may be gone already
  });
  await page.exposeFunction('noteViolation', (what) => problems.push(`policy violation: ${what}`));
  await page.evaluateOnNewDocument(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      void window.noteViolation(`${violatedDirective} ${blockedURI}`);
    });
  });
  return { problems, requests };
}

/** What was heard may well be the cause. */
export function withProblems(error, problems) {
  if (problems.length > 0) error.message += `\nThe page said:\n${problems.join('\n')}`;
  return error;
}

/**
 * Serves the page and starts a browser for the tests of one file. `pageTest(name, run)` is a test with a fresh page, as on a
 * first visit, which must end without anything heard that a page that keeps to itself never does.
 */
export function pages() {
  let browser, server;
  /** Of all pages together. */
  const heard = { requests: [], problems: [] };
  before(async () => {
    assert.ok(existsSync(join(site, 'index.html')), 'there is no page yet: scripts/site builds it');
    server = await serve(site, { port: 0 });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  const pageTest = (name, run) => test(name, async (t) => {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(limit);
    await page.setViewport({ width: 1280, height: 900 });
    const { problems, requests } = await watch(page, server.url);
    try {
      await page.goto(`${server.url}/`);
      await run(page, t, { problems, requests });
      await sleep(100);   // for what is on its way
      assert.deepEqual(problems, []);
    } catch (error) {
      throw withProblems(error, problems);
    } finally {
      heard.requests.push(...requests);
      heard.problems.push(...problems);
      await context.close();
    }
  });
  return { pageTest, heard, get browser() { return browser; }, get server() { return server; } };
}

// ---- The page -------------------------------------------------------------------

export const stateOf = (page) => page.evaluate(() => document.documentElement.dataset.state);

export const reportOf = (page) => page.evaluate(() => window.distillery.report);

export const textOf = (page, selector) => page.$eval(selector, (element) => element.textContent);

export const focusOf = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.className);

/** Waits until `predicate` holds in the page. */
export const until = (page, predicate, ...values) => (
  page.waitForFunction(predicate, { polling: 50, timeout: limit }, ...values));

/** Waits until more than `share` percent of a stage are done. */
export const begun = (page, stage, share = 0) => until(page, (kind, most) => (
  Number.parseFloat(document.querySelector(`[data-stage=${kind}] .part`).style.width) > most), stage, share);

/** Clicks a button as soon as it is enabled: what was typed just before may still be on its way to it. */
export async function press(page, selector) {
  await until(page, (button) => document.querySelector(button)?.disabled === false, selector);
  await page.$eval(selector, (button) => button.click());
}

/** Waits for a state; any other end is an error at once, with what the page says about it. */
export async function reach(page, state) {
  await until(page, (wanted) => document.querySelector('.fault') !== null
    || [wanted, 'stopped', 'finished', 'failed'].includes(document.documentElement.dataset.state), state);
  const words = await page.$$eval('.fault, #sentence, #evidence', (parts) => (
    parts.map((part) => part.textContent).join(' ')));
  assert.equal(await stateOf(page), state, words);
}

/** Types into a field, opening what hides it. */
export async function type(page, selector, text) {
  await page.$eval(selector, (field) => {
    for (let at = field.closest('details'); at; at = at.parentElement.closest('details')) at.open = true;
    field.focus();
    field.select();
  });
  if (text === '') await page.keyboard.press('Delete');
  else await page.keyboard.type(String(text));
  assert.equal(await page.$eval(selector, (field) => field.value), String(text));
}

/** Chooses the data: a set, or { shape, rows, noise, seed } of a made one. */
export async function chooseData(page, data) {
  const { shape, ...rest } = typeof data === 'string' ? {} : data;
  await page.click(`label:has(> input[name=set][value=${shape ? 'shapes' : data}])`);
  if (shape) await page.click(`label:has(> input[name=shape][value=${shape}])`);
  for (const [name, value] of Object.entries(rest)) await type(page, `#data-${name}`, value);
}

/** Changes settings by their names; `margin` is a choice, the others are typed. */
export async function change(page, { margin, ...settings }) {
  for (const [name, value] of Object.entries(settings)) await type(page, `#setting-${name}`, value);
  if (margin !== undefined) {
    await page.$eval('#settings', (details) => { details.open = true; });
    await page.click(`label:has(> input[name=margin][value="${margin}"])`);
  }
  assert.equal(await page.$$eval('.field-error', (errors) => errors.length), 0);
}

/** Chooses, starts, and waits for the end. */
export async function distil(page, data, settings) {
  await chooseData(page, data);
  await change(page, settings);
  await press(page, '#start');
  await reach(page, 'finished');
}

/** What is saved by a press: its blob is caught on the way. */
export async function savedBy(page, selector) {
  await page.evaluate(() => {
    window.saved ??= [];
    if (window.catching) return;
    window.catching = true;
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      window.saved.push(blob);
      return make.call(URL, blob);
    };
    HTMLAnchorElement.prototype.click = function click() { window.savedName = this.download; };   // nothing is to be downloaded
  });
  const before = await page.evaluate(() => window.saved.length);
  await press(page, selector);
  const wanted = selector.endsWith('png') ? 2 : 1;   // a picture is drawn from the drawing
  await until(page, (count) => window.saved.length >= count, before + wanted);
  const { type, text, name } = await page.evaluate(async () => {
    const blob = window.saved.at(-1), bytes = new Uint8Array(await blob.arrayBuffer());
    return { type: blob.type, name: window.savedName, text: Array.from(bytes, (byte) => String.fromCharCode(byte)).join('') };
  });
  return { type, name, bytes: Buffer.from(text, 'latin1') };
}

/** Goes where what is only made near the reader is made. */
export async function near(page, id) {
  await page.$eval(`#${id}`, (place) => place.scrollIntoView());
  await until(page, (place) => document.querySelector(`#${place} section[aria-busy=false]`) !== null, id);
}

/** Everything on the page that tells of progress, as one text. */
export const progressOf = (page) => page.evaluate(() => [
  ...[...document.querySelectorAll('[data-stage]')].map((stage) => stage.innerHTML),
  ...[...document.querySelectorAll('li[data-teacher]')].map((teacher) => teacher.innerHTML),
  JSON.stringify(window.distillery.report),
].join('\n'));

/** Waits until no worker is left. */
export async function noWorkers(page) {
  for (const end = Date.now() + limit; page.workers().length > 0 && Date.now() < end;) await sleep(20);
  assert.equal(page.workers().length, 0, 'workers are left');
}

/** The page must come to need no more width than it has: charts are drawn anew some frames after a change. */
export async function assertFits(page, where) {
  const fits = () => document.documentElement.scrollWidth <= innerWidth;
  await page.waitForFunction(fits, { timeout: 20_000 }).catch(async () => {
    const [needed, has] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.fail(`${where}: ${needed} px wide on a screen of ${has}`);
  });
}

// ---- The chart, as a reader sees it -----------------------------------------------

/** Ticks and marks of the trade-off, each at the middle of what is drawn, in pixels of the screen. */
export const readChart = (page) => page.$eval('svg.tradeoff', (svg) => {
  const middle = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { x: (left + right) / 2, y: (top + bottom) / 2 };
  };
  const ticks = (axis) => [...svg.querySelectorAll(`g.tick[data-axis=${axis}]`)].map((tick) => ({
    value: Number(tick.dataset.value), at: middle(tick.querySelector('line'))[axis],
    text: tick.querySelector('text')?.textContent ?? null,
  }));
  const marks = [...svg.querySelectorAll('circle[data-series]')].map((circle) => ({
    series: circle.dataset.series, size: circle.dataset.size ? Number(circle.dataset.size) : null, ...middle(circle),
  }));
  return { rows: svg.dataset.rows, x: ticks('x'), y: ticks('y'), marks };
});

/** The line through the first tick and the last, which all others have to lie on: from figures to pixels. */
export function axisOf(ticks, scale) {
  assert.ok(ticks.length >= 2, 'an axis needs two ticks to be read');
  const [first, last] = [ticks[0], ticks.at(-1)];
  const slope = (last.at - first.at) / (scale(last.value) - scale(first.value));
  const place = (value) => first.at + slope * (scale(value) - scale(first.value));
  for (const { value, at } of ticks) assert.ok(Math.abs(place(value) - at) < 0.1, `the tick of ${value} is off`);
  return place;
}
