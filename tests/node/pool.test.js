import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importSource, sleep } from './support.js';

// The pool with workers that only pretend, so that they can be made to die.
const { Pool } = await importSource('pool');
const { EventLog } = await importSource('event-log');

function pretend(size) {
  const threads = [], heard = [];
  const start = (listener) => {
    const thread = { listener, said: [], ended: false, post: (message) => thread.said.push(message), terminate: () => { thread.ended = true; } };
    threads.push(thread);
    return thread;
  };
  const note = (name) => (...what) => heard.push([name, ...what]) > 0;
  const listener = { onEpoch: note('epoch'), onDone: note('done'), onCheckpoint: note('checkpoint'), onFailure: note('failure') };
  const prepare = () => [[{ type: 'prepare' }], [{ type: 'rows', first: 0 }]][Symbol.iterator]();
  const pool = new Pool(size, start, prepare, (job) => new Uint8Array([job]), listener);
  return { pool, threads, heard };
}
const task = (job, input = 0) => ({ job, work: 1, input, checkpoint: new Uint8Array() });

test('a job whose worker dies is given to a fresh one, twice', () => {
  const { pool, threads, heard } = pretend(1);
  pool.run(task(7, 3));
  for (const count of [1, 2]) {
    threads.at(-1).listener.onDeath('killed');
    assert.equal(threads.length, count + 1);
    assert.deepEqual(threads.at(-1).said.map(({ type }) => type), ['prepare', 'run']);
    assert.deepEqual(threads.at(-1).said[1].inputBytes, new Uint8Array([7]), 'a fresh worker needs the input again');
    assert.ok(threads.at(-2).ended);
  }
  assert.deepEqual(heard, []);
  threads.at(-1).listener.onDeath('killed');
  assert.equal(threads.length, 3);
  const [[name, error]] = heard;
  assert.equal(name, 'failure');
  assert.equal(error.code, 'worker_failed');
  assert.match(error.message, /killed/);
});

test('what prepares a worker goes out piece by piece, when it asks, and a fresh one is told all of it again', () => {
  const { pool, threads } = pretend(1);
  const said = (at) => threads[at].said.map(({ type }) => type);
  const ask = (at) => threads[at].listener.onMessage({ type: 'rows' });
  assert.deepEqual(said(0), ['prepare']);
  pool.run(task(0));
  ask(0);
  assert.deepEqual(said(0), ['prepare', 'run', 'rows']);
  ask(0);
  assert.equal(said(0).length, 3, 'there is no more');
  threads[0].listener.onDeath('killed');
  ask(1);
  assert.deepEqual(said(1), ['prepare', 'run', 'rows']);
});

test('deaths at different jobs do not add up', () => {
  const { pool, threads, heard } = pretend(1);
  for (let job = 0; job < 5; ++job) {
    pool.run(task(job));
    threads.at(-1).listener.onDeath('killed');
    threads.at(-1).listener.onMessage({ type: 'done', job, result: new Uint8Array() });
  }
  assert.ok(heard.every(([name]) => name === 'done'));
});

test('an input goes to a worker once, while the jobs that share it follow each other', () => {
  const { pool, threads } = pretend(1);
  for (const [job, input] of [[0, 1], [1, 1], [2, 2], [3, 0], [4, 1]]) {
    pool.run(task(job, input));
    threads[0].listener.onMessage({ type: 'done', job, result: new Uint8Array() });
  }
  assert.deepEqual(threads[0].said.slice(1).map(({ inputBytes }) => inputBytes?.[0]), [0, undefined, 2, 3, 4]);
});

test('a checkpoint that is asked of a dying worker is not waited for', async () => {
  const { pool, threads } = pretend(2);
  pool.run(task(0));
  pool.run(task(1));
  const asked = pool.checkpoint(false);
  threads[0].listener.onMessage({ type: 'checkpoint', stopped: false, progress: { job: 0, bytes: new Uint8Array([1]) } });
  threads[1].listener.onDeath('killed');
  await asked;
  const last = pool.checkpoint(true);
  pool.terminate();
  await last;
  assert.ok(threads.every(({ ended }) => ended));
});

test('a worker that says nothing for as long as it said it would not is taken to hang; a preparing or idle one is not', (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const { pool, threads, heard } = pretend(2);
  const say = (at, message) => threads[at].listener.onMessage(message);
  const pass = (ms) => { for (let passed = 0; passed < ms; passed += 500) t.mock.timers.tick(500); };
  pool.run(task(0));
  pool.run(task(1));
  pass(3_600_000);
  assert.equal(threads.length, 2, 'the table may take long to prepare');
  for (const at of [0, 1]) say(at, { type: 'alive', patience: 10_000 });
  pass(9_500);
  say(0, { type: 'alive', patience: 2000 });
  pass(1000);
  assert.equal(threads.length, 3, 'one of the two was silent for more than 10 s');
  assert.ok(threads[1].ended && !threads[0].ended);
  assert.deepEqual(threads[2].said.map(({ type }) => type), ['prepare', 'run']);
  say(0, { type: 'done', job: 0, result: new Uint8Array(), memory: 0 });
  pass(3_600_000);
  assert.equal(threads.length, 3, 'an idle worker has nothing to say');
  assert.deepEqual(heard.map(([name]) => name), ['done']);
  pool.terminate();
});

test('time in which nobody could have been heard, of a frozen page, counts for nobody', (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const { pool, threads } = pretend(1);
  pool.run(task(0));
  threads[0].listener.onMessage({ type: 'alive', patience: 5000 });
  t.mock.timers.tick(500);
  t.mock.timers.setTime(Date.now() + 60_000);   // no timer runs
  t.mock.timers.tick(500);
  assert.equal(threads.length, 1);
  for (let passed = 0; passed < 6000; passed += 500) t.mock.timers.tick(500);
  assert.equal(threads.length, 2, 'then it is silent');
  pool.terminate();
});

test('a worker that talks nonsense is replaced, and its job done by another', () => {
  const nonsense = [
    null, 7, {}, { type: 'hello' }, { type: 'done', job: 9, result: new Uint8Array() }, { type: 'done', job: 0, result: 'text' }, { type: 'predicted', logits: [] },
    { type: 'checkpoint', stopped: false, progress: { job: 0, bytes: new Uint8Array() } },
  ];
  for (const message of nonsense) {
    const { pool, threads, heard } = pretend(1);
    pool.run(task(0));
    threads[0].listener.onMessage(message);
    assert.equal(threads.length, 2, JSON.stringify(message));
    assert.ok(threads[0].ended);
    threads[1].listener.onMessage({ type: 'done', job: 0, result: new Uint8Array(), memory: 0 });
    assert.deepEqual(heard.map(([name]) => name), ['done'], JSON.stringify(message));
    pool.terminate();
  }
});

test('who lags behind loses epochs only', async () => {
  const log = new EventLog(3);
  for (let i = 0; i < 10; ++i) {
    log.push(`epoch ${i}`, true);
    log.push(`job ${i}`);
  }
  const reader = log[Symbol.asyncIterator]();
  const seen = [];
  const reading = (async () => { for await (const event of reader) seen.push(event); })();
  await sleep(1);
  log.push('last');
  log.close();
  log.push('too late');
  await reading;
  assert.deepEqual(seen.filter((event) => event.startsWith('job')).length, 10);
  assert.deepEqual(seen.filter((event) => event.startsWith('epoch')), ['epoch 7', 'epoch 8', 'epoch 9']);
  assert.equal(seen.at(-1), 'last');
});
