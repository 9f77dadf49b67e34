// Files of the reader's own on the built page, served with the strict headers: what a person brings, and what the page makes of it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadPlanner, readCsv } from 'distillery';
import {
  assertFits, change, focusOf, limit, near, pages, press, reach, reportOf, root, savedBy, sleep, stateOf, textOf, until,
} from './support.js';

const served = pages(), { pageTest } = served;
let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'distillery-')); });
after(() => { if (folder) rmSync(folder, { recursive: true, force: true }); });

// ---- Files ------------------------------------------------------------------------------

/** Two numbers, a category, the class in the middle; `rows` of them, which two numbers tell apart. */
function birds(rows) {
  const lines = Array.from({ length: rows }, (_, row) => {
    const kind = row % 2, wave = ((row * 37) % 101) / 101;
    return [(kind + wave).toFixed(2), ['red', 'green', 'blue'][row % 3], ['Adelie', 'Gentoo'][kind], (3 * kind - wave).toFixed(1), ['yes', 'no'][(row >> 1) % 2]].join();
  });
  return ['length,colour,species,weight,wild', ...lines, ''].join('\n');
}

/** Two features, two classes. */
const plane = (rows, names = ['in', 'out'], header = 'x,y,label') => [header, ...Array.from({ length: rows }, (_, row) => {
  const [x, y] = [(row * 0.618) % 2, (row * 0.414) % 2];
  return `${x.toFixed(3)},${y.toFixed(3)},${names[x + y > 2 ? 1 : 0]}`;
}), ''].join('\n');

const dirty = ['a,b,label', '1,2,x', '3,4', '5,6,y', '7,8,x,9', 'ten,11,y', '12,13,x', '14,15,y', '16,17,x', ''].join('\n');
const dated = ['day,size,label', ...Array.from({ length: 8 }, (_, row) => `2024-03-0${row + 1},${row},${'xy'[row % 2]}`), ''].join('\n');
const fixture = (name) => join(root, 'tests/fixtures', name);

const small = { teachers: 2, teacherShape: '8', teacherEpochs: 3, dropout: '', sizes: '2, 4', seeds: 2, studentEpochs: 3 };

// ---- The page, as a reader uses it ----------------------------------------------------------

const isRead = () => document.querySelector('.own')?.getAttribute('aria-busy') === 'false';

/** Chooses a file that is there, or is made of a text, and waits until it is read. */
async function choose(page, name, content) {
  const path = content === undefined ? name : join(folder, name);
  if (content !== undefined) writeFileSync(path, content);
  const input = await page.$('#own-file');
  await input.uploadFile(path);
  await until(page, (title) => document.querySelector('#own-title')?.textContent === title, basename(path));
  await until(page, isRead);
}

async function set(page, name, value) {
  await page.click(`label:has(> input[name=own-${name}][value=${value}])`);
  await until(page, isRead);
}

const textsOf = (page, selector) => page.$$eval(selector, (all) => all.map((one) => one.textContent));
const isReady = (page) => page.$eval('#start', (button) => !button.disabled);
const rowsOf = ({ rows }) => rows.train + rows.validation + rows.test;

async function distil(page) {
  await change(page, small);
  await press(page, '#start');
  await reach(page, 'finished');
}

// ---- Reading ----------------------------------------------------------------------------------

