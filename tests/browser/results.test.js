// What is done with a finished run on the built page: its student is taken away, its networks are asked.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { onnxruntime } from '../node/onnx-runtime.js';
import { assertFits, axisOf, distil, near, pages, press, reach, reportOf, savedBy, textOf, type, until, change } from './support.js';

const { pageTest } = pages();
let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'distillery-')); });
after(() => { if (folder) rmSync(folder, { recursive: true, force: true }); });

const small = { teachers: 3, teacherShape: '16, 8', teacherEpochs: 6, dropout: '', sizes: '2, 6-4, 12', seeds: 2, studentEpochs: 6 };
const moons = { shape: 'moons', rows: 600, noise: 0.25, seed: 3 };

/** Three classes told apart by two numbers, a category of each row beside them. */
const flowers = ['length,colour,width,species', ...Array.from({ length: 600 }, (_, row) => {
  const kind = row % 3, wave = ((row * 37) % 101) / 101;
  const colour = ['red', 'green', 'blue'][(row * 7) % 3], species = ['setosa', 'versicolor', 'virginica'][kind];
  return [(kind + 1.3 * wave).toFixed(2), colour, (kind - wave).toFixed(2), species].join();
}), ''].join('\n');

/** By soft targets: a student that learns from labels alone would be its own baseline. */
async function distilOwn(page, name, text) {
  writeFileSync(join(folder, name), text);
  await (await page.$('#own-file')).uploadFile(join(folder, name));
  await until(page, () => document.querySelector('.own')?.getAttribute('aria-busy') === 'false');
  await change(page, small);
  await page.$$eval('.story details', (all) => { for (const details of all) details.open = true; });
  await page.select('#setting-recipe', 'own');
  await press(page, '#start');
  await reach(page, 'finished');
}

// ---- Take away --------------------------------------------------------------------------

const softmax = (logits) => {
  const most = Math.max(...logits), e = [...logits].map((z) => Math.exp(z - most)), sum = e.reduce((a, b) => a + b);
  return e.map((v) => v / sum);
};
/** A network as layers of plain numbers, answered in doubles. */
const answer = ({ mean, scale, layers }, row) => softmax(layers.reduce((x, { weight, bias }, l) => (
  bias.map((b, o) => weight[o].reduce((sum, w, i) => sum + w * (l > 0 ? Math.max(0, x[i]) : x[i]), b))
), row.map((v, i) => (v - mean[i]) / scale[i])));

