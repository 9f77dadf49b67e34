// The built page in Chromium, served with the strict headers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { serve } from '../../scripts/serve.mjs';
import {
  assertFits, axisOf, begun, change, chooseData, distil, focusOf, limit, noWorkers, pages, press, progressOf, reach,
  readChart, reportOf, root, savedBy, sha256, site, sleep, stateOf, textOf, type, until, watch, withProblems,
} from './support.js';

const served = pages(), { pageTest, heard } = served;

/** Presses Tab until the focus is there. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 80; ++presses) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  assert.fail(`Tab does not reach ${selector}`);
}

/** Reads a figure back from what the page prints: "97.5%", "1,234", "−0.1". */
const number = (text) => Number(/[-\d.]+/.exec(text.replaceAll(',', '').replaceAll('−', '-'))?.[0] ?? NaN);
/** Printed to so much. */
const assertNear = (printed, figure, to, what) => (
  assert.ok(Math.abs(printed - figure) <= to / 2 + 1e-6, `${what}: ${printed} is printed for ${figure}`));
const assertPercent = (text, share, what) => assertNear(number(text), 100 * share, 0.1, what);
const grouped = (n) => n.toLocaleString('en');

/** Marks, table, facts and sentence must all say what the report says. */
async function assertShowsReport(page) {
  const report = await reportOf(page);
  assert.equal(report.finished, true);
  const { test, sizes, choice } = report;
  const chosen = sizes[choice.size];

  // The marks, through the axes: mistakes halve from line to line, parameters grow tenfold from label to label.
  const chart = await readChart(page);
  assert.equal(chart.rows, 'test');
  for (const { value, text } of chart.x) if (text !== null) assert.equal(text, grouped(value));
  for (const { value, text } of chart.y) assertNear(number(text), 100 * value, 1e-3, 'a line');
  const x = axisOf(chart.x, Math.log10), y = axisOf(chart.y, (accuracy) => Math.log2(1 - accuracy));
  const expected = [
    ...sizes.flatMap(({ parameters }, size) => ['student', 'baseline'].map((series) => (
      { series, size, parameters, accuracy: test.sizes[size][series].accuracy.estimate }))),
    { series: 'teacher', size: null, parameters: report.teacherParameters, accuracy: test.teacherAccuracy.estimate },
    { series: 'ensemble', size: null, parameters: report.ensembleParameters, accuracy: test.ensembleAccuracy.estimate },
  ];
  assert.equal(chart.marks.length, expected.length);
  for (const { series, size, parameters, accuracy } of expected) {
    const mark = chart.marks.find((one) => one.series === series && one.size === size);
    assert.ok(mark, `${series} ${size} is not drawn`);
    assert.ok(Math.abs(mark.x - x(parameters)) < 0.5, `${series} ${size}: x ${mark.x} for ${parameters} parameters`);
    assert.ok(Math.abs(mark.y - y(accuracy)) < 0.5, `${series} ${size}: y ${mark.y} for ${accuracy}`);
  }

  // The table.
  await page.click('#tradeoff-show-table');
  const rows = await page.$$eval('#table tbody tr', (all) => (
    all.map((row) => [...row.cells].map((cell) => cell.textContent))));
  await page.click('#tradeoff-show-table');
  assert.equal(rows.length, sizes.length + 2);
  sizes.forEach(({ parameters, hidden }, size) => {
    const [count, shape, student, baseline] = rows[size];
    assert.equal(number(count), parameters);
    assert.equal(shape, hidden.join(', '));
    assertPercent(student, test.sizes[size].student.accuracy.estimate, `student ${size} in the table`);
    assertPercent(baseline, test.sizes[size].baseline.accuracy.estimate, `baseline ${size} in the table`);
  });
  const [teacher, ensemble] = rows.slice(sizes.length);
  assert.equal(number(teacher[0]), report.teacherParameters);
  assertPercent(teacher[2], test.teacherAccuracy.estimate, 'teacher in the table');
  assert.equal(number(ensemble[0]), report.ensembleParameters);
  assertPercent(ensemble[2], test.ensembleAccuracy.estimate, 'ensemble in the table');

  // The sentence and what it rests on.
  const sentence = await textOf(page, '#sentence'), evidence = await textOf(page, '#evidence');
  const parameters = `${grouped(chosen.parameters)} parameters`;
  const margin = await page.evaluate(() => window.distillery.plan.margin);
  const within = `within ${margin * 100} ${margin === 0.01 ? 'point' : 'points'}`;
  if (choice.status === 'none') {
    assert.equal(sentence, `None of these sizes is ${within}. The closest has ${parameters}.`);
  } else if (!choice.confirmed) {
    assert.match(sentence, /do not confirm/);
  } else {
    assert.ok(sentence.startsWith(`A student of ${parameters} is enough: `), sentence);
    assert.ok(sentence.endsWith(` times smaller, and ${within} of the ensemble.`), sentence);
    const ratio = report.ensembleParameters / chosen.parameters;
    assertNear(number(sentence.split('enough: ')[1]), ratio, ratio < 10 ? 0.1 : 1, 'times smaller');
  }
  const [ofStudent, ofEnsemble] = evidence.match(/\d+\.\d+%/g);
  assertPercent(ofStudent, choice.testAccuracy, 'student in the evidence');
  assertPercent(ofEnsemble, test.ensembleAccuracy.estimate, 'ensemble in the evidence');
  assertPercent(evidence.split('Difference ')[1], choice.testDifference.estimate, 'difference');

  // How its students were taught.
  const recipe = report.recipes[chosen.recipe], told = await textOf(page, '#recipe');
  assert.ok(told.startsWith(recipe.softWeight === 0 ? 'Taught by the labels alone'
    : `Taught by soft targets (temperature ${recipe.temperature}, weight ${recipe.softWeight})`), told);
  assert.equal(told.includes('rows made by'), recipe.transfer);

  // How many of the teachers would do.
  const needed = await textOf(page, '#teachers-needed');
  const all = test.ensembles.at(-1).estimate, enough = test.ensembles.findIndex(({ estimate }) => estimate >= all - margin) + 1;
  assertPercent(needed, test.ensembles[0].estimate, 'one teacher');
  assert.match(needed, enough === test.ensembles.length ? /All of them are needed/ : enough === 1 ? /One would do/ : /would do/);

  // The facts; the last is measured after the end.
  assertPercent(await textOf(page, '#fact-agreement'), choice.testAgreement, 'agreement');
  const edge = await textOf(page, '#fact-edge');
  if (choice.retainedEdge.count === 0) assert.equal(edge, 'undefined');
  else assertNear(number(edge), 100 * choice.retainedEdge.estimate, 1, 'retained edge');
  const [size, unit] = (await textOf(page, '#fact-size')).split(' ');
  const units = { B: 1, kB: 1e3, MB: 1e6 };
  assertNear(Number(size), chosen.bytes / units[unit], unit === 'B' ? 0 : 0.1, `size in ${unit}`);
  await until(page, () => window.distillery.latency && document.querySelector('#fact-latency').textContent !== '…');
  const seconds = (await page.evaluate(() => window.distillery.latency)).student;
  const [time, of] = (await textOf(page, '#fact-latency')).split(' ');
  assert.ok(seconds > 0);
  assertNear(number(time), seconds / { 'µs': 1e-6, ms: 1e-3, s: 1 }[of], number(time) < 10 ? 0.1 : 1, `time in ${of}`);
  return report;
}

