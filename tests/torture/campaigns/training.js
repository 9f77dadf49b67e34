/** Training: stopped and resumed anywhere, diverging, over and over, with other seeds, builds and workers. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { promisify } from 'node:util';
import { distilHere, distillery, loadScalar, root, sha256, smallPlan } from '../../node/support.js';
import { promise, randomOf } from '../campaign.js';
import { place } from '../subjects.js';

const { DistilleryError } = distillery;
const codeOf = (call) => {
  try {
    call();
  } catch (error) {
    if (error instanceof DistilleryError) return error.code;
    throw error;
  }
  return 'no error';
};

const steps = 200, rows = 320, batchSize = 32;   // ten steps an epoch
const resume = {
  name: 'resume', row: 8, unit: 'stops', goal: 6 * (steps + 1), short: 40,
  promise: 'a training stopped at any of 200 steps and resumed, in the SIMD and in the scalar build, gives the bytes of the uninterrupted one',
  async open({ seed, fault }) {
    const builds = [await distillery.loadPlanner(), await loadScalar()];
    const table = builds[0].generate('spirals', { rows, noise: 0.06, seed });
    const shape = { inputs: 2, hidden: [24, 9], classes: 2, dropout: [0.3] };
    const softTargets = Float32Array.from({ length: 2 * rows }, (_, at) => (at % 2 ^ table.labels[at >> 1]) ? 0.25 : 0.75);
    const common = { epochs: steps * batchSize / rows, batchSize, learningRate: 0.01 };
    const options = [
      { training: { ...common, schedule: 'constant' }, seed }, { training: { ...common, schedule: 'cosine', weightDecay: 0.01 }, seed },
      { training: { ...common, schedule: 'cosine' }, seed, temperature: 3, softWeight: 0.7 },
    ];
    const samples = { ...table, softTargets };
    const finish = (trainer) => {
      while (!trainer.finished) trainer.advance(1);
      const model = trainer.model(), sum = sha256(model.save());
      for (const handle of [model, trainer]) handle.dispose();
      return sum;
    };
    const whole = options.map((option) => finish(builds[0].createTrainer(shape, samples, option)));
    return {
      check(number) {
        // All stops of one combination lie apart, so that a short form sees early and late ones of each.
        const which = number % 6, build = builds[which % 2], kind = which >> 1, stop = Math.floor(number / 6) * 83 % (steps + 1);
        const first = build.createTrainer(shape, samples, options[kind]);
        for (let step = 0; step < stop; ++step) first.advance(1);
        const checkpoint = first.checkpoint();
        first.dispose();
        const told = fault ? { ...options[kind], seed: seed + 1 } : options[kind];
        // Resumed by the other build: a checkpoint is anybody's.
        const sum = finish(builds[1 - which % 2].resumeTrainer(checkpoint, samples, told));
        promise(sum === whole[kind], `step ${stop} of ${steps}, options ${kind}: ${sum.slice(0, 12)}, not ${whole[kind].slice(0, 12)}`);
      },
      close: () => promise(builds.every((build) => build.liveHandles() === 0), 'a handle is left'),
    };
  },
};

// Each makes training leave the finite numbers, or comes as near to it as the options go, in a way of its own.
const huge = 1e6, far = 3e38, training = { learningRate: 10, weightDecay: 10 };
const divergences = {
  'the largest rate and weight decay': { training },
  'a decay a tenth of the largest': { training: { learningRate: 10, weightDecay: 1 } },
  'a rate that weight decay turns over': { training: { learningRate: 1, weightDecay: 3 } },
  'cosine at the largest rate and decay': { training: { learningRate: 10, weightDecay: 10, schedule: 'cosine' } },
  'one row a batch at the largest rate': { training: { learningRate: 10, weightDecay: 10, batchSize: 1 } },
  'a temperature near 0': { temperature: 0.05, softWeight: 1, training, soft: true },
  'a temperature near 0, labels as well': { temperature: 0.05, softWeight: 0.5, training: { learningRate: 10, weightDecay: 9 }, soft: true },
  'a temperature of 100': { temperature: 100, softWeight: 1, training, soft: true },
  'class weights a million million apart': { classWeights: [huge, 1 / huge], training },
  'a column of values near the end of floats': { features: (at) => at % 2 ? far * (at % 4 - 2) : at, training },
  'a column of values that differ only far out': { features: (at) => at === 1 ? far : at, training },
  'values near the least float': { features: (at) => at * 1e-44, training },
  'a constant column': { features: (at) => at % 2 ? 7 : at, training },
  'constant columns only': { features: () => 7, training },
  'the deepest network': { hidden: new Array(16).fill(8), training },
  'the deepest network, wide': { hidden: new Array(16).fill(64), training: { learningRate: 10, weightDecay: 5 } },
  'no hidden layer': { hidden: [], training },
  'a width of one': { hidden: [1], training },
  'nearly all units dropped': { dropout: [0.95], training },
  'labels that are noise': { labels: (row) => row * 7919 % 13 % 2, training },
};
const diverge = {
  name: 'diverge', row: 10, unit: 'trainings', goal: 20 * 50, short: 20,
  promise: 'twenty ways to diverge: told in the step in which it happens, the last good model kept and finite, nothing that is not finite in a file',
  async open({ seed, fault }) {
    const instance = await distillery.loadPlanner(), kinds = Object.entries(divergences);
    return {
      check(number) {
        const [name, { features, labels, soft, hidden = [6], dropout = [], ...options }] = kinds[number % kinds.length];
        const table = instance.generate('moons', { rows: 48, noise: 0.2, seed: seed + Math.floor(number / kinds.length) });
        if (features) table.features = Float32Array.from(table.features, (_, at) => Math.fround(features(at)));
        if (labels) table.labels = Int32Array.from(table.labels, (_, row) => labels(row));
        const samples = soft ? { ...table, softTargets: Float32Array.from({ length: 96 }, (_, at) => at % 2) } : table;
        let trainer;
        // Some columns are too far apart to be scaled: then that is told at once.
        const refused = codeOf(() => { trainer = instance.createTrainer({ inputs: 2, hidden, dropout, classes: 2 }, samples, { seed, ...options, training: { epochs: 40, batchSize: 8, ...options.training } }); });
        if (!trainer) {
          promise(refused === 'invalid_data', `${name}: ${refused}`);
          return { refused: 1 };
        }
        try {
          let lastGood = modelOf(trainer), code = 'no error';
          // Epoch by epoch as well as step by step: what is kept is the end of the last epoch.
          while (!trainer.finished && code === 'no error') {
            code = codeOf(() => {
              const ended = trainer.advance(1);
              const now = trainer.checkpoint();   // every number in it is finite, or its reader says so
              const again = instance.resumeTrainer(now, samples, { seed, ...options, training: { epochs: 40, batchSize: 8, ...options.training } });
              again.dispose();
              if (ended) {
                promise(Number.isFinite(ended.loss), `${name}: a loss of ${ended.loss} and no error`);
                lastGood = modelOf(trainer);
              }
            });
          }
          promise(code !== 'no error', `${name}: it came through`);
          promise(code === 'diverged', `${name}: ${code}`);
          const kept = modelOf(trainer);
          if (fault) kept.file[kept.file.length - 1] ^= 1;
          promise(Buffer.compare(kept.file, lastGood.file) === 0, `${name}: another model than that of the last good epoch is kept`);
          promise(codeOf(() => trainer.checkpoint()) === 'wrong_state' && codeOf(() => trainer.runEpoch()) === 'wrong_state', `${name}: it went on`);
          return { diverged: 1 };
        } finally {
          trainer.dispose();
        }
      },
      close: () => promise(instance.liveHandles() === 0, 'a handle is left'),
    };
    /** Its file, which the library opens only if every number in it is finite. */
    function modelOf(trainer) {
      const model = trainer.model(), file = model.save();
      model.dispose();
      instance.loadModel(file).dispose();
      return { file };
    }
  },
};