/** Of each format: probabilities of rows, by a reader that knows nothing of ours. */
const readers = {
  async onnx(bytes, rows) {
    const session = await onnxruntime.InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const { probabilities } = await session.run({ features: new onnxruntime.Tensor('float32', rows.flat(), [rows.length, rows[0].length]) });
    const classes = probabilities.dims[1];
    return rows.map((_, i) => [...probabilities.data.slice(i * classes, (i + 1) * classes)]);
  },
  safetensors(bytes, rows) {
    const length = Number(bytes.readBigUInt64LE(0)), { __metadata__: _, ...header } = JSON.parse(bytes.subarray(8, 8 + length).toString());
    const tensor = (name) => {
      const [from, to] = header[name].data_offsets;
      return Array.from({ length: (to - from) / 4 }, (_, i) => bytes.readFloatLE(8 + length + from + 4 * i));
    };
    const layers = Array.from({ length: Object.keys(header).filter((name) => name.endsWith('.bias')).length }, (_, l) => {
      const weight = tensor(`layers.${l}.weight`), [outputs, inputs] = header[`layers.${l}.weight`].shape;
      return { bias: tensor(`layers.${l}.bias`), weight: Array.from({ length: outputs }, (_, o) => weight.slice(o * inputs, (o + 1) * inputs)) };
    });
    return rows.map((row) => answer({ mean: tensor('scaling.mean'), scale: tensor('scaling.scale'), layers }, row));
  },
  json(bytes, rows) {
    const { scaling: { mean, scale }, layers } = JSON.parse(bytes.toString());
    const plain = layers.map(({ weight, weightScale, bias }) => ({
      bias, weight: weight.map((values, o) => values.map((w) => w * (weightScale?.[o] ?? 1))) }));
    return rows.map((row) => answer({ mean, scale, layers: plain }, row));
  },
  async javascript(bytes, rows) {
    const { probabilities } = await import(`data:text/javascript,${encodeURIComponent(bytes)}`);
    return rows.map((row) => [...probabilities(row)]);
  },
  c(bytes, rows) {
    writeFileSync(join(folder, 'student.h'), bytes);
    writeFileSync(join(folder, 'ask.c'), `#include <stdio.h>
#include "student.h"
int main(void) {
  float row[student_inputs], shares[student_classes];
  for (;;) {
    for (int i = 0; i < student_inputs; ++i) if (scanf("%f", &row[i]) != 1) return 0;
    student_probabilities(row, shares);
    for (int c = 0; c < student_classes; ++c) printf("%.9g ", shares[c]);
    printf("\\n");
  }
}
`);
    execFileSync('cc', ['-std=c99', '-O2', '-ffp-contract=off', join(folder, 'ask.c'), '-o', join(folder, 'ask')]);
    const lines = execFileSync(join(folder, 'ask'), { input: rows.map((row) => row.join(' ')).join('\n'), encoding: 'utf8' });
    return lines.trim().split('\n').map((line) => line.trim().split(' ').map(Number));
  },
};
const files = { javascript: 'student.mjs', onnx: 'student.onnx', safetensors: 'student.safetensors', json: 'student.json', c: 'student.h' };

pageTest('every export is fetched when it is asked for, and answers the test rows as the page does', async (page, t, { requests }) => {
  await distilOwn(page, 'flowers.csv', flowers);
  const fetched = () => requests.filter(([, address]) => /\/(exporters|TakeAway)-[^/]*\.js$/.test(address)).length;
  await until(page, () => window.distillery.answers !== null);
  assert.equal(fetched(), 0, 'nobody asked yet');
  await near(page, 'take-away');
  assert.equal(fetched(), 2);
  const { rows, columns, said } = await page.evaluate(() => {
    const { features, columns, said: { student: { labels, sure } } } = window.distillery.answers;
    return { columns, said: [...labels].map((label, i) => ({ label, sure: sure[i] })), rows: [...features] };
  });
  const asked = said.map((_, i) => rows.slice(i * columns, (i + 1) * columns));
  assert.equal(asked.length, (await reportOf(page)).rows.test);
  assert.equal(columns, 5, 'a category takes a feature for each of its levels');

  for (const [format, name] of Object.entries(files)) {
    await page.click(`label:has(> input[name=format][value=${format}])`);
    await until(page, (file) => document.querySelector('#download').textContent === `Download ${file}`, name);
    const saved = await savedBy(page, '#download');
    assert.equal(saved.name, name);
    assert.equal(await page.$eval(`[data-format=${format}]`, (cell) => Number(cell.dataset.bytes)), saved.bytes.length);
    const answers = await readers[format](saved.bytes, asked);
    // Doubles, or floats summed in another order, over at most 12 terms: some 1e-7 of difference; the promise is 1e-5.
    answers.forEach((shares, i) => {
      assert.ok(Math.abs(shares[said[i].label] - said[i].sure) <= 1e-5, `${format}, row ${i}: ${shares} for ${said[i].sure}`);
      assert.ok(shares.every((share) => share <= said[i].sure + 1e-5), `${format}, row ${i}: another class is likelier`);
    });
    const usage = await textOf(page, '#usage');
    assert.ok(usage.includes(name) && usage.trimEnd().split('\n').length <= 10, usage);
  }
  // How columns become features, beside them.
  const schema = await savedBy(page, '#download-schema');
  assert.equal(schema.name, 'student.schema.json');
  const { encodeRows } = await import('../../wasm/dist/node.js');
  assert.deepEqual([...encodeRows(JSON.parse(schema.bytes), [{ length: 1.5, colour: 'green', width: '-0.5' }])], [1.5, 0, 1, 0, -0.5]);
});