// ---- What it shows ------------------------------------------------------------------

const moons = { shape: 'moons', rows: 1000, noise: 0.25, seed: 3 };
const small = {
  teachers: 3, teacherShape: '32, 16', teacherEpochs: 20, sizes: '2, 6-4, 12-6, 24-12', seeds: 2, studentEpochs: 30,
  margin: 0.05,
};

pageTest('moons are distilled, and chart, table, facts and sentence show the figures of the report', async (page) => {
  await distil(page, moons, small);
  const report = await assertShowsReport(page);
  assert.deepEqual(report.rows, { train: 640, validation: 160, test: 200 });
  assert.equal(report.teacherParameters, 3 * 32 + 33 * 16 + 17 * 2);
  assert.deepEqual(report.sizes.map(({ parameters }) => parameters), [12, 56, 128, 398]);
  assert.ok(report.test.ensembleAccuracy.estimate > 0.85);
  assert.equal(report.choice.status, 'chosen', 'five points are enough for one of these');
  assert.equal(await page.evaluate(() => window.distillery.flavour), 'simd');
  await noWorkers(page);

  // Two-dimensional data has maps, whose figures come from what was drawn.
  await until(page, () => window.distillery.planes !== null && document.querySelector('#plane-agreement') !== null);
  const { shown, computed } = await page.evaluate(() => {
    const { ensemble, student, baseline } = window.distillery.planes;
    const share = (of) => of.reduce((sum, odds, i) => sum + (odds > 0 === ensemble[i] > 0), 0) / of.length;
    const { dataset } = document.querySelector('#plane-agreement');
    return { shown: [dataset.student, dataset.baseline].map(Number), computed: [share(student), share(baseline)] };
  });
  assert.deepEqual(shown, computed);
  assert.ok(shown[0] > 0.8 && shown[0] <= 1);

  // What is taken away is a model file of the promised size.
  const file = await page.evaluate(() => [...window.distillery.chosen()]);
  const header = JSON.parse(Buffer.from(file.slice(8, 8 + file[0] + 256 * file[1])).toString());
  const ends = Object.values(header).flatMap((tensor) => tensor.data_offsets ?? []);
  assert.equal(Math.max(...ends), file.length - 8 - (file[0] + 256 * file[1]));
  assert.ok(Math.max(...ends) >= report.sizes[report.choice.size].bytes);
});

pageTest('one click, with nothing chosen before, leads to a recommendation that the test rows confirm', async (page) => {
  assert.match(await textOf(page, '#start'), /^Start/);
  await press(page, '#start');
  await reach(page, 'finished');
  const report = await assertShowsReport(page);
  assert.equal(report.teachers.length, 4);
  assert.deepEqual(report.rows, { train: 4000, validation: 4000, test: 8000 });
  assert.match(await textOf(page, '#sentence'), /^A student of [\d,]+ parameters is enough: /);
  assert.equal(report.choice.confirmed, true);
});

pageTest('a link starts by itself, with the settings that it holds', async (page) => {
  const settings = 'teachers=2&teacherShape=16&teacherEpochs=3&sizes=4-2,8&seeds=1&studentEpochs=3&margin=0.05';
  await page.goto(`${served.server.url}/?again#v=1&set=shapes&shape=circles&rows=400&noise=0.1&data-seed=7&${settings}&start`);
  await reach(page, 'finished');
  const { plan, report } = await page.evaluate(() => ({ plan: window.distillery.plan, report: window.distillery.report }));
  assert.deepEqual([plan.teachers.count, plan.teachers.hidden, plan.teachers.training.epochs], [2, [16], 3]);
  assert.deepEqual([plan.students.sizes, plan.students.seeds, plan.students.training.epochs], [[[4, 2], [8]], 1, 3]);
  assert.deepEqual([plan.margin, report.rows.train + report.rows.validation + report.rows.test], [0.05, 400]);
  assert.match(await textOf(page, '#state-line'), /^Circles, made here: 400 rows, noise 0\.1\./);
  assert.ok(!page.url().includes('start'), 'to load the page again starts nothing');
  assert.equal(await page.$('.notice'), null);
});

pageTest('the address holds what is set, keeps it over links within the page, and brings it back', async (page) => {
  assert.equal(new URL(page.url()).hash, '', 'the usual needs no words');
  await chooseData(page, 'satellite');
  await change(page, { teachers: 5, sizes: '4-2, 8', margin: 0.02 });
  const hash = '#v=1&set=satellite&teachers=5&sizes=4-2,8&margin=0.02';
  await until(page, (wanted) => location.hash === wanted, hash);
  await page.click('.top-bar a[href="#words"]');
  assert.equal(await focusOf(page), 'words');
  assert.equal(new URL(page.url()).hash, hash);
  await page.reload();
  const shown = () => page.evaluate(() => ({
    set: document.querySelector('input[name=set]:checked').value,
    margin: document.querySelector('input[name=margin]:checked').value,
    ...Object.fromEntries(['teachers', 'sizes', 'seeds'].map((name) => [name, document.querySelector(`#setting-${name}`).value])),
  }));
  await until(page, () => document.querySelector('#start') !== null);
  assert.deepEqual(await shown(), { set: 'satellite', margin: '0.02', teachers: '5', sizes: '4-2,8', seeds: '5' });
  // Another link in the same tab.
  await page.evaluate(() => { location.hash = '#v=1&set=digits'; });
  await until(page, () => document.querySelector('input[name=set]:checked').value === 'digits');
  assert.equal((await shown()).teachers, '12');
});