pageTest('a CSV file is previewed, its label changed, and trained on to a report of its rows', async (page, t, { requests }) => {
  const readers = () => requests.filter(([, address]) => /\/reader-[^/]*\.js$/.test(address)).length;
  await until(page, () => /Distillery \d/.test(document.querySelector('#licences').textContent));
  assert.equal(readers(), 0, 'what reads files comes only with one');
  await choose(page, 'birds.csv', birds(300));
  assert.equal(readers(), 1);
  assert.equal(await textOf(page, '#own-title'), 'birds.csv');
  assert.equal(await focusOf(page), 'own-title');
  assert.match(await textOf(page, '#own-facts'), /^300 rows, 7 features, 2 classes, \d+\.\d kB$/);
  assert.match(await textOf(page, '#own-privacy'), /stays on this machine/);
  assert.match(await textOf(page, '#spoken'), /^birds\.csv is read: 300 rows/);
  // By its name the label is found in the middle; its column comes first.
  assert.equal(await page.$eval('#own-label', (select) => select.value), 'species');
  assert.deepEqual(await textsOf(page, '#own-rows th'), ['specieslabel', 'lengthnumber', 'colour3 categories', 'weightnumber', 'wild2 categories']);
  assert.deepEqual(await textsOf(page, '#own-rows tbody tr:nth-child(2) td'), ['Gentoo', '1.37', 'green', '2.6', 'yes']);
  assert.deepEqual(await textsOf(page, '#own-classes .name'), ['Adelie', 'Gentoo']);
  assert.deepEqual(await textsOf(page, '#own-classes li > span:last-child'), ['150 (50.0%)', '150 (50.0%)']);

  await page.select('#own-label', 'colour');
  await until(page, isRead);
  assert.match(await textOf(page, '#own-facts'), /^300 rows, 6 features, 3 classes/);
  assert.deepEqual(await textsOf(page, '#own-classes .name'), ['blue', 'green', 'red']);
  await page.select('#own-label', 'species');
  await until(page, isRead);

  await distil(page);
  const report = await reportOf(page);
  assert.equal(rowsOf(report), 300);
  assert.match(await textOf(page, '#state-line'), /^birds\.csv\. Finished/);
  assert.match(await textOf(page, '.story'), /300 rows, 7 columns, 2 classes/);
  assert.ok(await page.evaluate(() => window.distillery.chosen().length) > 0, 'there is a student to take');
  assert.deepEqual(requests.filter(([method, address]) => method !== 'GET' || !address.startsWith(`${served.server.url}/`)), []);
  assert.ok(requests.some(([, address]) => /\/worker-[^/]*\.js$/.test(address)), 'requests of workers are heard');
  assert.ok(!requests.some(([, address]) => /birds|species|Adelie/.test(address)), 'nothing of the file stands in an address');
  assert.ok(!/birds|species|Adelie/.test(page.url()));
});

pageTest('a file of two features that is dropped anywhere on the page is trained on and drawn as a map', async (page) => {
  const drop = (type) => page.evaluate((kind, text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], 'plane.csv'));
    const event = new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector('#words').dispatchEvent(event);
    return { taken: event.defaultPrevented, marked: document.documentElement.hasAttribute('data-drop') };
  }, type, plane(300));
  assert.deepEqual(await drop('dragover'), { taken: true, marked: true });
  assert.deepEqual(await drop('drop'), { taken: true, marked: false });
  await until(page, isRead);
  assert.match(await textOf(page, '#own-facts'), /^300 rows, 2 features, 2 classes/);
  await distil(page);
  await until(page, () => window.distillery.planes !== null);
  assert.match(await textOf(page, '.boundaries'), /row of class in/);

  // On the result too; there it leads back to the choice. Not while a run goes.
  await drop('drop');
  await until(page, isRead);
  await change(page, { teachers: 50, teacherShape: '256, 128', teacherEpochs: 1000 });   // until it is stopped
  await press(page, '#start');
  await reach(page, 'running');
  await drop('drop');
  await until(page, () => /a run is under way/.test(document.querySelector('.notice')?.textContent ?? ''));
  assert.equal(await stateOf(page), 'running');
  await press(page, '#stop');
});

pageTest('gzip and Parquet are read like the text they hold', async (page) => {
  await choose(page, 'birds.csv', birds(120));
  const shown = async () => ({
    rows: await textOf(page, '#own-rows'), classes: await textOf(page, '#own-classes'), facts: (await textOf(page, '#own-facts')).split(', ').slice(0, 3),
  });
  const plain = await shown();
  await choose(page, 'birds.csv.gz', gzipSync(birds(120)));
  assert.equal(await textOf(page, '#own-title'), 'birds.csv.gz');
  assert.deepEqual(await shown(), plain);

  // The fixture has fields without a value, and counts them alike in both.
  const of = [];
  for (const name of ['table.csv', 'zstd.parquet']) {
    await choose(page, fixture(`parquet/${name}`));
    assert.match(await textOf(page, '#own-refusal'), name === 'table.csv' ? /^Line 5: / : /^Row 4: /);
    const missing = await textOf(page, '#own-missing');
    await set(page, 'missing', 'skip');
    of.push({ missing, ...await shown() });
  }
  assert.deepEqual(of[1], of[0]);
  assert.match(of[0].missing, /length: 9; colour: 5; code: 5/);
  await distil(page);
  assert.match(of[0].facts[0], new RegExp(`^${rowsOf(await reportOf(page))} rows`));
});

// ---- What is wrong with files -------------------------------------------------------------------