const run = promisify(execFile);
const workerCounts = [1, 2, 4, 8];
const seeds = {
  name: 'seeds', row: 9, unit: 'runs', goal: 20 * 7, short: 7,
  promise: 'each of 20 seeds: native (one thread and four), SIMD, and 1, 2, 4, 8 workers in any order, scalar WebAssembly too: the same SHA-256',
  async open({ seed, fault }) {
    const simd = await distillery.loadPlanner(), scalar = await loadScalar(), folder = place('seeds'), sums = new Map();
    return {
      async check(number) {
        const mine = seed + Math.floor(number / 7), way = number % 7;
        const table = simd.generate('moons', { rows: 400, noise: 0.25, seed: mine }), plan = { ...smallPlan, seed: mine };
        const specified = sums.get(mine) ?? sha256(distilHere(scalar, table, plan).chosen);
        sums.set(mine, specified);
        let chosen;
        if (way < 2) {
          writeFileSync(join(folder, 'table'), simd.saveTable(table));
          await run(join(root, 'build/release/bin/distil_tool'), [join(folder, 'table'), String(mine), String([1, 4][way]), join(folder, 'out')]);
          chosen = readFileSync(join(folder, 'out'));
        } else if (way === 2) {
          chosen = distilHere(simd, table, plan).chosen;
        } else {
          const made = distillery.distil(table, plan, { workers: workerCounts[way - 3], wasm: simd.module });
          await made.report;
          chosen = made.chosen();
          made.dispose();
        }
        if (fault) chosen = Uint8Array.of(...chosen, 0);
        promise(sha256(chosen) === specified, `seed ${mine}, ${['native', 'native, 4 threads', 'SIMD', ...workerCounts.map((count) => `${count} workers`)][way]}: another student`);
      },
    };
  },
};