pageTest('what a link asks too much is brought into range, what cannot be is left out, and both are said', async (page) => {
  const open = async (hash) => {
    await page.goto('about:blank');
    await page.goto(`${served.server.url}/#${hash}`);
    await until(page, () => document.querySelector('#start') !== null);
    return page.$$eval('.notice', (notices) => notices.map((notice) => notice.textContent));
  };
  const value = (name) => page.$eval(`#setting-${name}`, (field) => field.value);
  const notices = await open(`v=1&set=letter&teachers=999&seeds=0&teacherEpochs=soon&sizes=${'9'.repeat(2000)}&softWeight=7&margin=0.5`);
  assert.deepEqual(notices, [
    '“teachers” in the link was brought to 50.', '“teacher epochs” in the link cannot be used: left out.',
    '“sizes” in the link cannot be used: left out.', '“seeds” in the link was brought to 1.',
    '“soft weight” in the link was brought to 1.', '“margin” in the link was brought to 0.05.',
  ]);
  assert.deepEqual([await value('teachers'), await value('seeds'), await value('teacherEpochs')], ['50', '1', '30']);
  assert.match(await value('sizes'), /^2, 4, 8, /);
  assert.equal(await page.$eval('#start', (button) => button.disabled), false);
  assert.deepEqual(await open('v=1&set=<img src=x>&teachers=3'), ['“data” in the link cannot be used: left out.']);
  assert.equal(await value('teachers'), '3');
  assert.deepEqual(await open('v=2&set=letter&start'), ['This link is of another version of the page, so its settings were left out.']);
  assert.equal(await page.$eval('input[name=set]:checked', (input) => input.value), 'quick');
});

pageTest('the tutorial set is distilled with the default networks', async (page) => {
  await distil(page, 'tutorial', { teacherEpochs: 3, seeds: 1, studentEpochs: 3 });
  const report = await assertShowsReport(page);
  assert.deepEqual(report.rows, { train: 3200, validation: 800, test: 1000 });
  assert.deepEqual([report.teacherParameters, report.ensembleParameters], [46_658, 559_896]);
  assert.equal(await page.evaluate(() => window.distillery.plan.split.officialTestRows), 1000);
  assert.equal(report.teachers.length, 12);
  assert.ok(report.sizes.some(({ parameters }) => parameters === 3_490));
  assert.ok(report.test.ensembleAccuracy.estimate > 0.85);
});

/** Large enough for an axis with two labels. */
const brief = { teachers: 3, teacherShape: '64, 32', teacherEpochs: 4, sizes: '8, 16-8', seeds: 2, studentEpochs: 4 };
for (const [name, settings, rows, testRows, columns, classes, least] of [
  ['digits', { ...brief, teacherEpochs: 12, studentEpochs: 12 }, 1797, 359, 64, 10, 0.6],
  ['satellite', brief, 6435, 2000, 36, 6, 0.6],
  ['letter', { ...brief, seeds: 1 }, 20_000, 4000, 16, 26, 0.3],
  ['magic', { ...brief, seeds: 1 }, 19_020, 3804, 10, 2, 0.7],
])
  pageTest(`${name} is distilled`, async (page) => {
    await distil(page, name, settings);
    const report = await assertShowsReport(page);
    assert.equal(report.rows.train + report.rows.validation + report.rows.test, rows);
    assert.deepEqual([report.rows.test, report.columns, report.classes], [testRows, columns, classes]);
    const { estimate } = report.test.ensembleAccuracy;
    assert.ok(estimate > least, `the ensemble has ${estimate}`);
    const last = report.test.sizes.at(-1);
    assert.ok(last.student.accuracy.estimate > least / 2 && last.baseline.accuracy.estimate > least / 2);
  });

pageTest('a recipe of one’s own is used at every size, without trials', async (page) => {
  await chooseData(page, moons);
  await change(page, small);
  await page.$$eval('.story details', (all) => { for (const details of all) details.open = true; });
  await page.select('#setting-recipe', 'own');
  await page.select('#setting-transfer', 'jitter');
  await change(page, { temperature: 2, softWeight: 0.5 });
  await press(page, '#start');
  await reach(page, 'finished');
  const report = await assertShowsReport(page);
  assert.deepEqual(report.recipes,
    [{ temperature: 2, softWeight: 0.5, transfer: true, loss: 'divergence', otherWeight: 2, assistant: false }]);
  assert.deepEqual(report.trials, []);
  assert.match(await textOf(page, '#gain'), /Student − matched baseline/);
  assert.match(await textOf(page, '#recipe'), /jitter\.$/);
});

// ---- Its course ---------------------------------------------------------------------

/** Would take many minutes. */
const endless = { teachers: 4, teacherShape: '256, 128', teacherEpochs: 1000 };

pageTest('Stop is immediate, leaves no worker, and the page can start again', async (page, t, { problems }) => {
  await chooseData(page, 'tutorial');
  await change(page, endless);
  await press(page, '#start');
  await reach(page, 'running');
  await begun(page, 'teacher');
  assert.ok(page.workers().length > 0);
  // In the very task of the click, whatever the workers do.
  const state = await page.$eval('#stop', (button) => {
    button.click();
    return document.documentElement.dataset.state;
  });
  assert.equal(state, 'stopped');
  await noWorkers(page);
  assert.match(await textOf(page, '#sentence'), /^Stopped/);
  assert.equal(await page.$('#stop'), null);
  const before = await progressOf(page);
  await sleep(500);
  assert.equal(await progressOf(page), before);
  assert.equal(await page.evaluate(() => window.distillery.chosen()), null);

  // Again, and stopped while it gets ready: nothing comes after.
  const states = await page.$eval('#again', async (again) => {
    const state = () => document.documentElement.dataset.state;
    again.click();
    while (!document.querySelector('#stop')) await new Promise((resolve) => { setTimeout(resolve); });
    const before = state();
    document.querySelector('#stop').click();
    return [before, state()];
  });
  assert.deepEqual(states, ['preparing', 'stopped']);
  await sleep(500);
  await noWorkers(page);
  assert.equal(await stateOf(page), 'stopped');
  const fetched = problems.findIndex((problem) => problem.endsWith('/data/tutorial.csv.gz net::ERR_ABORTED'));
  if (fetched >= 0) problems.splice(fetched, 1);   // given up on purpose

  // And to an end.
  await change(page, { ...brief, teacherEpochs: 2, studentEpochs: 2 });
  await press(page, '#again');
  await until(page, () => document.documentElement.dataset.state !== 'stopped');
  await reach(page, 'finished');
  assert.equal((await reportOf(page)).sizes.length, 2);
  await noWorkers(page);
});

pageTest('Pause holds progress still, Resume goes on', async (page) => {
  await chooseData(page, 'tutorial');
  await change(page, endless);
  await press(page, '#start');
  await reach(page, 'running');
  await begun(page, 'teacher');
  assert.equal(await textOf(page, '#pause'), 'Pause');
  await page.click('#pause');
  assert.equal(await stateOf(page), 'paused');
  assert.equal(await textOf(page, '#pause'), 'Resume');
  // What the workers had said before is still drawn; then all is still.
  let still = '';
  for (const end = Date.now() + limit; Date.now() < end;) {
    const now = await progressOf(page);
    if (now === still) break;
    still = now;
    await sleep(700);
  }
  await sleep(1500);
  assert.equal(await progressOf(page), still);
  assert.equal(await stateOf(page), 'paused');
  await page.click('#pause');
  assert.equal(await stateOf(page), 'running');
  const share = await page.$eval('[data-stage=teacher] .part', (part) => Number.parseFloat(part.style.width));
  await begun(page, 'teacher', share);
  await page.click('#stop');
  await noWorkers(page);
});

