// What is printed: a table per workload, then the marks; and the table for the README.
import { contenders } from '../contenders/index.mjs';
import { nets, titles, trainingFlops } from './workloads.mjs';

export const number = (value) => (value == null ? '–' : value >= 100 ? Math.round(value).toLocaleString('en')
  : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** Columns as wide as their widest cell; the first and the last to the left. */
export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, at) => Math.max(...cells.map((row) => row[at].length)));
  const left = (at) => at === 0 || at === head.length - 1;
  const pad = (cell, at) => (left(at) ? cell.padEnd(widths[at]) : cell.padStart(widths[at]));
  const line = (row) => row.map(pad).join('  ').trimEnd();
  return [line(cells[0]), widths.map((width) => '─'.repeat(width)).join('──'), ...cells.slice(1).map(line)].join('\n');
}

function contestTable(results, base = 'distillery') {
  const ours = results[base];
  const ordered = Object.entries(results).sort(([, a], [, b]) => (a.min ?? Infinity) - (b.min ?? Infinity));
  const rows = ordered.map(([name, item]) => {
    if (item.min === undefined) return [name, '–', '–', '–', '–', item.skipped];
    const notes = [];
    if (item.loss != null) notes.push(`loss ${item.loss.toPrecision(3)}`);
    if (item.agreement != null) notes.push(item.agreement > 0.999 ? 'same answers' : 'a net of its own');
    const ratios = ours?.min ? [(item.min / ours.min).toFixed(2), (item.median / ours.median).toFixed(2)] : ['–', '–'];
    return [name, number(item.min), number(item.median), ...ratios, notes.join(', ')];
  });
  return table(['', 'min', 'median', 'ratio', 'of medians', ''], rows);
}

const printers = {
  contest({ tasks, peak, versions }) {
    for (const [name, results] of Object.entries(tasks)) {
      console.log(`\n${titles[name]}`);
      console.log(contestTable(results));
      const { min } = results.distillery ?? {};
      if (name.startsWith('w1') && min) {
        const rate = 4000 * trainingFlops(nets.teacher) / (min * 1e6);
        console.log(`useful rate ${rate.toFixed(1)} GFLOP/s; the machine's 128-bit multiply-add peak ${number(peak)}`);
      }
    }
    console.log(`\n${Object.entries(versions).map(([name, version]) => `${name}: ${version}`).join('; ')}`);
  },
  start({ node, chromium, downloads }) {
    console.log('\nFrom import to the first finished step in Node, ms');
    console.log(contestTable(node));
    console.log('\nThe same in Chromium, files cached');
    console.log(contestTable(chromium));
    console.log('\nDownloads, brotli');
    const rows = Object.entries(downloads).map(([name, bytes]) => [name, (bytes / 1000).toFixed(1), '']);
    console.log(table(['', 'kB', ''], rows));
  },
  workers(part) {
    console.log('\nEight teachers, ms');
    console.log(table(['', '1 worker', '2 workers', 'ratio', ''], Object.entries(part).map(([where, { one, two }]) => (
      [where, number(one.min), number(two.min), (one.min / two.min).toFixed(2), '']))));
  },
  linear({ memory, ...grown }) {
    for (const [name, { points, slope }] of Object.entries(grown)) {
      console.log(`\nms over ${name}, slope ${slope.toFixed(3)}`);
      console.log(points.map(([size, time]) => `${size.toLocaleString('en')}: ${number(time)}`).join('   '));
    }
    const mb = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
    const rows = memory.rows.toLocaleString('en');
    console.log(`\nA worker's peak at ${rows} rows: ${mb(memory.peak)}; mark ${mb(memory.limit)}`);
  },
  reference({ skipped, scale, distillery, pytorch }) {
    if (skipped) return console.log(skipped);
    console.log(`\nThe reference experiment${scale < 1 ? `, ${scale} of its epochs` : ''}, ms`);
    const row = (name, { min, median, student, baseline }) => (
      [name, number(min), number(median), student.toFixed(4), baseline.toFixed(4), '']);
    const rows = [row('distillery, Chromium, two workers', distillery)];
    if (pytorch) rows.push(row('PyTorch, two processes', pytorch));
    console.log(table(['', 'min', 'median', 'student', 'baseline', ''], rows));
  },
  browsers({ tasks, versions, fingerprints }) {
    for (const [name, results] of Object.entries(tasks)) {
      console.log(`\n${titles[name]}`);
      console.log(contestTable(results, 'Node: distillery'));
    }
    console.log(`\n${table(['', 'loss', 'model file', 'logits'], Object.entries(fingerprints).map(([name, print]) => (
      [`${name} ${versions[name]}`, print.loss, print.model.slice(0, 16), print.logits.slice(0, 16)])))}`);
  },
  lighthouse(part) {
    console.log('\nThe page by Lighthouse, of 100: performance as the median of its loads, the others at their worst');
    console.log(table(['', 'performance', 'accessibility', 'best practices', ''], Object.entries(part).map(([state, found]) => (
      [state, found.performance ?? '–', found.accessibility, found['best-practices'], '']))));
  },
};