pageTest('rows that cannot be read are listed with their lines, and left out on request only', async (page) => {
  await choose(page, 'dirty.csv', dirty);
  assert.match(await textOf(page, '#own-refusal'), /^Line 3: 2 fields, where the header has 3/);
  assert.equal(await page.$eval('.own [role=alert]', (alert) => alert.contains(document.querySelector('#own-refusal'))), true);
  const lines = ['Line 3: 2 fields, where the header has 3.', 'Line 5: 4 fields, where the header has 3.',
    "Line 6: 'ten' in column 'a' is not a number."];
  assert.deepEqual(await textsOf(page, '#own-skipped li'), lines);
  assert.match(await textOf(page, '.skipped'), /^Rows that cannot be read: 3/);
  assert.equal(await isReady(page), false);
  assert.match(await textOf(page, '#start-facts'), /not ready/);
  await set(page, 'badRows', 'skip');
  assert.match(await textOf(page, '#own-facts'), /^5 rows, 2 features, 2 classes/);
  assert.deepEqual(await textsOf(page, '#own-skipped li'), lines);
  assert.match(await textOf(page, '.skipped'), /^Rows left out: 3/);
  assert.equal(await isReady(page), true);
  await set(page, 'badRows', 'stop');
  assert.equal(await isReady(page), false);
});

pageTest('rows without a value stop the reading until they are to be left out', async (page) => {
  await choose(page, 'gaps.csv', plane(40).replace(/^0\.618,/m, ',').replace(/^1\.236,/m, 'NA,'));
  assert.match(await textOf(page, '#own-refusal'), /^Line 3: /);
  assert.equal(await textOf(page, '#own-missing'), 'Fields without a value, by column: x: 2.');
  assert.equal(await page.$('#own-skipped'), null);   // the rows themselves are fine
  await set(page, 'missing', 'skip');
  assert.match(await textOf(page, '#own-facts'), /^38 rows/);
  assert.equal((await textsOf(page, '#own-skipped li')).length, 2);
});

pageTest('what is missing is filled in by the training rows, here as anywhere else', async (page) => {
  // Every third row lacks its x; a value so far out stands in one row that it moves the mean.
  const gap = (line, row) => (row > 0 && row % 3 === 0 && line !== '' ? line.replace(/^[^,]*/, '') : line);
  const text = plane(90).split('\n').map(gap).join('\n').replace(/^0\.618,/m, '90,');
  await choose(page, 'gaps.csv', text);
  assert.match(await textOf(page, '#own-refusal'), /Leave such rows out, have mean or median filled in, or leave out the column\.$/);
  await set(page, 'missing', 'mean');
  assert.match(await textOf(page, '#own-facts'), /^90 rows, 2 features/);
  assert.match(await textOf(page, '#own-filling'), /the mean of its column over the training rows/);
  assert.equal(await textOf(page, '#own-rows tbody tr:nth-child(3) td:nth-child(2)'), '(missing)');
  await distil(page);
  await until(page, () => window.distillery.answers !== null);
  const { rows, features, plan } = await page.evaluate(() => {
    const { answers: { rows, features }, plan } = window.distillery;
    return { rows: [...rows], features: [...features], plan };
  });
  const lines = text.trim().split('\n').slice(1).map((line) => line.split(','));
  assert.ok(rows.length > 0 && new Set(rows).size === rows.length);
  // What the package takes for the same rows and plan in Node. (That it is the mean of the training rows: tests/node/split.test.js.)
  const library = await loadPlanner(), bench = library.createWorkbench(await readCsv(new TextEncoder().encode(text), { missing: 'mean' }), plan);
  const [mean] = bench.fills();
  bench.dispose();
  rows.forEach((row, i) => {
    const [x, y] = lines[row];
    assert.deepEqual(features.slice(2 * i, 2 * i + 2), [x === '' ? mean : Math.fround(Number(x)), Math.fround(Number(y))], `row ${row + 1}`);
  });
  assert.ok(rows.some((row) => lines[row][0] === ''), 'a test row has a gap');
  await near(page, 'take-away');
  const schema = JSON.parse((await savedBy(page, '#download-schema')).bytes);
  assert.deepEqual([schema.missing, schema.columns[0].fill], ['mean', mean]);

  const report = await reportOf(page);
  await until(page, () => document.querySelector('#runs li')?.dataset.phase === 'finished');
  await page.reload();
  await press(page, '#runs li .open');
  await reach(page, 'finished');
  assert.deepEqual(await reportOf(page), report);
});