pageTest('the page never freezes while training: its own thread does little of the work', async (page, t) => {
  const own = await page.createCDPSession(), system = await served.browser.target().createCDPSession();
  await own.send('Performance.enable', { timeDomain: 'threadTicks' });
  /** Processor seconds so far: of the page's own thread, and of every page's process with all its threads. */
  const spent = async () => {
    const { metrics } = await own.send('Performance.getMetrics');
    const { processInfo } = await system.send('SystemInfo.getProcessInfo');
    const pages = processInfo.filter(({ type }) => type === 'renderer');
    return {
      page: metrics.find(({ name }) => name === 'TaskDuration').value,
      processes: new Map(pages.map(({ id, cpuTime }) => [id, cpuTime])),
    };
  };
  await chooseData(page, 'tutorial');
  await change(page, { teachers: 4, teacherEpochs: 12, sizes: '4-2, 16-8, 64-32', seeds: 3, studentEpochs: 12 });
  await page.evaluate(() => {
    const seen = window.seen = { frames: 0, draws: 0, began: 0, ended: 0, longest: 0 };
    const running = () => seen.began > 0 && seen.ended === 0;
    new MutationObserver(() => {
      const { state } = document.documentElement.dataset;
      if (state === 'running') seen.began ||= performance.now();
      if (state === 'finished') seen.ended = performance.now();
    }).observe(document.documentElement, { attributeFilter: ['data-state'] });
    new MutationObserver(() => {
      if (running()) seen.draws++;
    }).observe(document.querySelector('main'), { subtree: true, childList: true, attributes: true });
    new PerformanceObserver((list) => {
      const tasks = list.getEntries().filter(({ startTime }) => running() && startTime >= seen.began);
      seen.longest = Math.max(seen.longest, ...tasks.map(({ duration }) => duration));
    }).observe({ entryTypes: ['longtask'] });
    (function frame() {
      if (running()) seen.frames++;
      requestAnimationFrame(frame);
    })();
  });
  await press(page, '#start');
  await reach(page, 'running');
  const before = await spent();
  // It answers meanwhile.
  await page.click('#theme');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  assert.equal(await stateOf(page), 'running');
  await reach(page, 'finished');
  const after = await spent();
  const mine = after.page - before.page;
  const all = Math.max(...[...after.processes].map(([id, time]) => time - (before.processes.get(id) ?? 0)));
  const { frames, draws, began, ended, longest } = await page.evaluate(() => window.seen);
  t.diagnostic(`${(100 * mine / all).toFixed(1)}% of the work on its own thread; ${frames} frames, ${draws} changes; `
    + `longest task ${longest.toFixed(0)} ms of ${(ended - began).toFixed(0)}`);
  assert.ok(mine < all / 2, `the page's own thread did ${mine.toFixed(2)} of ${all.toFixed(2)} processor seconds`);
  assert.ok(draws >= 3 && frames >= draws / 2, `${frames} frames for ${draws} changes`);
  assert.ok(longest < (ended - began) / 4, `a task of ${longest} ms in a run of ${ended - began}`);
});

// ---- Same seed, same student ----------------------------------------------------------

test('Chromium and C++ make the same moons and student, with one worker or two, stopped and resumed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'distillery-browser-'));
  const context = await served.browser.createBrowserContext();
  let plain, problems = [], requests = [];
  try {
    // The package as it is, without a bundler, under the same headers.
    cpSync(join(root, 'wasm/dist'), join(folder, 'www/dist'), { recursive: true });
    cpSync(new URL('./same-bytes.html', import.meta.url), join(folder, 'www/index.html'));
    cpSync(new URL('./same-bytes.js', import.meta.url), join(folder, 'www/same-bytes.js'));
    writeFileSync(join(folder, 'www/icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    plain = await serve(join(folder, 'www'), { port: 0 });
    const page = await context.newPage();
    page.setDefaultTimeout(limit);
    ({ problems, requests } = await watch(page, plain.url));
    const policy = (await page.goto(`${plain.url}/`)).headers()['content-security-policy'];
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/);
    await until(page, () => window.sameBytes !== undefined);

    const made = Buffer.from(await page.evaluate(() => window.sameBytes.table()));
    const file = join(folder, 'moons'), model = join(folder, 'student');
    writeFileSync(file, made);
    const { loadDistillery } = await import('../../wasm/dist/node.js');
    const library = await loadDistillery();
    const inNode = library.saveTable(library.generate('moons', { rows: 4000, noise: 0.25, seed: 3 }));
    assert.equal(sha256(made), sha256(inNode), 'the moons differ between Chromium and Node');

    const program = join(root, 'build/release/bin/distil_tool');
    assert.ok(existsSync(program), 'build it first: cmake --preset release && cmake --build --preset release');
    execFileSync(program, [file, '0', '2', model], { stdio: ['ignore', 'inherit', 'inherit'] });
    const expected = sha256(readFileSync(model));

    const fast = await page.evaluate(() => window.sameBytes.fast());
    assert.deepEqual(fast.flavours, ['fast', 'fast']);
    assert.ok(Math.abs(fast.accuracy - fast.exact) < 0.02, `fast ${fast.accuracy}, simd ${fast.exact}`);

    const hashes = {};
    for (const workers of [1, 2]) {
      const student = await page.evaluate((n) => window.sameBytes.distil(n), workers);
      hashes[`${workers} workers`] = sha256(Buffer.from(student));
    }
    const { chosen, found, stops } = await page.evaluate(() => window.sameBytes.interrupted());
    assert.equal(stops, 2);
    assert.equal(found[0], 0);
    assert.equal(found[3], found[4]);
    assert.ok(found[1] <= found[2] && found[2] < found[3], `stopped and resumed at ${found} networks`);
    hashes['stopped and resumed'] = sha256(Buffer.from(chosen));
    assert.deepEqual(hashes, Object.fromEntries(Object.keys(hashes).map((how) => [how, expected])));
    await noWorkers(page);
    assert.deepEqual(problems, []);
    assert.ok(requests.some(([, address]) => address.endsWith('/dist/worker.js')));
  } catch (error) {
    throw withProblems(error, problems);
  } finally {
    await context.close();
    await plain?.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

// ---- What is kept ---------------------------------------------------------------------

const studentOf = async (page) => sha256(Buffer.from(await page.evaluate(() => [...window.distillery.chosen()])));
/** Waits until the list of earlier runs says so of its first. */
const listed = (page, phase) => until(page, (wanted) => document.querySelector('#runs li')?.dataset.phase === wanted, phase);
/** Waits until the newest run is kept with this margin. */
const keptMargin = (page, margin) => until(page, (wanted) => new Promise((resolve, reject) => {
  const request = indexedDB.open('distillery');
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const runs = request.result.transaction('runs').objectStore('runs').getAll();
    runs.onsuccess = () => {
      request.result.close();
      resolve(runs.result.sort((a, b) => b.began - a.began)[0].plan.margin === wanted);
    };
  };
}), margin);
/** Pauses in the very task in which a stage is seen to be further than `share` percent. */
const pauseAt = (page, stage, share) => page.evaluate((kind, most) => new Promise((resolve) => {
  const look = () => {
    const part = document.querySelector(`[data-stage=${kind}] .part`), pause = document.querySelector('#pause');
    if (!pause || Number.parseFloat(part?.style.width) <= most) return;
    observer.disconnect();
    pause.click();
    resolve();
  };
  const observer = new MutationObserver(look);
  observer.observe(document.querySelector('main'), { subtree: true, childList: true, attributes: true });
}), stage, share);
/** How much lies in each of the stores. */
const stored = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const request = indexedDB.open('distillery');
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const names = [...request.result.objectStoreNames], transaction = request.result.transaction(names);
    const counts = names.map((name) => transaction.objectStore(name).count());
    transaction.oncomplete = () => {
      request.result.close();
      resolve(Object.fromEntries(names.map((name, i) => [name, counts[i].result])));
    };
  };
}));

