/** Names that would be code, markup, formulas, paths or orders elsewhere: in columns, classes, file names and addresses. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Papa from 'papaparse';
import { distillery, importCommandLine, importSource, installed, runFiles } from '../../node/support.js';
import { promise } from '../campaign.js';
import { place } from '../subjects.js';

export const names = [
  '<script>globalThis.pwned=1</script>', '"><img src=x onerror="globalThis.pwned=1">', '</title><script>globalThis.pwned=1</script>', '</style><b>', '<svg/onload=globalThis.pwned=1>',
  '&lt;b&gt;', '<!--', '-->', ']]>', '<a href="javascript:globalThis.pwned=1">x</a>',
  "=cmd|' /C calc'!A0", '=1+1', '+1+1', '-1+1', '@SUM(1)', '\t=1+1', ' =1+1', '=HYPERLINK("http://x","y")', '＝1+1', '%0A=1+1',
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__', 'valueOf', 'then', 'length', 'toJSON',
  '${globalThis.pwned=1}', '`;globalThis.pwned=1;`', '"+(globalThis.pwned=1)+"', "'+(globalThis.pwned=1)+'", '\\', '\\"', '*/globalThis.pwned=1/*', '//', '??/', '%s%n%x',
  '\x1b[2J\x1b]0;gone\x07', '\u202Etxt.exe', '\u2066x', '\x01', '\u2028', '../../etc/passwd', 'CON', '; rm -rf /', '$(touch pwned)', '\uFEFFbom',
];

/** Tags and the names of their attributes: a page's structure. */
const structure = (page) => [...page.matchAll(/<(!?\/?[a-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi)]
  .map(([, tag, rest]) => `${tag} ${[...rest.matchAll(/([a-z:-]+)\s*=\s*(?:"[^"]*"|'[^']*'|\S+)/gi)].map(([, name]) => name).join(' ')}`);

const program = join(installed, 'dist/cli/main.js');

const hostile = {
  name: 'hostile', row: 12, unit: 'checks', goal: names.length * 9, short: names.length * 9,
  promise: '50 hostile names as columns, classes, files, run files and addresses: no script, no changed prototype, no formula in a CSV, no order to a terminal, no file elsewhere',
  async open({ seed, fault }) {
    const folder = place('hostile'), run = (...given) => spawnSync(process.execPath, [program, ...given], { cwd: folder, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
    const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
    const rows = Array.from({ length: 10 * names.length }, (_, row) => [row % 7, row * 31 % 11, names[row % 10], names[row % names.length]]);
    // A name before which the reader takes white space or a mark away is another; as a class each must be one of its own.
    writeFileSync(join(folder, 'data.csv'), [['<b>', '=2+2', '__proto__', 'class'], ...rows].map((row) => row.map((cell) => quoted(String(cell))).join(',')).join('\n'));
    for (const file of ['r.distillery']) rmSync(join(folder, file), { force: true });
    const made = run('distil', 'data.csv', '--label', 'class', '--run', 'r.distillery', '--out', 'm.safetensors', '--teachers', '1', '--teacher-hidden', '4', '--sizes', '4', '--seeds', '1', '--epochs', '1',
      '--temperature', '1', '--soft-weight', '0.5');
    promise(made.status === 0 || made.status === 4, made.stderr);
    const classes = (await distillery.loadDistillery()).loadModel(readFileSync(join(folder, 'm.safetensors'))).classNames;
    const said = [made, run('inspect', 'r.distillery'), run('inspect', 'm.safetensors'), run('inspect', 'data.csv'), run('report', 'r.distillery', '--out', 'r.html')];
    promise(run('predict', 'm.safetensors', 'data.csv', '--label', 'class', '--out', 'p.csv').status === 0, 'predict fails');
    for (const form of ['json', 'mjs', 'js', 'h']) promise(run('export', 'm.safetensors', '--out', `e.${form}`).status === 0, `export to ${form} fails`);
    const predicted = readFileSync(join(folder, 'p.csv'), 'utf8'), page = readFileSync(join(folder, 'r.html'), 'utf8');
    const { reportPage } = await importCommandLine('report-page');
    const kept = runFiles.decodeRunFile(readFileSync(join(folder, 'r.distillery')));
    const { fromLink, toLink } = await importSource('state/link', 'web/src'), plan = distillery.defaultPlan();
    const clean = { ...kept, data: { ...kept.data, name: 'a' }, table: { ...kept.table, columnNames: kept.table.columnNames.map((_, at) => `c${at}`), classNames: classes.map((_, at) => `k${at}`) } };
    const prototypes = () => JSON.stringify([Object.prototype, Array.prototype, String.prototype].map((of) => Object.getOwnPropertyNames(of).sort()));
    const before = prototypes();
    const checks = [
      function spreadsheet(name) {
        for (const [cell] of Papa.parse(predicted).data.slice(1)) {
          if (cell === undefined || cell !== name) continue;
          promise(!/^[\s\uFEFF]*[=+\-@\uFF1D]/.test(cell), `a formula in the predictions: ${cell}`);
        }
        if (fault) promise(!/^=/.test(name), `a formula in the predictions: ${name}`);
      },
      function reportFile(name) {
        const plain = structure(reportPage(clean));
        const dirty = reportPage({ ...clean, madeBy: name, data: { ...clean.data, name }, table: { ...clean.table, classNames: [name, ...clean.table.classNames.slice(1)], columnNames: [name], warnings: [name] } });
        // Lists of names may be longer or shorter; what they are made of may not change.
        const kinds = new Set(plain);
        for (const tag of structure(dirty)) promise(kinds.has(tag), `the report has <${tag}>`);
        promise(!/<script|onerror=|javascript:/i.test(dirty.replace(/&lt;|&#39;|&quot;/g, '')) || !/<script/i.test(dirty), 'the report has a script');
      },
      (name) => { for (const { stdout, stderr } of said) promise(!/[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]/.test(stdout + stderr), `${JSON.stringify(name)}: an order to the terminal`); },
      (name) => { promise(JSON.parse(readFileSync(join(folder, 'e.json'), 'utf8')).classNames.join('\n') === classes.join('\n'), `${name}: other classes in the JSON`); },
      async (name) => {
        const exported = await import(`${pathToFileURL(join(folder, 'e.mjs'))}`);
        promise(globalThis.pwned === undefined, `${name}: the exported module ran it`);
        promise(Object.values(exported).some((value) => Array.isArray(value) && value.join('\n') === classes.join('\n')), `${name}: other classes in the module`);
      },
      (name) => {
        if (names.indexOf(name) > 0) return;   // one header for all
        execFileSync('cc', ['-x', 'c', '-std=c99', '-Werror=trigraphs', '-fsyntax-only', join(folder, 'e.h')], { stdio: 'pipe' });
        const header = readFileSync(join(folder, 'e.h'), 'utf8').replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"/g, '');
        promise(!header.includes('pwned'), 'a name is code in the C header');
      },
      (name) => {
        for (const place_ of ['rows', 'sizes', 'set', 'margin', name]) {
          const linked = fromLink(`#v=1&${encodeURIComponent(place_)}=${encodeURIComponent(name)}`, plan);
          const written = toLink(linked.choice, linked.edited, linked.margin, plan);
          promise(!/[<>"'`\s]/.test(written), `${name}: ${written}`);
        }
      },
      (name) => {
        const table = { features: Float32Array.of(1, 2, 3, 4), columns: 1, labels: Int32Array.of(0, 1, 0, 1), classNames: [name, `${name}2`] };
        try {
          distillery.completePlan(JSON.parse(`{${JSON.stringify(name)}: {"x": 1}}`));
          promise(false, `${name} is taken for an option`);
        } catch (error) {
          promise(error.code === 'invalid_option', `${name} as an option: ${error.message}`);
        }
        promise(!('x' in {}) && table.classNames[0] === name, `${name}: a prototype has changed`);
      },
      (name) => { promise(prototypes() === before && {}.x === undefined && globalThis.pwned === undefined, `${name}: a prototype has changed`); },
    ];
    promise(structure(page).every((tag) => !/script|iframe|object|embed|img/i.test(tag.split(' ')[0])), 'the report has what could load or run');
    return { check: (number) => checks[number % checks.length](names[Math.floor(number / checks.length) % names.length]) };
  },
};

export const campaigns = [hostile];