pageTest('int8 files answer as the rounded student, whose loss on the test rows is told', async (page) => {
  await distilOwn(page, 'flowers.csv', flowers);
  await near(page, 'take-away');
  const exact = Buffer.from(await page.evaluate(() => [...window.distillery.chosen()]));
  await page.click('label:has(> input[name=take-weights][value=int8])');
  await until(page, () => document.querySelector('#rounding') !== null);
  const { loadDistillery } = await import('../../wasm/dist/node.js'), { quantise } = await import('../../wasm/dist/exporters/index.js');
  const { rows, labels } = await page.evaluate(() => {
    const { features, labels } = window.distillery.answers;
    return { rows: [...features], labels: [...labels] };
  });
  const library = await loadDistillery(), model = library.loadModel(quantise(exact).file), plain = library.loadModel(exact);
  const features = Float32Array.from(rows), columns = rows.length / labels.length;
  const [rounded, unrounded] = [model, plain].map((one) => one.predict(features)), expected = model.predictProba(features);
  const right = (said) => `${(100 * labels.filter((label, i) => said[i] === label).length / labels.length).toFixed(1)}%`;
  const told = await textOf(page, '#rounding');
  const both = `with int8 weights ${right(rounded)} right, with float32 ${right(unrounded)};`;
  assert.ok(told.startsWith(`Measured on the ${labels.length} test rows: ${both}`), told);
  const otherwise = labels.filter((_, i) => rounded[i] !== unrounded[i]).length;
  assert.ok(told.endsWith(otherwise === 0 ? 'all are answered alike.' : `${otherwise} of them answered otherwise.`), told);
  const asked = labels.map((_, i) => rows.slice(i * columns, (i + 1) * columns));
  for (const format of ['javascript', 'onnx', 'json', 'c']) {
    await page.click(`label:has(> input[name=format][value=${format}])`);
    await until(page, (file) => document.querySelector('#download').textContent === `Download ${file}`, files[format]);
    const answers = await readers[format]((await savedBy(page, '#download')).bytes, asked);
    answers.flat().forEach((share, i) => assert.ok(Math.abs(share - expected[i]) <= 1e-5, `${format}: ${share} for ${expected[i]}`));
  }
  // safetensors has floats only.
  await page.click('label:has(> input[name=format][value=safetensors])');
  await until(page, () => document.querySelector('#rounding') === null && !document.querySelector('#download').disabled);
  assert.ok((await savedBy(page, '#download')).bytes.equals(exact));
  model.dispose();
  plain.dispose();
});

pageTest('a student of any size can be taken; rows that come from no file have no schema', async (page) => {
  await distil(page, moons, small);
  await near(page, 'take-away');
  assert.equal(await page.$('#download-schema'), null);
  const { choice, sizes } = await reportOf(page);
  await page.click('label:has(> input[name=format][value=json])');
  for (const [size, { hidden }] of sizes.entries()) {
    await page.select('#take-size', String(size));
    await until(page, () => document.querySelector('.take').getAttribute('aria-busy') === 'false');
    const { architecture } = JSON.parse((await savedBy(page, '#download')).bytes);
    assert.deepEqual(architecture.hidden, hidden);
    assert.equal(await page.$eval('.take', (section) => /of the first seed/.test(section.textContent)), size !== choice.size);
  }
  await page.setViewport({ width: 360, height: 740 });
  await assertFits(page, 'take away');
});

// ---- Try a row ----------------------------------------------------------------------------

const answersOf = (page) => page.$$eval('#row-answers tbody tr', (all) => all.map((row) => ({
  network: row.dataset.network, name: row.cells[0].textContent, answer: row.cells[1].textContent, time: row.cells[2].textContent,
  shares: Object.fromEntries(row.cells[3].textContent.split(', ').map((part) => part.split(': '))),
})));