pageTest('a run that a reload breaks off goes on to the same student and report, and opens again when it is finished', async (page) => {
  const settings = { ...small, teacherEpochs: 40, studentEpochs: 60 };
  await distil(page, moons, settings);
  const expected = { student: await studentOf(page), report: await reportOf(page) };
  await listed(page, 'finished');

  // Paused among the teachers, and loaded again.
  await press(page, '#again');
  await until(page, () => document.documentElement.dataset.state === 'running');
  await pauseAt(page, 'teacher', 5);
  await listed(page, 'paused');
  assert.deepEqual(await stored(page), { runs: 2, saved: 2, tables: 2 });
  await page.reload();
  await press(page, '#resume-last');
  await reach(page, 'running');
  // And among the trials, of which there are many.
  await pauseAt(page, 'trial', 10);
  await listed(page, 'paused');
  await page.reload();
  // What the run has when it begins, before anything is trained again.
  await until(page, () => document.querySelector('#resume-last') !== null);
  const begins = await page.evaluate(() => new Promise((resolve) => {
    const { dataset } = document.documentElement;
    new MutationObserver(() => {
      if (dataset.state === 'running') resolve(window.distillery.report.teachers.map(({ state }) => state));
    }).observe(document.documentElement, { attributeFilter: ['data-state'] });
    document.querySelector('#resume-last').click();
  }));
  assert.deepEqual(begins, ['done', 'done', 'done']);
  const share = await page.$eval('[data-stage=teacher] .part', (part) => part.style.width);
  assert.equal(share, '100%', 'what was done before counts');
  await reach(page, 'finished');
  assert.deepEqual({ student: await studentOf(page), report: await reportOf(page) }, expected);
  await listed(page, 'finished');

  // Another margin is kept, too.
  await page.click('label:has(> input[name=margin][value="0.02"])');
  const report = await reportOf(page), words = await textOf(page, '#sentence'), state = await textOf(page, '#state-line');
  assert.equal(await page.evaluate(() => window.distillery.plan.margin), 0.02);
  await keptMargin(page, 0.02);
  await page.reload();
  await until(page, () => document.querySelectorAll('#runs li').length === 2);
  assert.equal(await page.$('#resume-last'), null, 'nothing is left to go on with');
  await press(page, '#runs li .open');
  await reach(page, 'finished');
  assert.deepEqual(await reportOf(page), report);
  assert.equal(await textOf(page, '#sentence'), words);
  assert.equal(await textOf(page, '#state-line'), state);
  assert.match(await textOf(page, '.note'), /margin was changed after/);
  await noWorkers(page);

  // Deleting takes two presses, and leaves nothing.
  for (const left of [1, 0]) {
    const remove = '#runs li button[aria-label*="elete"]';
    await press(page, remove);
    await until(page, (selector) => document.querySelector(selector).textContent === 'Really delete', remove);
    await press(page, remove);
    await until(page, (count) => document.querySelectorAll('#runs li').length === count, left);
  }
  assert.deepEqual(await stored(page), { runs: 0, saved: 0, tables: 0 });
});

pageTest('a run is written while it goes, so that a crash costs seconds', async (page) => {
  await chooseData(page, 'tutorial');
  await change(page, { ...endless, seeds: 1 });
  await press(page, '#start');
  await reach(page, 'running');
  await listed(page, 'running');
  const crashed = new Promise((resolve) => { page.once('error', resolve); });
  const client = await page.createCDPSession();
  client.send('Page.crash').catch(() => {});   // nobody is left to answer
  await crashed;

  const next = await page.browserContext().newPage();
  next.setDefaultTimeout(limit);
  const { problems } = await watch(next, served.server.url);
  await next.goto(`${served.server.url}/`);
  await press(next, '#resume-last');
  await reach(next, 'running');
  const share = await next.$eval('[data-stage=teacher] .part', (part) => Number.parseFloat(part.style.width));
  await begun(next, 'teacher', share);
  const curve = await next.$eval('li[data-teacher="0"] .curve', (path) => path.getAttribute('d'));
  assert.match(curve, /^M1,/, 'the curves have their beginning');

  // Open here, it cannot be opened or deleted elsewhere.
  const other = await page.browserContext().newPage();
  await other.goto(`${served.server.url}/`);
  await press(other, '#resume-last');
  await until(other, () => document.querySelector('.fault') !== null);
  assert.equal(await textOf(other, '.fault'), 'This run is open in another tab.');
  await next.bringToFront();
  await next.click('#stop');
  await listed(next, 'stopped');
  assert.match(await textOf(next, '#runs .standing'), /^Stopped at \d/);
  assert.deepEqual(problems, []);
});