const cycles = {
  name: 'cycles', row: 11, unit: 'cycles', goal: 10_000, short: 300,
  promise: 'create, train, fail, dispose, with memory that grows in between: no live handle, views valid, the slope of the heap (its 99% interval) includes 0',
  async open({ seed, fault }) {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc');
    const instance = await distillery.loadPlanner(), kept = [];
    const table = instance.generate('moons', { rows: 200, noise: 0.2, seed });
    const heaps = [];
    return {
      check(number) {
        const random = randomOf(seed, number), hidden = [1 + random.below(40), 1 + random.below(20)];
        const shape = { inputs: 2, hidden, classes: 2, dropout: [0.3] }, options = { training: { epochs: 2 }, seed: number };
        const trainer = instance.createTrainer(shape, table, options);
        trainer.runEpoch();
        const before = trainer.model(), file = before.save();
        // Large enough, now and then, for the memory to grow beneath what lives.
        const large = 1 + random.below(random.chance(2) ? 4000 : 40);
        const other = instance.createTrainer({ ...shape, hidden: [large] }, table);
        other.advance(1);
        const answers = before.predictProba(table.features), resumed = instance.resumeTrainer(trainer.checkpoint(), table, options);
        resumed.runEpoch();
        promise(codeOf(() => resumed.runEpoch()) === 'wrong_state', 'an epoch after the last');
        promise(codeOf(() => instance.createTrainer(shape, table, { seed: -1 })) === 'invalid_option', 'a seed of −1');
        promise(codeOf(() => instance.createTrainer({ ...shape, inputs: 3 }, table)) === 'shape_mismatch', 'three inputs');
        promise(codeOf(() => before.logits(Float32Array.of(NaN, 0))) === 'invalid_data', 'a NaN');
        promise(codeOf(() => instance.loadModel(file.subarray(1))) === 'corrupt_file', 'a model without its first byte');
        const loaded = instance.loadModel(file), again = loaded.predictProba(table.features);
        promise(createHash('sha256').update(answers).digest('hex') === createHash('sha256').update(again).digest('hex'), 'the same model answers otherwise');
        for (const handle of [trainer, other, resumed, before, loaded]) handle.dispose();
        promise(instance.liveHandles() === 0, `${instance.liveHandles()} handles are left`);
        if (fault) kept.push(instance.createTrainer(shape, table).model(), new Uint8Array(20_000));
        if (number % 10 === 0) {
          collectGarbage();
          heaps.push({ used: instance.memory().used, js: process.memoryUsage().heapUsed, at: number });
        }
      },
      /** Least squares over the later half, for the first cycles fill caches. */
      findings() {
        const late = heaps.slice(heaps.length >> 1), found = [];
        if (late.length < 10) return found;
        // JavaScript's heap settles later: functions are compiled again and again in the first thousand cycles.
        for (const which of late.length < 100 ? ['used'] : ['used', 'js']) {
          const { slope, half } = slopeOf(late.map(({ at }) => at), late.map(({ [which]: bytes }) => bytes));
          // A heap that sheds is no leak; one that gains less than a byte in ten cycles is none that 10,000 could show.
          if (slope - half > 0.1) found.push(`the ${which === 'js' ? "JavaScript heap" : "library's heap"} grows by ${slope.toFixed(1)} ± ${half.toFixed(1)} bytes a cycle`);
        }
        return found;
      },
    };
  },
};

/** The slope of a line through points, and half of its 99% interval. Neighbours are alike, so runs of five are averaged first. */
function slopeOf(xs, ys) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const fives = (values) => Array.from({ length: Math.floor(values.length / 5) }, (_, i) => mean(values.slice(5 * i, 5 * i + 5)));
  if (xs.length >= 25) [xs, ys] = [fives(xs), fives(ys)];
  const x = mean(xs), y = mean(ys), spread = xs.reduce((sum, value) => sum + (value - x) ** 2, 0);
  const slope = xs.reduce((sum, value, i) => sum + (value - x) * (ys[i] - y), 0) / spread;
  const rest = xs.reduce((sum, value, i) => sum + (ys[i] - y - slope * (value - x)) ** 2, 0) / (xs.length - 2);
  const quantile = 4.03;   // of Student's t with 5 degrees of freedom; more degrees have less
  return { slope, half: quantile * Math.sqrt(rest / spread) };
}

export const campaigns = [resume, seeds, diverge, cycles];
