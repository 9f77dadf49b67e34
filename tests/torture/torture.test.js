import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { distillery } from '../node/support.js';
import { instance, wrong } from './bad-inputs.js';
import { runCampaign } from './campaign.js';
import { campaigns } from './campaigns.js';
import { document } from './table.js';

// A short form of every campaign, with one seed; then each with its subject broken on purpose, which it must notice. Those that
// need more than the usual set-up, or hours, have no short form: scripts/torture runs them.

for (const campaign of campaigns.filter(({ short }) => short)) {
  test(`${campaign.name}: ${campaign.promise}`, async (t) => {
    const { findings, done, counts, skipped } = await runCampaign(campaign, { seed: 1, goal: campaign.short });
    assert.deepEqual(findings, []);
    assert.equal(skipped, undefined);
    assert.equal(done, campaign.short);
    t.diagnostic(JSON.stringify(counts));
  });

  test(`${campaign.name}: a subject that breaks the promise is found out`, async () => {
    const { findings } = await runCampaign(campaign, { seed: 1, goal: campaign.short, fault: true, most: 1 });
    assert.equal(findings.length, 1);
  });
}

test('a campaign goes on where it stopped, and gives the same', async () => {
  const campaign = campaigns.find(({ name }) => name === 'links');
  const whole = await runCampaign(campaign, { seed: 3, goal: 400 });
  const part = await runCampaign(campaign, { seed: 3, goal: 150 });
  const rest = await runCampaign(campaign, { seed: 3, goal: 400, state: part });
  assert.deepEqual({ ...rest, seconds: 0 }, { ...whole, seconds: 0 });
});

test('every campaign has a row in the document', () => {
  const path = new URL('../../docs/robustness.md', import.meta.url), text = readFileSync(path, 'utf8');
  const names = [...text.matchAll(/^\| \d+ \| ([\w-]+) \|/gm)].map(([, name]) => name);
  assert.deepEqual(names, campaigns.map(({ name }) => name), 'run scripts/torture --write');
  assert.match(document(text, campaigns, '/nowhere'), /\| not run \|/);
});

const sentencesFile = new URL('bad-inputs.txt', import.meta.url);
test('more than a hundred kinds of wrong input have each a code and a sentence, those of bad-inputs.txt, and leave nothing behind', async () => {
  const lines = [], sentences = new Set();
  for (const [code, cases] of Object.entries(wrong))
    for (const [kind, call] of Object.entries(cases)) {
      const error = await (async () => call())().then(() => undefined, (thrown) => thrown);
      assert.ok(error instanceof distillery.DistilleryError, `${kind}: ${error?.stack ?? 'no error'}`);
      assert.equal(error.code, code, `${kind}: ${error.message}`);
      assert.equal(instance.liveHandles(), 0, kind);
      const { message } = error;
      sentences.add(message);
      // What the engine said of a broken WebAssembly is its own affair.
      lines.push(`${code}: ${kind}: ${code === 'load_failed' ? message.split(':')[0] : message}`);
    }
  assert.ok(sentences.size >= 100, `only ${sentences.size} sentences`);
  for (const message of sentences) assert.match(message, /^['\p{L}\d].{15,}[.?!]$/su, `'${message}' is no sentence`);
  const text = `${lines.join('\n')}\n`;
  if (process.env.DISTILLERY_WRITE_SENTENCES) writeFileSync(sentencesFile, text);
  assert.equal(text, readFileSync(sentencesFile, 'utf8'), 'DISTILLERY_WRITE_SENTENCES=1 writes them anew');
});