pageTest('a full storage is said, costs nothing of the run at hand, and is used again when there is room', async (page) => {
  const client = await page.createCDPSession();
  const origin = served.server.url;
  await client.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 20_000 });
  await distil(page, moons, { ...small, teacherEpochs: 5, studentEpochs: 5 });
  await until(page, () => document.querySelector('#unkept') !== null);
  assert.match(await textOf(page, '#unkept'), /^This run is not kept\. This browser has no room left for it; .* as long as this tab stays open\.$/);
  const student = await studentOf(page);
  assert.equal((await reportOf(page)).finished, true);
  assert.equal(await page.$('#runs li'), null);
  await client.send('Storage.overrideQuotaForOrigin', { origin });
  await page.click('label:has(> input[name=margin][value="0.02"])');
  await until(page, () => document.querySelector('#unkept') === null);
  await listed(page, 'finished');
  assert.equal(await studentOf(page), student);
});

pageTest('without any storage the page works as ever, and says what it cannot do', async (page) => {
  await page.evaluateOnNewDocument(() => {
    Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('Storage is blocked here.', 'SecurityError'); } });
  });
  await page.reload();
  await distil(page, moons, { ...small, teacherEpochs: 5, studentEpochs: 5 });
  await until(page, () => document.querySelector('#unkept') !== null);
  assert.match(await textOf(page, '#unkept'), /^This run is not kept\. Storage is blocked here\. /);
  assert.equal((await reportOf(page)).finished, true);
});

// ---- What the test rows say ---------------------------------------------------------------

/** Rows of what is saved as CSV by a press. */
const csvOf = async (page, selector) => {
  const { type, bytes } = await savedBy(page, selector);
  assert.equal(type, 'text/csv');
  const [header, ...lines] = bytes.toString().trimEnd().split('\n').map((line) => line.split(','));
  return lines.map((line) => Object.fromEntries(line.map((value, i) => [header[i], value])));
};
const sum = (values) => values.reduce((total, value) => total + Number(value), 0);

/** The matrices, the rows behind a cell and the reliability diagram must say what the report says, and each other. */
async function assertShowsTestRows(page) {
  await until(page, () => document.querySelector('.where-wrong') !== null && document.querySelector('.confidence') !== null);
  const report = await reportOf(page), { test, choice } = report, rows = report.rows.test;
  const cells = await page.$$eval('[data-cell]', (all) => all.map((cell) => {
    const [network, label, answer] = cell.dataset.cell.split('-');
    return { network, label: Number(label), answer: Number(answer), rows: Number(cell.dataset.rows), says: cell.getAttribute('aria-label') };
  }));
  const right = {};
  for (const network of ['ensemble', 'student']) {
    const own = cells.filter((cell) => cell.network === network);
    assert.equal(own.length, report.classes ** 2);
    assert.equal(sum(own.map((cell) => cell.rows)), rows);
    right[network] = sum(own.filter(({ label, answer }) => label === answer).map((cell) => cell.rows));
  }
  assert.equal(right.ensemble / rows, test.ensembleAccuracy.estimate);
  assert.equal(right.student / rows, choice.testAccuracy);
  const told = (await textOf(page, '#mistakes')).match(/\d[\d,]*/g).map(number);
  assert.deepEqual(told.slice(0, 3), [rows - right.ensemble, rows, rows - right.student]);
  assert.ok(Math.abs(1 - told[3] / rows - choice.testAgreement) < 1e-12);
  const csv = await csvOf(page, '#confusion-save-csv');
  assert.equal(sum(csv.map(({ student }) => student)), rows);
  assert.equal(sum(csv.filter(({ label, answer }) => label === answer).map(({ ensemble }) => ensemble)), right.ensemble);

  // The diagram: its bins hold every row, its figures are those of the report.
  const bins = await csvOf(page, '#reliability-save-csv');
  for (const [network, accuracy] of [['ensemble', test.ensembleAccuracy.estimate], ['student', choice.testAccuracy]]) {
    const own = bins.filter((bin) => bin.network === network);
    assert.equal(sum(own.map((bin) => bin.rows)), rows);
    assert.ok(Math.abs(sum(own.map((bin) => bin.rows * bin.right)) / rows - accuracy) < 1e-9);
    assert.ok(own.every((bin) => bin.rows >= 10));
  }
  const { ensemble } = await page.evaluate(() => window.distillery.answers.reliability);
  assert.equal(ensemble.ece, test.ensemble.ece);
  const dots = await page.$$eval('.reliability circle[data-series=student]', (all) => all.map(({ dataset }) => Number(dataset.rows)));
  assert.deepEqual(dots, bins.filter(({ network }) => network === 'student').map((bin) => Number(bin.rows)));
  await press(page, '#reliability-show-table');
  assert.equal(await page.$$eval('#reliability-table tbody tr', (all) => all.length), bins.length);
  return cells;
}