/** Printed to a tenth of a percent. */
const assertShare = (text, share) => assert.ok(Math.abs(Number.parseFloat(text) - 100 * share) <= 0.05 + 1e-4, `${text} for ${share}`);

pageTest('a row of the test is asked of every network, and what is changed in it is answered as the files would', async (page) => {
  await distilOwn(page, 'flowers.csv', flowers);
  await until(page, () => window.distillery.answers !== null);
  await near(page, 'try-row');
  const { rows, labels, said } = await page.evaluate(() => {
    const { rows, labels, said } = window.distillery.answers;
    const plain = Object.entries(said).map(([name, { labels, sure }]) => [name, { labels: [...labels], sure: [...sure] }]);
    return { rows: [...rows], labels: [...labels], said: Object.fromEntries(plain) };
  });
  const names = ['setosa', 'versicolor', 'virginica'];
  assert.notDeepEqual(said.student.sure.slice(0, 3), said.baseline.sure.slice(0, 3), 'they can be told apart');
  for (const at of [0, 1, 2]) {
    const [lengths, colours, widths] = flowers.split('\n')[rows[at] + 1].split(',');
    assert.deepEqual(await page.$$eval('.row-form input', (all) => all.map(({ value }) => Number(value))), [Number(lengths), Number(widths)]);
    assert.equal(await page.$eval('.row-form select', ({ selectedOptions: [option] }) => option.textContent), colours);
    assert.equal(await textOf(page, '#row-place'),
      `Test row ${at + 1} of ${rows.length}, row ${rows[at] + 1} of the data. Its label: ${names[labels[at]]}.`);
    const answers = await answersOf(page);
    assert.deepEqual(answers.map(({ name }) => name), ['Student', 'Baseline', 'Ensemble', 'Teacher 1', 'Teacher 2', 'Teacher 3']);
    for (const { network, answer, shares } of answers.filter(({ network: kind }) => kind !== 'teacher')) {
      const label = said[network].labels[at], name = names[label];
      assert.equal(answer, `${name} ${label === labels[at] ? '(right)' : '(wrong)'}`);
      assertShare(shares[name], said[network].sure[at]);
    }
    await page.click('#row-next');
  }

  // Changed, it is answered as the model file answers.
  await type(page, '#row-field-0', '2.25');
  await page.select('#row-field-1', '2');
  await until(page, () => /Changed here/.test(document.querySelector('#row-place').textContent));
  const { loadDistillery } = await import('../../wasm/dist/node.js');
  const model = (await loadDistillery()).loadModel(Uint8Array.from(await page.evaluate(() => [...window.distillery.chosen()])));
  const width = Number(await page.$eval('#row-field-2', ({ value }) => value));
  const expected = model.predictProba(Float32Array.of(2.25, 0, 0, 1, width));
  const [{ shares, answer }] = await answersOf(page);
  names.forEach((name, c) => assertShare(shares[name], expected[c]));
  assert.equal(answer, names[expected.indexOf(Math.max(...expected))]);
  model.dispose();

  // What is no number is said, and answered by nobody.
  await type(page, '#row-field-0', 'long');
  await until(page, () => document.querySelector('#row-fault') !== null);
  assert.equal(await textOf(page, '#row-fault'), 'length needs a number, such as 12 or 0.5.');
  assert.equal(await page.$('#row-answers'), null);
  await type(page, '#row-field-0', '3.4e38');
  await until(page, () => /no answer/.test(document.querySelector('.row-try .field-error')?.textContent ?? ''));
  await press(page, '#row-reset');
  await until(page, () => document.querySelector('#row-answers') !== null);
  assert.match(await textOf(page, '#row-place'), /Its label/);

  // Every time is measured, and the page says how.
  await until(page, () => [...document.querySelectorAll('#row-answers [data-time]')].every(({ textContent }) => textContent !== '…'));
  for (const { time } of await answersOf(page)) assert.match(time, /^\d[\d.]* (µs|ms)$/);
  assert.match(await textOf(page, '#row-how'), /one row after the other, on this page’s own thread: the median of 9 times 8 ms/);
  await page.setViewport({ width: 360, height: 740 });
  await assertFits(page, 'a row');
});