export function printPart(name, part) {
  if (part.failed) console.log(`\n${name} failed: ${part.failed}`);
  else (printers[name] ?? printers.contest)(part);
}

export function printMarks(marks) {
  if (marks.length === 0) return;
  console.log('\nMarks');
  const verdict = { true: 'met', false: 'NOT MET', null: '–' };
  const shown = (measured) => (typeof measured === 'string' ? measured : number(measured));
  const rows = marks.map(({ mark, what, wanted, measured, more, met }) => (
    [`${mark}  ${what}`, wanted, shown(measured), verdict[met], more ?? '']));
  console.log(table(['', 'wanted', 'measured', '', ''], rows));
}

const [open, close] = ['<!-- bench -->', '<!-- /bench -->'];

/** One row per contender, as in the issue that set the marks. Minima. */
export function asMarkdown({ about, parts }) {
  const time = (name, task) => parts[task.split('-')[0]]?.tasks?.[task]?.[name]?.min;
  const cell = (...values) => values.map(number).join(' / ').replace(/^– \/ –$/, '–');
  const contests = [parts.w1?.tasks?.['w1-64'], parts.w2?.tasks?.w2, parts.w3?.tasks?.['w3-one'], parts.start?.node];
  const order = contenders.map(({ name }) => name);
  const names = Object.keys(Object.assign({}, ...contests)).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const columns = {
    '': (name) => name,
    'teacher, batch 64 / 256, ms an epoch': (name) => cell(time(name, 'w1-64'), time(name, 'w1-256')),
    'student, ms an epoch': (name) => cell(time(name, 'w2')),
    'one row, µs': (name) => cell(time(name, 'w3-one')),
    '10,000 rows, student / teacher, ms': (name) => cell(time(name, 'w3-student'), time(name, 'w3-teacher')),
    ...(parts.start?.node && { 'start, ms': (name) => cell(parts.start.node[name]?.min) }),
  };
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(Object.keys(columns)), `|${'-|'.repeat(Object.keys(columns).length)}`,
    ...names.map((name) => line(Object.values(columns).map((of) => of(name)))), '',
    `Minima of ${about.rounds} rounds in Node ${about.node.slice(1)} on one core, ${about.cpu}` +
      `${parts.w1?.peak ? `, 128-bit peak ${parts.w1.peak.toFixed(1)} GFLOP/s` : ''}.`,
  ].join('\n');
}

export function withTable(readme, markdown) {
  const from = readme.indexOf(open), to = readme.indexOf(close);
  if (from < 0 || to < from) throw new Error(`there is no ${open} … ${close} to write into`);
  return `${readme.slice(0, from + open.length)}\n${markdown}\n${readme.slice(to)}`;
}