pageTest('confusion matrices and reliability diagram say what the report says, and a cell shows its rows', async (page) => {
  await distil(page, moons, { ...small, teacherEpochs: 10, studentEpochs: 10 });
  const cells = await assertShowsTestRows(page);
  const { rows: counts } = await reportOf(page);

  // By mouse: the rows of a cell are test rows with that label and that answer.
  const wrong = cells.filter(({ network, label, answer }) => network === 'student' && label !== answer).sort((a, b) => b.rows - a.rows)[0];
  assert.ok(wrong.rows > 0, 'a student of these sizes errs');
  await page.click(`[data-cell="student-${wrong.label}-${wrong.answer}"]`);
  assert.match(await textOf(page, '#cell-rows h3'), new RegExp(`^${wrong.rows} rows? of class ${wrong.label} that the student calls ${wrong.answer}$`));
  const listed = await csvOf(page, '#cell-rows .links button:last-child');
  assert.equal(listed.length, wrong.rows);
  const { loadDistillery } = await import('../../wasm/dist/node.js');
  const { seed, ...made } = moons;
  const table = (await loadDistillery()).generate(made.shape, { ...made, seed });
  for (const row of listed) {
    const at = Number(row.row) - 1;
    assert.ok(at >= moons.rows - counts.test, 'a test row');
    assert.equal(table.labels[at], wrong.label);
    assert.deepEqual([row.label, row.student], [String(wrong.label), String(wrong.answer)]);
    assert.ok(Number(row.student_sure) >= 0.5 && Number(row.student_sure) <= 1);
    assert.deepEqual([row.x1, row.x2].map((text) => Math.fround(Number(text))), [...table.features.subarray(2 * at, 2 * at + 2)]);
  }

  // By keys: one cell is in the order of Tab, the arrows go to the others, beyond the edge into the other matrix.
  await page.focus('#confusion-save-csv');
  await tabTo(page, '[data-cell]');
  const here = () => page.evaluate(() => document.activeElement.dataset.cell);
  assert.equal(await here(), `student-${wrong.label}-${wrong.answer}`);
  assert.equal(await page.$$eval('[data-cell][tabindex="0"]', (all) => all.length), 1);
  await page.click('[data-cell="ensemble-0-1"]');
  await page.keyboard.press('ArrowRight');
  assert.equal(await here(), 'student-0-0');
  await page.keyboard.press('ArrowDown');
  assert.equal(await here(), 'student-1-0');
  await page.keyboard.press('ArrowDown');
  assert.equal(await here(), 'student-1-0', 'the edge holds');
  assert.match(await textOf(page, '#cell-rows h3'), /of class 1 that the student calls 0$/);

  // Drawings as files.
  for (const chart of ['tradeoff', 'confusion', 'reliability']) {
    const svg = await savedBy(page, `#${chart}-save-svg`);
    assert.equal(svg.type, 'image/svg+xml');
    const text = svg.bytes.toString();
    assert.match(text, /^<svg [^]*<\/svg>$/);
    assert.ok(!/class=|var\(/.test(text), 'it needs no style sheet of the page');
    const png = await savedBy(page, `#${chart}-save-png`);
    assert.deepEqual([png.type, ...png.bytes.slice(1, 4)], ['image/png', 0x50, 0x4e, 0x47]);
  }
});

pageTest('test rows that are drawn by seed are found again, and many classes come as a list of mix-ups first', async (page) => {
  await distil(page, 'letter', { ...brief, seeds: 1, teacherEpochs: 2, studentEpochs: 2 });
  await until(page, () => document.querySelector('.where-wrong') !== null);
  assert.equal(await page.$$eval('#mix-ups tbody tr', (all) => all.length), 10);
  await assertShowsTestRows(page);
  const order = await page.$$eval('#mix-ups tbody tr', (all) => all.map((row) => Number(row.cells[2].textContent)));
  assert.deepEqual(order, [...order].sort((a, b) => b - a));
  await page.goto(`${served.server.url}/`);
  await distil(page, 'digits', { ...brief, seeds: 1, teacherEpochs: 3, studentEpochs: 3 });
  await assertShowsTestRows(page);   // no official test rows
});

// ---- Its weight -------------------------------------------------------------------------

pageTest('the first load is at most 200 KB zipped, and no data comes before Start', async (page, t, { requests }) => {
  const paths = () => requests.map(([, address]) => new URL(address).pathname);
  const data = () => paths().filter((path) => path.startsWith('/data/'));
  const engines = () => paths().filter((path) => path.endsWith('.wasm')).length;
  const zipped = () => {
    const code = new Set(paths().filter((path) => !path.startsWith('/data/')));
    return [...code].map((path) => {
      const file = path === '/' ? 'index.html' : path.slice(1);
      return { file, size: gzipSync(readFileSync(join(site, file)), { level: 9 }).length };
    });
  };
  const sum = (files) => files.reduce((total, { size }) => total + size, 0);
  // The engine is there when its version is.
  await until(page, () => /Distillery \d/.test(document.querySelector('#licences').textContent));
  await page.waitForNetworkIdle({ idleTime: 500, timeout: limit });
  const first = zipped();
  await chooseData(page, 'tutorial');
  const kinds = ['html', 'css', 'js', 'wasm'];
  assert.deepEqual(kinds.filter((kind) => !first.some(({ file }) => file.endsWith(`.${kind}`))), []);
  assert.deepEqual(data(), []);
  assert.equal(engines(), 1);

  await press(page, '#start');
  await reach(page, 'running');
  await begun(page, 'teacher');
  await page.click('#stop');
  const whole = zipped();
  assert.deepEqual(data(), ['/data/tutorial.csv.gz']);
  assert.equal(engines(), 1, 'workers get it from the page');
  for (const { file, size } of whole) t.diagnostic(`${String(size).padStart(7)} ${file}`);
  t.diagnostic(`${sum(first)} bytes at first, ${sum(whole)} with what Start fetches besides the data`);
  assert.ok(sum(whole) <= 200_000, `all but the data is ${sum(whole)} bytes`);
});

// ---- Everyone's page ----------------------------------------------------------------------

pageTest('the keyboard alone starts, stops, runs again and reads the chart', async (page) => {
  await tabTo(page, '#start');
  await page.keyboard.press('Enter');
  await reach(page, 'running');
  assert.equal(await focusOf(page), 'pause');
  await page.keyboard.press('Space');
  assert.equal(await stateOf(page), 'paused');
  await page.keyboard.press('Space');
  assert.equal(await stateOf(page), 'running');
  await tabTo(page, '#stop');
  assert.equal(await page.$eval('#stop', (button) => getComputedStyle(button).outlineStyle), 'solid');
  await page.keyboard.press('Enter');
  assert.equal(await stateOf(page), 'stopped');
  await until(page, () => document.activeElement?.id === 'sentence');

  await change(page, { ...small, margin: undefined, teacherEpochs: 4, studentEpochs: 4 });
  await page.focus('#sentence');
  await tabTo(page, '#again');
  await page.keyboard.press('Enter');
  await until(page, () => document.documentElement.dataset.state !== 'stopped');
  await reach(page, 'finished');
  await until(page, () => document.activeElement?.id === 'sentence');
  assert.ok((await textOf(page, '#spoken')).startsWith(await textOf(page, '#sentence')), 'the answer is spoken');

  const { choice, sizes } = await reportOf(page), last = sizes.length - 1;
  const shown = async () => {
    const { size, now } = await page.evaluate(() => ({
      size: Number(document.querySelector('#read-out').dataset.size),
      now: Number(document.querySelector('.chart').getAttribute('aria-valuenow')),
    }));
    assert.equal(now, size + 1);
    return size;
  };
  const press = async (key) => {
    await page.keyboard.press(key);
    await page.evaluate(() => new Promise((drawn) => { requestAnimationFrame(() => setTimeout(drawn)); }));
    return shown();
  };
  await tabTo(page, '.chart');
  assert.equal(await shown(), choice.size);
  assert.equal(await press('Home'), 0);
  assert.equal(await press('ArrowRight'), 1);
  assert.equal(await press('ArrowUp'), 2);
  assert.equal(await press('ArrowLeft'), 1);
  assert.equal(await press('End'), last);
  assert.equal(await press('ArrowRight'), last);
  assert.ok((await textOf(page, '#read-out')).startsWith(`${grouped(sizes[last].parameters)} parameters`));
  assert.equal(await press('Escape'), choice.size);
});

pageTest('settings are undone and redone, by button and by key, and typing keeps its own keys', async (page) => {
  const shown = () => page.evaluate(() => ({
    set: document.querySelector('input[name=set]:checked').value, teachers: document.querySelector('#setting-teachers').value,
    margin: document.querySelector('input[name=margin]:checked').value,
  }));
  const comes = async (wanted) => {
    await until(page, () => new Promise((drawn) => { requestAnimationFrame(() => setTimeout(() => drawn(true))); }));
    assert.deepEqual(await shown(), wanted);
  };
  const keys = async (...all) => {
    for (const key of all) await page.keyboard.down(key);
    for (const key of all.toReversed()) await page.keyboard.up(key);
  };
  const first = { set: 'quick', teachers: '4', margin: '0.01' }, letter = { ...first, set: 'letter', teachers: '12' };
  const eleven = { ...letter, teachers: '11' }, last = { ...eleven, margin: '0.02' };
  assert.equal(await page.$('#undo'), null, 'there is no step yet');
  await chooseData(page, 'letter');
  await change(page, { teachers: 11, margin: 0.02 });
  await comes(last);
  assert.equal(await page.$eval('#undo', (button) => button.getAttribute('aria-label')), 'Undo settings: margin 2 points → 1 point');
  await press(page, '#undo');
  await comes(eleven);
  assert.equal(await textOf(page, '#spoken'), 'Undone: margin 2 points → 1 point.');
  await page.focus('#sentence');
  await keys('Control', 'z');
  await comes(letter);
  await keys('Control', 'z');
  await comes(first);
  assert.equal(await page.$eval('#undo', (button) => button.disabled), true);
  await keys('Control', 'y');
  await keys('Control', 'Shift', 'Z');
  await comes(eleven);
  await press(page, '#redo');
  await comes(last);
  // In a text field the keys undo what was typed there, and nothing else.
  await page.$eval('#settings', (details) => { details.open = true; });
  await page.focus('#setting-seeds');
  await keys('Control', 'z');
  await comes(last);

  for (const width of [360, 768, 1100]) {
    await page.setViewport({ width, height: 800 });
    await assertFits(page, `steps at ${width} px`);
    assert.equal(await page.$eval('.top-bar nav', (nav) => nav.getBoundingClientRect().height <= 48), true, `the bar has one line at ${width} px`);
  }
  await page.setViewport({ width: 1280, height: 900 });

  // The margin of a finished run moves with it.
  await chooseData(page, moons);
  await change(page, { ...small, teacherEpochs: 4, studentEpochs: 4 });
  await press(page, '#start');
  await reach(page, 'running');
  assert.equal(await page.$eval('#undo', (button) => button.disabled), true, 'settings are locked while a run goes');
  await reach(page, 'finished');
  await page.click('label:has(> input[name=margin][value="0.005"])');
  await until(page, () => window.distillery.plan.margin === 0.005);
  await press(page, '#undo');
  await until(page, () => window.distillery.plan.margin === 0.05);
  assert.match(await textOf(page, '#chart-title'), /test rows/);
});

pageTest('the theme follows the system until one is chosen, which is kept', async (page) => {
  const look = () => page.evaluate(() => (
    { name: document.querySelector('#theme').textContent, paper: getComputedStyle(document.body).backgroundColor }));
  const system = (value) => page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
  await system('light');
  const light = await look();
  await system('dark');
  const dark = await look();
  assert.deepEqual([light.name, dark.name], ['System', 'System']);
  assert.notEqual(light.paper, dark.paper);
  await page.click('#theme');
  assert.deepEqual(await look(), { name: 'Light', paper: light.paper });
  await page.click('#theme');
  await system('light');
  assert.deepEqual(await look(), { name: 'Dark', paper: dark.paper });
  await page.reload();
  assert.deepEqual(await look(), { name: 'Dark', paper: dark.paper });
  await page.click('#theme');
  assert.deepEqual(await look(), light);
});

pageTest('nothing is wider than a phone of 360 px', async (page) => {
  await page.setViewport({ width: 360, height: 740 });
  await assertFits(page, 'first');
  await chooseData(page, moons);
  await change(page, { ...small, teacherEpochs: 10, studentEpochs: 10 });
  await type(page, '#setting-teachers', 'many');
  assert.match(await textOf(page, '#setting-teachers-error'), /whole number/);
  assert.equal(await page.$eval('#start', (button) => button.disabled), true);
  await assertFits(page, 'first, with all settings and an error');
  await type(page, '#setting-teachers', 3);
  await press(page, '#start');
  await reach(page, 'running');
  await assertFits(page, 'running');
  await reach(page, 'finished');
  await assertFits(page, 'finished');
  await until(page, () => document.querySelector('#plane-agreement') !== null && window.distillery.latency !== null);
  await page.click('#tradeoff-show-table');
  await page.evaluate(() => { for (const details of document.querySelectorAll('details')) details.open = true; });
  await assertFits(page, 'finished, with maps, table and settings');
  await change(page, { seeds: 3 });
  assert.match(await textOf(page, '#changed'), /seeds 2 → 3/);
  await assertFits(page, 'finished, with changed settings');
  await change(page, { ...endless, seeds: 2 });
  await press(page, '#again');
  await until(page, () => document.documentElement.dataset.state === 'running');
  await page.click('#pause');
  await assertFits(page, 'paused');
  await page.click('#stop');
  await assertFits(page, 'stopped');
});

// ---- All that was heard ---------------------------------------------------------------------

test('what a page must not do would have been heard', async () => {
  const context = await served.browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const { problems } = await watch(page, served.server.url);
    await page.goto(`${served.server.url}/`);
    await page.evaluate(async (other) => {
      console.log('a word');
      setTimeout(() => { throw new Error('a mistake'); });
      await fetch('nowhere').catch(() => {});
      await fetch('.', { method: 'POST', body: 'a secret' }).catch(() => {});
      await fetch(`${other}/secret`).catch(() => {});
      const image = new Image();
      image.src = `${other}/secret.png`;
      const script = document.createElement('script');
      script.textContent = 'window.broken = true';
      document.body.append(script);
    }, 'http://127.0.0.1:9');
    const wanted = [
      'console log: a word', 'page error: Uncaught Error: a mistake', 'status 404:', 'request with a body: POST',
      'policy violation: connect-src http://127.0.0.1:9/secret', 'policy violation: script-src-elem inline',
      'policy violation: img-src http://127.0.0.1:9/secret.png',
      'request to another origin: http://127.0.0.1:9/secret.png',
    ];
    const missing = () => wanted.filter((one) => !problems.some((problem) => problem.startsWith(one)));
    for (const end = Date.now() + limit; missing().length > 0 && Date.now() < end;) await sleep(50);
    assert.deepEqual(missing(), [], problems.join('\n'));
  } finally {
    await context.close();
  }
});

test('no page printed to the console, asked another origin or sent anything', () => {
  assert.ok(heard.requests.some(([, address]) => /\/worker-[^/]*\.js$/.test(address)), 'requests of workers are heard');
  assert.ok(heard.requests.length > 50);
  const ours = ([method, address]) => method === 'GET' && address.startsWith(`${served.server.url}/`);
  assert.deepEqual(heard.requests.filter((request) => !ours(request)), []);
  assert.deepEqual(heard.problems, []);
});
