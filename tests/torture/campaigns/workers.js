/** Workers that die, hang, throw or talk nonsense, and processes that are killed. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import workerThreads from 'node:worker_threads';
import { distillery, installed, sha256, smallPlan, sleep, workersLeft } from '../../node/support.js';
import { Finding, promise, randomOf } from '../campaign.js';
import { place } from '../subjects.js';

const { Worker } = workerThreads;
/** What the workers that start now are to do: { kind, after: so many messages, of: the nth worker }. */
let trouble, started = 0;

const nonsense = [null, 'hello', {}, { type: 'hello' }, { type: 'done', job: 0, result: new Uint8Array([1, 2, 3]), memory: 1 }, { type: 'done', job: 999, result: new Uint8Array(), memory: 1 },
  { type: 'checkpoint', stopped: true, progress: { job: 0, bytes: new Uint8Array(3) } }, { type: 'epoch', job: 77, epoch: NaN }];

class TroubledWorker extends Worker {
  on(event, hear) {
    const mine = event === 'message' && trouble && started++ === trouble.of ? trouble : undefined;
    if (!mine) return super.on(event, hear);
    let heard = 0;
    return super.on('message', (message) => {
      if (++heard < mine.after) return hear(message);
      if (heard === mine.after) mine.happened = performance.now();
      if (mine.kind === 'hangs') return undefined;   // nothing is heard any more
      if (heard > mine.after) return hear(message);
      if (mine.kind === 'killed') return void this.terminate();
      if (mine.kind === 'throws') return void this.emit('error', new Error('on purpose'));
      hear(mine.nonsense);
      return mine.altered ? hear(message) : undefined;
    });
  }
}

const workers = {
  name: 'workers', row: 6, unit: 'runs', goal: 1000, short: 8,
  promise: 'a worker is killed, throws, hangs or talks nonsense at some message of a run: the same SHA-256, a hang seen within its patience and 10 s, no thread left',
  async open({ seed, fault }) {
    const instance = await distillery.loadPlanner(), table = instance.generate('moons', { rows: 300, noise: 0.25, seed });
    const distil = async (plan = smallPlan) => {
      const run = distillery.distil(table, plan, { workers: 2, wasm: instance.module });
      try {
        await run.report;
        return sha256(run.chosen());
      } finally {
        run.dispose();
      }
    };
    const undisturbed = await distil();
    workerThreads.Worker = TroubledWorker;
    syncBuiltinESMExports();
    return {
      async check(number) {
        const random = randomOf(seed, number), kind = ['killed', 'throws', 'talks nonsense', 'hangs'][number % 4];
        // The first messages are those of the preparation, where nobody is watched: a hang comes after.
        const after = kind === 'hangs' ? 4 + random.below(12) : 1 + random.below(24);
        const mine = trouble = { kind, after, of: random.below(2), nonsense: nonsense[random.below(nonsense.length)] };
        started = 0;
        let sum;
        try {
          sum = await distil(fault ? { ...smallPlan, seed: 1 } : smallPlan);
        } catch (error) {
          throw new Finding(`a worker ${kind} at message ${after}: ${error.message}`);
        }
        const took = mine.happened === undefined ? 0 : performance.now() - mine.happened;
        trouble = undefined;
        promise(sum === undisturbed, `a worker ${kind} at message ${after}: another student`);
        // Patience is at most 10 s, looked at twice a second; the rest is the run's own time, on a busy machine.
        promise(kind !== 'hangs' || took < 30_000, `a hang at message ${after} took ${(took / 1000).toFixed(1)} s to get over`);
        promise(await workersLeft() === 0, 'a thread is left');
        return { [mine.happened === undefined ? 'undisturbed' : kind.replaceAll(' ', '_')]: 1 };
      },
      close() {
        trouble = undefined;
        workerThreads.Worker = Worker;
        syncBuiltinESMExports();
      },
    };
  },
};

/** A run of the command line of a few seconds. */
const commandLine = (folder, given) => {
  const process_ = spawn(process.execPath, [join(installed, 'dist/cli/main.js'), ...given], { cwd: folder, env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [process_.stdout, process_.stderr]) stream.setEncoding('utf8').on('data', (piece) => { said += piece; });
  return { process: process_, ended: new Promise((resolve) => process_.on('close', (code, signal) => resolve({ code, signal, said }))) };
};

const kills = {
  name: 'kills', row: 7, unit: 'kills', goal: 200, short: 3,
  promise: 'SIGKILL of the command line at any moment, then again as the run file allows (--resume, or from the start): no half file, the same student',
  async open({ seed, fault }) {
    const folder = place('kills'), instance = await distillery.loadDistillery();
    const moons = instance.generate('moons', { rows: 400, noise: 0.25, seed: 3 });
    writeFileSync(join(folder, 'moons.csv'), ['x,y,class', ...Array.from(moons.labels, (label, row) => [moons.features[2 * row], moons.features[2 * row + 1], label].join(','))].join('\n'));
    const plan = (add) => ({ ...smallPlan, ...add, students: { ...smallPlan.students, training: { epochs: 150 } } });
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan({})));
    writeFileSync(join(folder, 'other.json'), JSON.stringify(plan({ seed: 1 })));
    const runFile = join(folder, 'run.distillery'), out = join(folder, 'out.safetensors');
    const clean = () => { for (const file of [runFile, out]) rmSync(file, { force: true }); };
    const anew = ['distil', 'moons.csv', '--plan', 'plan.json', '--run', 'run.distillery', '--out', 'out.safetensors'];
    const before = performance.now();
    clean();
    const whole = await commandLine(folder, anew).ended;
    promise(whole.code === 0 || whole.code === 4, whole.said);
    const length = performance.now() - before, expected = sha256(readFileSync(out));
    return {
      async check(number) {
        clean();
        const { process: process_, ended } = commandLine(folder, anew);
        // Slept through in turn, so that kills fall into every part of a run.
        await Promise.race([sleep((randomOf(seed, number).below(1000) + 20) / 1000 * length), ended]);
        process_.kill('SIGKILL');
        const { signal } = await ended;
        if (existsSync(out)) promise(sha256(readFileSync(out)) === expected, 'a student that is not whole');
        const kept = existsSync(runFile);
        if (kept) {
          const seen = await commandLine(folder, ['inspect', 'run.distillery']).ended;
          promise(seen.code === 0, `the run file does not open: ${seen.said}`);
        }
        const plan_ = fault ? anew.with(3, 'other.json') : anew;
        const again = await commandLine(folder, kept && !fault ? ['distil', '--resume', 'run.distillery', '--out', 'out.safetensors'] : [...plan_, '--overwrite']).ended;
        promise(again.code === 0 || again.code === 4, again.said);
        promise(sha256(readFileSync(out)) === expected, `another student, ${kept ? 'resumed' : 'from the start'}`);
        return { [signal === 'SIGKILL' ? 'killed' : 'had_ended']: 1, resumed: Number(kept) };
      },
    };
  },
};

export const campaigns = [workers, kills];