pageTest('rows of one group are test rows all together, and the group is no feature', async (page) => {
  const [header, ...lines] = plane(120).trim().split('\n');
  await choose(page, 'patients.csv', [`patient,${header}`, ...lines.map((line, row) => `p${row >> 2},${line}`), ''].join('\n'));
  assert.match(await textOf(page, '#own-facts'), /^120 rows, /);
  await page.select('#own-group', 'patient');
  await until(page, isRead);
  assert.match(await textOf(page, '#own-facts'), /^120 rows, 2 features, 2 classes/);
  assert.equal(await page.$eval('#own-label', (select) => [...select.options].some(({ value }) => value === 'patient')), false);
  await distil(page);
  await until(page, () => window.distillery.answers !== null);
  const rows = await page.evaluate(() => [...window.distillery.answers.rows]), patients = new Set(rows.map((row) => row >> 2));
  assert.ok(rows.length > 0 && rows.length < 120);
  assert.equal(rows.length, 4 * patients.size, 'a patient is on both sides');
});

pageTest('a column of dates is refused with its reason, and ignored on request', async (page) => {
  await choose(page, 'dated.csv', dated);
  assert.match(await textOf(page, '#own-refusal'),
    /'day' holds dates or times \('2024-03-01'\)\. Leave them out, or make numbers or a few categories of them\.$/);
  assert.equal(await isReady(page), false);
  await set(page, 'unusable', 'ignore');
  assert.match(await textOf(page, '#own-warnings'), /Left out: 'day' holds dates/);
  assert.match(await textOf(page, '#own-facts'), /^8 rows, 1 feature, 2 classes/);
  assert.equal(await isReady(page), true);
});

pageTest('a column that is of no use is left out, and taken again', async (page) => {
  const rows = Array.from({ length: 40 }, (_, row) => `${row + 1},${row % 7},${'xy'[row % 2]}`);
  await choose(page, 'index.csv', ['id,size,label', ...rows, ''].join('\n'));
  assert.match(await textOf(page, '#own-warnings'), /'id' only counts the rows/);
  await page.$eval('.used-columns', (details) => { details.open = true; });
  await page.click('input[name=own-column][value=id]');
  await until(page, isRead);
  assert.match(await textOf(page, '#own-facts'), /^40 rows, 1 feature,/);
  assert.equal(await page.$('#own-warnings'), null);
  assert.equal(await textOf(page, '.used-columns summary'), 'Columns: 1 used, 1 left out');
  assert.deepEqual(await textsOf(page, '#own-label option'), ['label', 'size']);
  await page.click('input[name=own-column][value=id]');
  await until(page, isRead);
  assert.match(await textOf(page, '#own-facts'), /^40 rows, 2 features,/);
});

pageTest('what stands between fields, and the decimal mark, can be told where they are guessed wrong', async (page) => {
  // Each guess fits: three columns of whole numbers, or two of numbers with a decimal comma.
  const rows = Array.from({ length: 30 }, (_, row) => `${row % 7},${row % 10};${'xy'[row % 2]}`);
  await choose(page, 'marks.csv', ['size;label', ...rows, ''].join('\n'));
  assert.equal(await textOf(page, '#own-form summary'), 'Text: semicolon between fields, decimal comma');
  assert.equal(await textOf(page, '#own-rows tbody tr:nth-child(2) td:nth-child(2)'), '1.1');
  await page.$eval('#own-form', (details) => { details.open = true; });
  await page.select('#own-decimal', '.');
  await until(page, isRead);
  // Now they are texts, of which there are 30 different: no number.
  assert.ok(/could not|decimal point/.test(await textOf(page, '#own-form summary')));
  assert.match(await textOf(page, '.own'), /'size'/);
  await page.select('#own-decimal', '');
  await until(page, isRead);
  assert.match(await textOf(page, '#own-facts'), /^30 rows, 1 feature, 2 classes/);
  await page.select('#own-delimiter', ',');
  await until(page, isRead);
  assert.match(await textOf(page, '#own-form summary'), /^Text: comma between fields, decimal point|^Text: could not/);
  await page.select('#own-decimal', ',');
  await until(page, isRead);
  assert.match(await textOf(page, '#own-refusal'), /cannot be the decimal mark, too/);
  await page.select('#own-delimiter', '');
  await until(page, isRead);
  assert.match(await textOf(page, '#own-facts'), /^30 rows, 1 feature, 2 classes/);
  await assertFits(page, 'marks');
  await choose(page, fixture('parquet/plain.parquet'));
  assert.equal(await page.$('#own-form'), null, 'Parquet has none');
});

