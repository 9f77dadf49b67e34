// The main path in other engines, where they are installed: Debian's firefox-esr, and webkit2gtk-driver with xvfb for Safari's.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { engines } from '../bench/lib/browsers.mjs';
import { onnxruntime } from '../node/onnx-runtime.js';
import { limit, sha256, site, sleep } from './support.js';

let server;
before(async () => {
  assert.ok(existsSync(join(site, 'index.html')), 'there is no page yet: scripts/site builds it');
  server = await serve(site, { port: 0 });
});
after(() => server?.close());

const call = (page, run, ...values) => page.run(`(${run})(${values.map((value) => JSON.stringify(value)).join()})`);
async function until(page, predicate, ...values) {
  for (const end = Date.now() + limit; Date.now() < end; await sleep(100)) if (await call(page, predicate, ...values)) return;
  const said = await call(page, () => (
    [...document.querySelectorAll('.fault, .field-error, #sentence, #evidence, #spoken')].map((part) => part.textContent).join(' ')));
  assert.fail(`${predicate}: ${said}`);
}
const reach = (page, state) => until(page, (wanted) => document.documentElement.dataset.state === wanted, state);
const click = (page, selector) => call(page, (button) => { document.querySelector(button).click(); }, selector);
const press = async (page, selector) => {
  await until(page, (button) => document.querySelector(button)?.disabled === false, selector);
  await click(page, selector);
};

/** Two numbers tell apart two classes, most of the time. */
const text = ['length,colour,species', ...Array.from({ length: 400 }, (_, row) => {
  const kind = row % 2, wave = ((row * 37) % 101) / 101;
  return [(kind + 1.4 * wave).toFixed(2), ['red', 'green', 'blue'][row % 3], ['Adelie', 'Gentoo'][kind]].join();
}), ''].join('\n');
const settings = 'set=own&teachers=3&teacherShape=32,16&teacherEpochs=60&sizes=4,12-6&seeds=2&studentEpochs=60';

async function choose(page) {
  await call(page, (content) => {
    const files = new DataTransfer(), input = document.querySelector('#own-file');
    files.items.add(new File([content], 'birds.csv'));
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }, text);
  await until(page, () => document.querySelector('.own')?.getAttribute('aria-busy') === 'false');
}

for (const { name, present, start } of engines.slice(1)) {
  const skip = present() ? false : `skipped: ${name} is not installed`;

  test(`${name}: the preset comes to its sentence`, { skip }, async () => {
    const browser = await start();
    try {
      const page = await browser.open(`${server.url}/`, 'first');
      await press(page, '#start');
      await reach(page, 'finished');
      assert.match(await page.run('document.querySelector("#sentence").textContent'), /^A student of [\d,]+ parameters is enough: /);
      await page.close();
    } finally {
      await browser.close();
    }
  });

  test(`${name}: a file of one’s own is read, its run broken off and resumed to the bytes of Node, its student exported`, { skip }, async () => {
    const browser = await start();
    try {
      const page = await browser.open(`${server.url}/#v=1&${settings}`, 'first');
      await choose(page);
      await press(page, '#start');
      await reach(page, 'running');
      // Paused by the page itself, in the task in which students are seen to have begun.
      await call(page, () => new Promise((resolve) => {
        const look = () => {
          if (!(Number.parseFloat(document.querySelector('[data-stage=teacher] .part')?.style.width) > 20)) return setTimeout(look, 5);
          document.querySelector('#pause').click();
          resolve();
        };
        look();
      }));
      await until(page, () => document.querySelector('#runs li')?.dataset.phase === 'paused');
      await page.close();
      const again = await browser.open(`${server.url}/`, 'first');
      await press(again, '#resume-last');
      await reach(again, 'finished');
      const { plan, student } = await again.run('({ plan: window.distillery.plan, student: [...window.distillery.chosen()] })');
      const { distil, readCsv } = await import('../../wasm/dist/node.js');
      const run = distil(await readCsv(new TextEncoder().encode(text)), plan);
      await run.report;
      assert.equal(sha256(Uint8Array.from(student)), sha256(run.chosen()));
      run.dispose();

      // The export answers as the page does.
      await until(again, () => window.distillery.answers !== null);
      await call(again, () => { document.querySelector('#take-away').scrollIntoView(); });
      await until(again, () => document.querySelector('.take')?.getAttribute('aria-busy') === 'false');
      await click(again, 'input[name=format][value=onnx]');
      await until(again, () => document.querySelector('#download').textContent === 'Download student.onnx');
      const { file, features, labels, sure, columns } = await call(again, async () => {
        let blob;
        const make = URL.createObjectURL;
        URL.createObjectURL = (one) => {
          blob = one;
          return make.call(URL, one);
        };
        HTMLAnchorElement.prototype.click = () => {};
        document.querySelector('#download').click();
        const { features, said, columns } = window.distillery.answers;
        return {
          file: [...new Uint8Array(await blob.arrayBuffer())], features: [...features], columns,
          labels: [...said.student.labels], sure: [...said.student.sure],
        };
      });
      const session = await onnxruntime.InferenceSession.create(Uint8Array.from(file), { logSeverityLevel: 3 });
      const { probabilities } = await session.run({ features: new onnxruntime.Tensor('float32', features, [labels.length, columns]) });
      labels.forEach((label, i) => assert.ok(Math.abs(probabilities.data[2 * i + label] - sure[i]) <= 1e-5, `row ${i}`));
      await again.close();
    } finally {
      await browser.close();
    }
  });
}
