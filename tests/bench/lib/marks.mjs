// The marks that the project set itself, as numbers. Each: what, what is wanted, what was measured, whether it is met.
import { nets, trainingFlops } from './workloads.mjs';

const pytorch = 'PyTorch, 1 thread', sklearn = 'scikit-learn, 1 thread';
const trainingPeers = ['tfjs-wasm', 'jax-js', 'tfjs-cpu', 'brain.js'];

const short = (value) => Number(value.toFixed(2));
const atLeast = (mark, what, wanted, measured, more = '') => (
  { mark, what, wanted: `≥ ${short(wanted)}`, measured, more, met: measured === null ? null : measured >= wanted });
const atMost = (mark, what, wanted, measured, more = '') => (
  { mark, what, wanted: `≤ ${short(wanted)}`, measured, more, met: measured === null ? null : measured <= wanted });

/** How many times `slow` takes what `fast` takes: by minima, and the same by medians as a remark. */
function ratio(slow, fast) {
  if (!slow?.min || !fast?.min) return [null];
  return [slow.min / fast.min, `by medians ${(slow.median / fast.median).toFixed(2)}`];
}

const quickest = (results, names) => names.map((name) => results?.[name]).filter((item) => item?.min)
  .sort((a, b) => a.min - b.min)[0];

function w1({ w1: part, browsers }) {
  if (!part?.tasks) return [];
  const { tasks, peak } = part;
  const against = (task, peer, wanted) => (
    atLeast(1, `${task}: times as fast as ${peer}`, wanted, ...ratio(tasks[task][peer], tasks[task].distillery)));
  const { min } = tasks['w1-64'].distillery;
  const rate = (time) => 4000 * trainingFlops(nets.teacher) / (time * 1e6);
  const chromium = browsers?.tasks?.['w1-64'] ?? {};
  const jax = quickest({ ...tasks['w1-64'], ...chromium }, ['jax-js', 'Chromium: jax-js']);
  const separable = (task, peer, wanted) => against(`${task}-separable`, peer, wanted * 2 / 3);
  return [
    against('w1-64', pytorch, 3.3), against('w1-64', sklearn, 2.3), against('w1-64', 'tfjs-wasm', 22),
    atLeast(1, `w1-64: times as fast as jax-js${browsers?.tasks ? ' (the better of Node and Chromium)' : ''}`, 9.5,
      ...ratio(jax, tasks['w1-64'].distillery)),
    against('w1-256', pytorch, 2), against('w1-256', sklearn, 1.5),
    separable('w1-64', pytorch, 3.3), separable('w1-64', sklearn, 2.3),
    separable('w1-256', pytorch, 2), separable('w1-256', sklearn, 1.5),
    atLeast(1, 'w1-64 in Chromium: the fast flavour, times as fast as the default', 1,
      ...ratio(chromium['Chromium: distillery'], chromium['Chromium: distillery fast'])),
    atLeast(1, 'w1-64: useful GFLOP/s against the 128-bit peak', peak ?? NaN, peak ? rate(min) : null),
    atLeast(1, 'w1-256: useful GFLOP/s against the 128-bit peak', peak ?? NaN,
      peak ? rate(tasks['w1-256'].distillery.min) : null),
  ];
}

function w2({ w2: part }) {
  if (!part?.tasks) return [];
  const results = part.tasks.w2;
  return [[pytorch, 8.5], [sklearn, 5.5], ['tfjs-wasm', 33]].map(([peer, wanted]) => (
    atLeast(2, `w2: times as fast as ${peer}`, wanted, ...ratio(results[peer], results.distillery))));
}