pageTest('a label that is a quantity is refused, and another column can be chosen', async (page) => {
  const rows = Array.from({ length: 60 }, (_, row) => `${row % 7},${'ab'[row % 2]},${row * 1.5}`);
  await choose(page, 'price.csv', ['rooms,town,price', ...rows, ''].join('\n'));
  assert.match(await textOf(page, '#own-refusal'), /label 'price' looks like a quantity/);
  assert.equal(await page.$eval('#own-label', (select) => select.value), '');
  await page.select('#own-label', 'town');
  await until(page, isRead);
  assert.match(await textOf(page, '#own-facts'), /^60 rows, 2 features, 2 classes/);
  assert.equal(await isReady(page), true);
});

pageTest('what is no table is refused in words, and the file before can be chosen again', async (page) => {
  await choose(page, fixture('csv/spreadsheet.xlsx.csv'));
  assert.match(await textOf(page, '#own-refusal'), /not text/);
  assert.equal(await page.$('#own-label'), null);
  await choose(page, 'cut.csv.gz', gzipSync(birds(200)).subarray(0, 500));
  assert.match(await textOf(page, '#own-refusal'), /gzip file is damaged/);
  await choose(page, 'cut.parquet', readFileSync(fixture('parquet/plain.parquet')).subarray(0, 4000));
  assert.match(await textOf(page, '#own-refusal'), /Parquet/);
  await choose(page, 'one-class.csv', 'a,label\n1,x\n2,x\n');
  assert.match(await textOf(page, '.found [role=alert]'), /only one class/);
  assert.equal(await isReady(page), false);
});

pageTest('hostile names of file, columns and classes are text wherever they stand', async (page) => {
  const bad = '<img src=x onerror=alert(1)>';
  const names = [`${bad}</table>`, '"><script>alert(2)</script>'];
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const long = 'n'.repeat(5000), turned = 'a\u202egpj\u0007';
  const text = plane(200, names.map(quoted), [quoted(bad + long), quoted(turned), 'label'].join());
  await page.evaluate((content) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([content], '<b onclick=alert(3)>\u202evsc.<i>'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, text);
  await until(page, isRead);
  await assertFits(page, 'hostile names');
  assert.equal(await textOf(page, '#own-title'), '<b onclick=alert(3)> vsc.<i>');
  assert.deepEqual(await textsOf(page, '#own-classes .name'), [names[1], names[0]]);
  const [, first, second] = await textsOf(page, '#own-rows th');
  assert.ok(first.startsWith(bad) && first.length < 60, first);
  assert.equal(second, 'a gpj number');
  await page.setViewport({ width: 360, height: 740 });
  await assertFits(page, 'hostile names on a phone');
  await page.setViewport({ width: 1280, height: 900 });
  await distil(page);
  await until(page, () => window.distillery.planes !== null);
  assert.ok((await textOf(page, '.boundaries')).includes(names[0]));
  await assertFits(page, 'hostile names in the result');
  assert.equal(await page.$('main img, main script, main i:not([class]), main [onclick], main [onerror]'), null);
});

// ---- Cancelling, large files ---------------------------------------------------------------------

pageTest('a large file is read while the page goes on, and Cancel leaves all as it was', async (page) => {
  // 1,000,000 × 20 and a class: made in the page, for a file of this size has to be made somewhere.
  await page.evaluate(() => {
    const line = (row) => `${Array.from({ length: 20 }, (_, column) => (((row + 1) * (column + 3)) % 977) / 8).join()},${'ab'[row % 2]}\n`;
    const block = Array.from({ length: 10_000 }, (_, row) => line(row)).join('');
    window.large = new File([`${Array.from({ length: 20 }, (_, column) => `f${column}`).join()},label\n`, ...Array(100).fill(block)], 'large.csv');
    window.drop = (file) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(file);
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    };
  });
  await page.click('input[name=set][value=letter]');
  const drop = () => page.evaluate(() => { window.drop(window.large); });
  await drop();
  await until(page, () => document.querySelector('.reading progress')?.value > 0);
  assert.match(await textOf(page, '#own-progress'), /^Read so far: \d+\.\d+%, [\d,]+ rows\.$/);
  assert.equal(await isReady(page), false);
  assert.deepEqual(page.workers().map((worker) => /\/reader-[^/]*\.js$/.test(worker.url())), [true], 'a worker reads');
  await page.click('#own-cancel');
  await until(page, () => document.querySelector('.own') === null);
  assert.equal(await page.$eval('input[name=set]:checked', (input) => input.value), 'letter');
  assert.equal(await textOf(page, '#spoken'), 'Cancelled.');
  for (const end = Date.now() + limit; page.workers().length > 0 && Date.now() < end;) await sleep(20);
  assert.equal(page.workers().length, 0, 'the reading has ended');

  // Read to its end, the page draws frames and answers between the first progress and the last.
  await page.evaluate(() => {
    window.seen = new Set();
    const look = () => {
      const text = document.querySelector('#own-progress')?.textContent;
      if (text) window.seen.add(text);
      if (!window.readToEnd) requestAnimationFrame(look);
    };
    look();
    window.drop(window.large);
  });
  await until(page, isRead);
  const seen = await page.evaluate(() => { window.readToEnd = true; return window.seen.size; });
  assert.ok(seen >= 10, `${seen} states of the progress were drawn`);
  assert.match(await textOf(page, '#own-facts'), /^1,000,000 rows, 20 features, 2 classes/);
  // Another label, given up on: the preview is the one before.
  await page.select('#own-label', 'f3');
  await until(page, () => document.querySelector('.reading progress')?.value > 0);
  await page.click('#own-cancel');
  await until(page, isRead);
  assert.equal(await page.$eval('#own-label', (select) => select.value), 'label');
  assert.equal(await isReady(page), true);
});