// ---- Two runs -------------------------------------------------------------------------------

pageTest('two earlier runs are drawn on one chart, with what differs in settings and answer', async (page) => {
  await distil(page, moons, small);
  const first = await reportOf(page);
  await until(page, () => document.querySelectorAll('#runs li[data-phase=finished]').length === 1);
  assert.equal(await page.$('.runs-compared'), null);
  await change(page, { teachers: 2, sizes: '4, 10-5' });
  await press(page, '#again');
  await until(page, () => document.documentElement.dataset.state === 'running');
  await reach(page, 'finished');
  const second = await reportOf(page);
  await until(page, () => document.querySelectorAll('#runs li[data-phase=finished]').length === 2);
  await page.reload();   // they are compared out of the storage
  await until(page, () => document.querySelectorAll('input[name=compare]').length === 2);
  for (const box of await page.$$('input[name=compare]')) await box.click();
  await until(page, () => document.querySelector('.runs-compared') !== null);

  // The dots are the reports' figures, through the axes.
  const { ticks, dots } = await page.$eval('svg.two-runs', (svg) => {
    const middle = (element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return { x: (left + right) / 2, y: (top + bottom) / 2 };
    };
    const dotsOf = (run) => [...svg.querySelectorAll(`.${run} circle[data-series=student]`)];
    return {
      ticks: [...svg.querySelectorAll('g.tick')].map((tick) => (
        { axis: tick.dataset.axis, value: Number(tick.dataset.value), ...middle(tick.querySelector('line')) })),
      dots: ['run-a', 'run-b'].map((run) => dotsOf(run).map((dot) => ({ size: Number(dot.dataset.size), ...middle(dot) }))),
    };
  });
  const [x, y] = [['x', Math.log10], ['y', (accuracy) => Math.log2(1 - accuracy)]].map(([axis, scale]) => (
    axisOf(ticks.filter((tick) => tick.axis === axis).map((tick) => ({ value: tick.value, at: tick[axis] })), scale)));
  [first, second].forEach(({ sizes, test }, run) => {
    assert.equal(dots[run].length, sizes.length);
    for (const { size, x: atX, y: atY } of dots[run]) {
      assert.ok(Math.abs(atX - x(sizes[size].parameters)) < 0.5);
      assert.ok(Math.abs(atY - y(test.sizes[size].student.accuracy.estimate)) < 0.5);
    }
  });
  const rowsOf = (id) => page.$$eval(`${id} tbody tr`, (all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  assert.deepEqual(await rowsOf('#compare-asked'), [['teachers', '3', '2'], ['sizes', small.sizes, '4, 10-5']]);
  const answers = Object.fromEntries((await rowsOf('#compare-answers')).map(([name, ...values]) => [name, values]));
  assert.deepEqual(answers['hidden layers'], [first, second].map(({ sizes, choice }) => sizes[choice.size].hidden.join(', ')));
  assert.deepEqual(answers['right on the test rows'], [first, second].map(({ choice }) => `${(100 * choice.testAccuracy).toFixed(1)}%`));
  const csv = (await savedBy(page, '#compare-save-csv')).bytes.toString().trimEnd().split('\n');
  assert.equal(csv.length, 1 + first.sizes.length + second.sizes.length);
  await page.click('#compare-show-table');
  assert.equal((await rowsOf('#compare-table')).length, new Set([...first.sizes, ...second.sizes].map(({ parameters }) => parameters)).size);
  await page.setViewport({ width: 360, height: 740 });
  await assertFits(page, 'two runs');
  await page.click('input[name=compare]');
  await until(page, () => document.querySelector('.runs-compared') === null);
});