function w3({ w3: part }) {
  if (!part?.tasks) return [];
  const { 'w3-one': one, 'w3-student': student, 'w3-teacher': teacher } = part.tasks;
  const many = (net, results, wanted) => (
    atLeast(3, `10,000 rows, ${net}: times as fast as tfjs-wasm`, wanted,
      ...ratio(results['tfjs-wasm'], results.distillery)));
  const peers = Object.keys(one).filter((name) => !name.startsWith('distillery'));
  return [
    atMost(3, 'one row, µs a call', 0.4, one.distillery.min, `median ${one.distillery.median.toFixed(2)}`),
    atLeast(3, 'one row: times as fast as the quickest peer', 15, ...ratio(quickest(one, peers), one.distillery)),
    many('student', student, 1.5), many('teacher', teacher, 1.6),
  ];
}

function start({ start: part }) {
  if (!part?.node) return [];
  const { node, chromium, downloads } = part;
  const one = (where, times) => [
    atMost(4, `${where}: ms from import to the first step`, 20, times?.distillery?.min ?? null,
      times?.distillery ? `median ${times.distillery.median.toFixed(1)}` : ''),
    atLeast(4, `${where}: times as fast as the quickest peer that trains`, 10,
      ...ratio(quickest(times, trainingPeers), times?.distillery)),
  ];
  const ours = downloads['distillery, wasm + glue'];
  return [
    ...one('Node', node), ...one('Chromium', chromium),
    atMost(5, 'wasm + glue, brotli, kB', 50, ours / 1000),
    atMost(5, 'share of tfjs core + layers + wasm', 0.2, ours / downloads['tfjs core + layers + wasm']),
    atMost(5, 'share of jax-js', 0.667, ours / downloads['jax-js']),
  ];
}

function workers({ workers: part, linear }) {
  const marks = [];
  for (const [where, name] of [['node', 'Node'], ['chromium', 'Chromium']]) {
    const times = part?.[where];
    if (!times) continue;
    marks.push(atLeast(6, `${name}: two workers, times as fast as one`, 1.85, ...ratio(times.one, times.two)));
  }
  if (!linear?.rows) return marks;
  for (const of of ['rows', 'epochs', 'teachers']) {
    const { slope } = linear[of];
    const met = slope >= 0.95 && slope <= 1.05;
    marks.push({ mark: 6, what: `log-log slope in ${of}`, wanted: '0.95 to 1.05', measured: slope, more: '', met });
  }
  const { peak, limit, rows } = linear.memory;
  marks.push(atMost(6, `a worker's peak at ${rows.toLocaleString('en')} rows, MB`, limit / 2 ** 20, peak / 2 ** 20));
  return marks;
}

function reference({ reference: part }) {
  if (!part?.distillery) return [];
  const what = `reference experiment${part.scale < 1 ? ' (a part of it)' : ''}: times as fast as two PyTorch processes`;
  return [atLeast(7, what, 3, ...ratio(part.pytorch, part.distillery))];
}

function browsers({ browsers: part }) {
  if (!part?.tasks) return [];
  const prints = Object.values(part.fingerprints);
  const same = prints.every((print) => ['loss', 'model', 'logits'].every((of) => print[of] === prints[0][of]));
  const where = Object.keys(part.fingerprints).join(', ');
  const marks = [
    { mark: 8, what: `the same bytes in ${where}`, wanted: 'yes', measured: same ? 'yes' : 'no', more: '', met: same },
  ];
  for (const [task, results] of Object.entries(part.tasks)) {
    for (const engine of ['Chromium', 'Firefox', 'WebKit']) {
      const [measured, more] = ratio(results[`${engine}: distillery`], results['Node: distillery']);
      if (measured === null) continue;
      const what = `${task}: ${engine}, times Node's time`;
      if (engine === 'Chromium') marks.push(atMost(8, what, 1.15, measured, more));
      else {
        const lag = measured > 4 / 3 ? '; lags: needs a profile' : '';
        marks.push({ mark: 8, what, wanted: 'printed', measured, more: more + lag, met: null });
      }
    }
  }
  return marks;
}

export const marksOf = (parts) => [w1, w2, w3, start, workers, reference, browsers].flatMap((of) => of(parts));