// ---- Everyone, and links -------------------------------------------------------------------------

pageTest('the keyboard alone chooses a file, its label and what to skip, and starts', async (page) => {
  const tabTo = async (selector) => {
    for (let presses = 0; presses < 80; ++presses) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    }
    assert.fail(`Tab does not reach ${selector}`);
  };
  // The browser's own dialog is beyond the page: that it is asked for is seen here.
  await page.$eval('#own-file', (input) => {
    input.addEventListener('click', (event) => {
      event.preventDefault();
      window.isAsked = true;
    }, { once: true });
  });
  await tabTo('#choose-file');
  await page.keyboard.press('Enter');
  await until(page, () => window.isAsked);
  await choose(page, 'dirty.csv', dirty.replace('a,b,label', 'label,b,a'));
  assert.equal(await focusOf(page), 'own-title');
  await tabTo('#own-label');
  assert.equal(await page.$eval('label[for=own-label]', (label) => label.textContent), 'Label, the column to predict');
  await page.keyboard.type('a');
  await until(page, () => document.querySelector('#own-label').value === 'a');
  await until(page, isRead);
  await tabTo('input[name=own-badRows]');
  await page.keyboard.press('ArrowRight');
  await until(page, () => document.querySelector('input[name=own-badRows]:checked').value === 'skip');
  await until(page, isRead);
  assert.equal(await page.evaluate(() => document.activeElement.name), 'own-badRows', 'the focus stays where it was');
  assert.equal(await textOf(page, '#own-refusal').catch(() => ''), '');
  await tabTo('.found .scroll');
  await tabTo('#start');
  assert.equal(await isReady(page), true);
});

pageTest('the address holds the settings but not the file, and says so where it is opened', async (page) => {
  await choose(page, 'birds.csv', birds(100));
  await change(page, { teachers: 3 });
  await until(page, () => location.hash.includes('teachers=3'));
  assert.equal(new URL(page.url()).hash, '#v=1&set=own&teachers=3');
  await page.reload();
  assert.match(await textOf(page, '.notice'), /somebody’s own file, which no link holds: choose the file again/);
  assert.equal(await page.$eval('input[name=set]:checked', (input) => input.value), 'own');
  assert.equal(await isReady(page), false);
  assert.equal(await textOf(page, '#start-facts'), 'Choose your file first.');
  await choose(page, 'birds.csv', birds(100));
  assert.equal(await page.$eval('#setting-teachers', (field) => field.value), '3');
  assert.equal(await isReady(page), true);
  assert.equal(await page.$('.notice'), null);
  await page.goto(`${served.server.url}/#v=1&set=own&start`);
  await page.reload();
  await sleep(200);
  assert.equal(await stateOf(page), 'first', 'there is nothing to start with');
});

pageTest('a file that is not ready fits a phone of 360 px', async (page) => {
  await page.setViewport({ width: 360, height: 740 });
  await assertFits(page, 'first');
  await choose(page, 'dirty.csv', dirty);
  await assertFits(page, 'refused');
  await set(page, 'badRows', 'skip');
  await assertFits(page, 'read');
  await choose(page, fixture('parquet/row-groups.parquet'));
  await set(page, 'missing', 'skip');
  await assertFits(page, 'many columns');
});
