// A file that is dropped onto a page: the package as its files are, in Chromium, under the strict headers.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { launch, limit, root, site, until, watch } from './support.js';

const fixture = (name) => readFileSync(join(root, 'tests/fixtures/parquet', name));

test('a Parquet file that is dropped onto a page is read there as CSV is, by a file that is fetched only then', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'distillery-'));
  let server, browser;
  try {
    cpSync(join(root, 'wasm/dist'), join(folder, 'dist'), { recursive: true });
    cpSync(new URL('./parquet.html', import.meta.url), join(folder, 'index.html'));
    cpSync(new URL('./parquet.js', import.meta.url), join(folder, 'parquet.js'));
    writeFileSync(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    server = await serve(folder, { port: 0 });
    browser = await launch();
    const page = await browser.newPage();
    page.setDefaultTimeout(limit);
    const { problems, requests } = await watch(page, server.url);
    const isFetched = () => requests.some(([, address]) => address.endsWith('/dist/parquet.js'));
    await page.goto(`${server.url}/`);
    await until(page, () => window.isReady);

    /** Drops a file onto the page, and waits for what it makes of it. */
    const drop = async (name, bytes) => {
      await page.evaluate((fileName, content) => {
        window.read = undefined;
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0))], fileName));
        document.getElementById('place').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      }, name, bytes.toString('base64'));
      await until(page, () => window.read !== undefined);
      return page.evaluate(() => window.read);
    };
    const expected = await drop('table.csv', fixture('table.csv'));
    assert.equal(expected.labels.length, 60, expected.message);
    assert.equal(isFetched(), false, 'the reader of Parquet was fetched for CSV');
    for (const name of ['gzip', 'zstd', 'row-groups']) assert.deepEqual(await drop('dropped', fixture(`${name}.parquet`)), expected, name);
    assert.equal(isFetched(), true);
    const { code, message } = await drop('table.parquet', fixture('plain.parquet').subarray(0, 4000));
    assert.equal(code, 'corrupt_file', message);
    assert.deepEqual(problems, []);
  } finally {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the built page has what reads Parquet in a file of its own, with its licences', () => {
  const scripts = readdirSync(join(site, 'assets')).filter((name) => name.endsWith('.js'));
  const [reader, ...more] = scripts.filter((name) => readFileSync(join(site, 'assets', name), 'utf8').includes('RLE_DICTIONARY'));
  assert.match(reader, /^parquet-/);
  assert.deepEqual(more, []);
  for (const name of ['hyparquet', 'fzstd']) {
    const licence = readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8').trim();
    assert.ok(readFileSync(join(site, 'assets', reader), 'utf8').includes(licence), name);
  }
});
