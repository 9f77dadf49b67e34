import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { crc32c, distillery, exporters, importCommandLine, importers, importSource, installed, longPlan, root, runFiles, sha256, smallPlan, temporary } from './support.js';

// The command line as a user runs it: the packed package's bin, as a process of its own, in a folder of its own.

const { bin, version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
const program = join(installed, bin.distillery);
const folder = temporary();
const at = (name) => join(folder, name);
const read = (name) => readFileSync(at(name));
/** As it comes back: JSON has no −0. */
const asJson = (value) => JSON.parse(JSON.stringify(value));
const json = (name) => JSON.parse(readFileSync(at(name), 'utf8'));
const instance = await distillery.loadDistillery();

/** Runs it to its end. act: gets the process and what it has said on standard error so far, whenever it says something. */
function run(given, { input, act = () => {}, env = {}, folder: cwd = folder } = {}) {
  const process_ = spawn(process.execPath, [program, ...given], { cwd, env: { ...process.env, NO_COLOR: '1', ...env } });
  const said = { stdout: [], stderr: [] };
  process_.stdout.on('data', (piece) => said.stdout.push(piece));
  process_.stderr.on('data', (piece) => {
    said.stderr.push(piece);
    act(process_, Buffer.concat(said.stderr).toString());
  });
  process_.stdin.on('error', () => {});  // it need not read to the end
  process_.stdin.end(input);
  return new Promise((resolve) => process_.on('close', (code, signal) => resolve({
    code, signal, stdout: Buffer.concat(said.stdout).toString(), stderr: Buffer.concat(said.stderr).toString(),
  })));
}

/** The same, for what must succeed. */
async function succeed(...given) {
  const ended = await run(given);
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
}

// ---- data ----

const moons = instance.generate('moons', { rows: 500, noise: 0.25, seed: 3 });
const csv = ['x,y,class', ...Array.from(moons.labels, (label, row) =>
  [moons.features[2 * row], moons.features[2 * row + 1], moons.classNames[label]].join(','))].join('\n');
writeFileSync(at('moons.csv'), csv);
writeFileSync(at('moons.csv.gz'), gzipSync(csv));
writeFileSync(at('plan.json'), JSON.stringify(smallPlan));
/** To be interrupted: a quarter of a second a network. */
const longer = { teachers: { ...longPlan.teachers, training: { epochs: 60 } }, students: { ...longPlan.students, training: { epochs: 1000 } } };
writeFileSync(at('long.json'), JSON.stringify(longer));

/** Names that would be code, markup, formulas or a terminal's orders elsewhere. */
const hostile = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "=cmd|' /C calc'!A0", '\x1b[2Jgone', '&amp;</style>'];
const quotedField = (text) => `"${text.replaceAll('"', '""')}"`;
const strange = [['</title><b>', 'colour', 'size', 'class'].map(quotedField).join(','), ...Array.from({ length: 120 }, (_, row) =>
  [row * 7 % 31, ['red', 'green', 'blue'][row % 3], row % 10 === 0 ? '' : row % 5, hostile[row % 5]].map((field) => quotedField(String(field))).join(','))].join('\n');
writeFileSync(at('strange.csv'), strange);

const small = ['--plan', 'plan.json'];
const quick = ['--teachers', '2', '--teacher-hidden', '8', '--sizes', '2,4', '--seeds', '2', '--epochs', '2'];

/** What the package distils of the same file by the same plan. */
const library = await (async () => {
  const table = await distillery.readCsv(Buffer.from(csv));
  const made = distillery.distil(table, smallPlan);
  const report = await made.report, student = made.chosen();
  made.dispose();
  return { table, report, student };
})();

/** Of the longer plan, undisturbed. */
const longStudent = (async () => {
  const made = distillery.distil(library.table, longer);
  await made.report;
  const student = made.chosen();
  made.dispose();
  return student;
})();

// One run that several tests look at: no size is within a point here, so it ends with 4.
const first = await run(['distil', 'moons.csv', ...small, '--out', 'student.safetensors']);

test('distil writes the student that the package and the C++ library distil, to the byte, and exits with 4 where no size passes', () => {
  assert.equal(library.report.choice.status, 'none');
  assert.equal(first.code, 4, first.stderr);
  assert.deepEqual(new Uint8Array(read('student.safetensors')), library.student);
  assert.match(first.stdout, /^No size is within 1 point of the ensemble's accuracy\. The closest has \d+ parameters/);

  const tool = join(root, 'build/release/bin/distil_tool');
  assert.ok(existsSync(tool), 'build it first: cmake --build --preset release');
  writeFileSync(at('table'), instance.saveTable(library.table));
  execFileSync(tool, [at('table'), '0', '1', at('native')], { stdio: ['ignore', 'inherit', 'inherit'] });
  assert.equal(sha256(read('student.safetensors')), sha256(read('native')));
});

test('the answer is on standard output, with a line for each size and a word on each figure; progress is lines elsewhere', () => {
  const { sizes, test: { sizes: scores, rows } } = library.report;
  assert.ok(first.stdout.includes(`On ${rows} test rows:`));
  for (const [index, { hidden, parameters }] of sizes.entries()) {
    const line = first.stdout.split('\n').find((text) => text.replace(/^[> ] /, '').startsWith(`${hidden.join('-')} `));
    assert.ok(line?.includes(` ${parameters} `), `a line for ${hidden}: ${line}`);
    const { estimate } = scores[index].student.accuracy;
    assert.ok(line.includes(` ${(estimate * 100).toFixed(1)} [`), `${estimate} in ${line}`);
  }
  for (const title of ['recipe', 'student', 'plain', 'gain', 'to ensemble'])
    assert.match(first.stdout, new RegExp(`^  ${title} +\\S.*\\S$`, 'm'));
  assert.match(first.stderr, /^moons\.csv: 500 rows, 2 features, 2 classes \(label 'class'\)\.$/m);
  assert.match(first.stderr, /^\d+%: \d of 3 teachers, \d+ of 16 trials, \d+ of 6 students, \d+ of 12 baselines/m);
  assert.doesNotMatch(first.stderr + first.stdout, /\x1b|\r/, 'a pipe is no terminal');
});

test('an ensemble of your own and unlabelled rows come as files, and teach what the package teaches with them', async () => {
  const more = instance.generate('moons', { rows: 90, noise: 0.25, seed: 4 });
  const lines = (table, ...columns) => Array.from(table.labels, (_, row) => [table.features[2 * row], table.features[2 * row + 1], ...columns].join(','));
  writeFileSync(at('more.csv'), ['x,y', ...lines(more)].join('\n'));
  writeFileSync(at('all.csv'), ['x,y', ...lines(moons), ...lines(more)].join('\n'));
  // What `predict` writes is what --ensemble reads.
  await succeed('predict', 'student.safetensors', 'all.csv', '--out', 'answers.csv');
  writeFileSync(at('given.json'), JSON.stringify({ ...smallPlan, students: { ...smallPlan.students, recipe: [{ temperature: 1, softWeight: 0.9, transfer: true }] } }));
  const brought = ['--ensemble', 'answers.csv', '--unlabelled', 'more.csv'];
  const ended = await run(['distil', 'moons.csv', ...brought, '--plan', 'given.json', '--out', 'given.safetensors', '--run', 'given.distillery']);
  assert.ok([0, 4].includes(ended.code), ended.stderr);
  assert.match(ended.stdout, /the given ensemble on/);

  const model = instance.loadModel(library.student), all = Float32Array.from([...moons.features, ...more.features]);
  // The file has nine digits, which tell every float.
  const table = { ...library.table, unlabelled: more.features, ensemble: model.predictProba(all) };
  model.dispose();
  const made = distillery.distil(table, json('given.json'));
  await made.report;
  assert.deepEqual(new Uint8Array(read('given.safetensors')), made.chosen());
  made.dispose();

  const told = JSON.parse((await run(['inspect', 'given.distillery', '--json'])).stdout);
  assert.equal(told.brought.ensemble.sha256, sha256(read('answers.csv')));
  assert.equal(told.brought.unlabelled.path, 'more.csv');
  assert.match((await succeed('inspect', 'given.distillery')).stdout, /none: answers\.csv says what they would/);
  await succeed('report', 'given.distillery', '--out', 'given.html');
  assert.match(read('given.html').toString(), /None: the ensemble's answers were given/);
  assert.ok([0, 4].includes((await run(['distil', '--resume', 'given.distillery', '--out', 'again.safetensors'])).code));
  assert.deepEqual(read('again.safetensors'), read('given.safetensors'));

  const answers = read('answers.csv').toString();
  for (const [change, args, code, message] of [
    [() => writeFileSync(at('answers.csv'), answers.replace('\r\n', '\r\n\r\n')), ['--resume', 'given.distillery'], 3, /answers\.csv is not what the run began with/],
    [() => writeFileSync(at('answers.csv'), answers.split('\r\n').slice(0, 300).join('\r\n')), ['moons.csv', ...brought], 3, /answers\.csv has 299 rows of answers; the data and the unlabelled rows have 590/],
    [() => writeFileSync(at('answers.csv'), answers.replace(/probability of /, 'p')), ['moons.csv', ...brought], 3, /answers\.csv has no column/],
    [() => {}, ['moons.csv', '--ensemble', '-'], 2, /--ensemble: standard input is for the data/],
    [() => {}, ['moons.csv', '--unlabelled', 'nowhere.csv'], 3, /nowhere\.csv cannot be read/],
  ]) {
    change();
    const refused = await run(['distil', ...args]);
    assert.equal(refused.code, code, refused.stderr);
    assert.match(refused.stderr, message);
  }
});

test('standard input, gzip and one worker give the same student; --quiet says nothing; --json is one line of JSON', async () => {
  const piped = await run(['distil', '-', ...small, '--workers', '1', '--quiet', '--json', '--out', 'piped.safetensors'], { input: read('moons.csv.gz') });
  assert.equal(piped.code, 4);
  assert.equal(piped.stderr, '');
  assert.deepEqual(read('piped.safetensors'), read('student.safetensors'));
  assert.equal(piped.stdout.trim().split('\n').length, 1);
  const told = JSON.parse(piped.stdout);
  assert.equal(told.version, 1);
  assert.deepEqual(told.report, asJson(library.report));
  assert.deepEqual(told.plan, distillery.completePlan(smallPlan));
  assert.deepEqual(told.schema, library.table.schema);
  assert.deepEqual(told.data, { path: null, name: 'standard input', bytes: read('moons.csv.gz').length, sha256: sha256(read('moons.csv.gz')) });
  assert.deepEqual(told.files, { student: 'piped.safetensors', schema: 'piped.schema.json', run: 'stdin.distillery' });
});

test('a finished run is resumed for another margin, without training, and says that the test is not fresh', async () => {
  writeFileSync(at('margin.distillery'), read('moons.distillery'));
  const { code, stdout, stderr } = await run(['distil', '--resume', 'margin.distillery', '--margin', '0.5', '--out', 'margin.onnx']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^A student of \d+ parameters \(hidden layers [\d-]+\) is enough: [\d,.]+ times smaller than the ensemble, and within 50 points/);
  assert.match(stdout, /margin was changed after the test rows had been scored/);
  assert.doesNotMatch(stderr, /%:/, 'nothing trains');
  const again = JSON.parse((await succeed('distil', '--resume', 'margin.distillery', '--json')).stdout);
  assert.equal(again.plan.margin, 0.5);
  assert.equal(again.marginChangedLate, true);
  assert.equal(again.report.choice.status, 'chosen');
});

test('Ctrl-C leaves a run that says how to go on, and goes on to the same bytes as an undisturbed one', async () => {
  const expected = await longStudent;

  const stopAt = (pattern) => {
    let sent = false;
    return { act: (process_, said) => { if (!sent && pattern.test(said)) sent = process_.kill('SIGINT'); } };
  };
  const begun = await run(['distil', 'moons.csv', '--plan', 'long.json', '--run', 'long.distillery', '--out', 'long.safetensors', '--workers', '1'], stopAt(/^\d+%: 1 of 2 teachers/m));
  assert.equal(begun.code, 130, begun.stderr);
  assert.equal(begun.stdout, '');
  assert.match(begun.stderr, /^  distillery distil --resume long\.distillery --out long\.safetensors$/m);
  assert.ok(!existsSync(at('long.safetensors')));

  // What is there of it: looked at, reported, and not replaced by accident.
  const { report } = JSON.parse((await succeed('inspect', 'long.distillery', '--json')).stdout);
  assert.equal(report.finished, false);
  await succeed('report', 'long.distillery', '--out', 'long.html');
  assert.match(read('long.html').toString(), /This run is not finished/);
  const replacing = await run(['distil', 'moons.csv', '--plan', 'long.json', '--run', 'long.distillery']);
  assert.equal(replacing.code, 2);
  assert.match(replacing.stderr, /not finished. Go on with --resume long\.distillery/);
  writeFileSync(at('other.csv'), csv.replace('\n', '\n0,0,0\n'));
  const others = await run(['distil', 'other.csv', '--resume', 'long.distillery']);
  assert.equal(others.code, 3);
  assert.match(others.stderr, /not what the run began with/);

  const further = await run(['distil', '--resume', 'long.distillery', '--workers', '2'], stopAt(/^[6-9]0%: 2 of 2 teachers/m));
  assert.equal(further.code, 130, further.stderr);
  assert.ok(Number(further.stderr.match(/^(\d+)%: /m)[1]) >= 10, 'it goes on where it was');
  const ended = await run(['distil', '--resume', 'long.distillery', '--out', 'long.safetensors']);
  assert.ok(ended.code === 0 || ended.code === 4, ended.stderr);
  assert.deepEqual(new Uint8Array(read('long.safetensors')), expected);
});

test('killed in mid-run, it goes on from what was kept last, to the same bytes', async () => {
  const expected = await longStudent;
  // The end of the first stage is always kept: from then on there is something to lose.
  const killed = await run(['distil', 'moons.csv', '--plan', 'long.json', '--run', 'killed.distillery', '--keep-data', '--workers', '1'], {
    act(process_) {
      if (process_.watched) return;
      process_.watched = setInterval(() => {
        if (existsSync(at('killed.distillery'))) process_.kill('SIGKILL');
      }, 20);
      process_.on('close', () => clearInterval(process_.watched));
    },
  });
  assert.equal(killed.signal, 'SIGKILL', killed.stderr);
  const kept = runFiles.decodeRunFile(new Uint8Array(read('killed.distillery')));
  assert.equal(kept.report.finished, false);
  assert.deepEqual(kept.report.teachers.map(({ state }) => state), ['done', 'done']);

  // Elsewhere, where there is no data: the file has it.
  mkdirSync(at('elsewhere'));
  renameSync(at('killed.distillery'), at('elsewhere/run'));
  const told = JSON.parse((await succeed('inspect', 'elsewhere/run', '--json')).stdout);
  assert.ok(told.tableBytes > 500 * 3 * 4);
  const named = await run(['distil', 'moons.csv', '--resume', 'elsewhere/run']);
  assert.equal(named.code, 2);
  assert.match(named.stderr, /holds its data: leave moons\.csv out/);
  const ended = await run(['distil', '--resume', 'run', '--out', 'killed.safetensors'], { folder: at('elsewhere') });
  assert.ok([0, 4].includes(ended.code), ended.stderr);
  assert.ok(Number(ended.stderr.match(/^(\d+)%: /m)[1]) >= 10, 'it goes on where it was');
  assert.deepEqual(new Uint8Array(read('elsewhere/killed.safetensors')), expected);
  assert.deepEqual(json('elsewhere/killed.schema.json'), library.table.schema);
  await succeed('report', 'elsewhere/run', '--out', 'killed.html');
});

test('a run with groups and gaps keeps them in its file: what it gives there it gives anywhere', async () => {
  const rows = Array.from({ length: 240 }, (_, row) => [row % 11 === 0 ? '' : Math.sin(row).toFixed(3), row * 7 % 31, `p${row >> 2}`, row * 7 % 31 > 15 ? 'a' : 'b']);
  writeFileSync(at('gaps.csv'), ['v,w,patient,class', ...rows.map((row) => row.join(','))].join('\n'));
  const made = await run(['distil', 'gaps.csv', ...quick, '--missing', 'mean', '--group', 'patient', '--keep-data', '--out', 'gaps.safetensors', '--json']);
  assert.ok([0, 4].includes(made.code), made.stderr);
  const { schema, csv: options, savedTable, report, plan } = JSON.parse(made.stdout);
  assert.deepEqual(options, { group: 'patient', missing: 'mean' });
  assert.equal(savedTable, undefined, 'no row is in the report');
  assert.deepEqual(schema.columns.map(({ name, fill }) => [name, Number.isFinite(fill)]), [['v', true], ['w', true]]);
  const table = await distillery.readCsv(read('gaps.csv'), { group: 'patient', missing: 'mean' });
  const again = distillery.distil(table, plan);
  assert.deepEqual(asJson(await again.report), report);
  assert.deepEqual([...again.fills()], schema.columns.map(({ fill }) => fill));
  assert.deepEqual(new Uint8Array(read('gaps.safetensors')), again.chosen());
  again.dispose();

  mkdirSync(at('moved'));
  renameSync(at('gaps.distillery'), at('moved/gaps.distillery'));
  const resumed = await run(['distil', '--resume', 'gaps.distillery', '--out', 'gaps.safetensors'], { folder: at('moved') });
  assert.equal(resumed.code, made.code, resumed.stderr);
  assert.deepEqual(read('moved/gaps.safetensors'), read('gaps.safetensors'));
  assert.deepEqual(json('moved/gaps.schema.json'), schema);
  assert.match((await succeed('inspect', 'gaps.csv', '--group', 'patient', '--missing', 'mean')).stdout, /^groups +60$/m);
  const torn = await run(['distil', 'gaps.csv', ...quick, '--missing', 'mean', '--group', 'patient', '--official-test-rows', '30', '--run', 'torn.distillery']);
  assert.equal(torn.code, 3);
  assert.match(torn.stderr, /Rows 209 and 211 are of one group/);
});

test('while it trains a run is kept at the end of each stage and each ten seconds, more rarely where that takes long', async (t) => {
  const { Autosave } = await importCommandLine('autosave');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const pass = async (ms) => { now += ms; t.mock.timers.tick(ms); await new Promise((resolve) => setImmediate(resolve)); };
  const jobs = ['teacher', 'teacher', 'student', 'baseline', 'test'].map((kind, id) => ({ id, kind }));
  let saved = 0, cost = 0, failing = false;
  const heard = [];
  const autosave = new Autosave(async () => {
    ++saved;
    await pass(cost);
    if (failing) throw new Error('full');
  }, (error) => heard.push(error.message));
  const done = (id) => autosave.event({ type: 'job', job: jobs[id] });
  const after = (expected, what) => assert.equal(saved, expected, what);

  autosave.event({ type: 'started', jobs, done: [] });
  done(0);
  await pass(9_999);
  after(0, 'too early');
  await pass(1);
  after(1, 'ten seconds');
  done(1);
  await pass(0);
  after(2, 'the teachers are done');
  done(2);
  await pass(0);
  after(2, 'of students and baselines one is left');
  cost = 3_000;
  await pass(10_000);
  after(3, 'ten seconds after the last');
  await pass(29_999);
  after(3, 'it took three');
  await pass(1);
  after(4, 'ten times as long');
  failing = true;
  done(3);
  await pass(0);
  after(5, 'students and baselines are done');
  await pass(30_000);
  after(6, 'it goes on where it could not be written');
  assert.deepEqual(heard, ['full'], 'which is said once');
  await autosave.end();
  await pass(1e6);
  after(6, 'nothing after the end');
});

test('the second signal ends it at once, and nothing half-written is left', async () => {
  let sent = false;
  const ended = await run(['distil', 'moons.csv', '--plan', 'long.json', '--run', 'twice.distillery'], {
    act(process_, said) {
      if (sent || !/^\d+%:/m.test(said)) return;
      sent = true;
      // Two that differ, for of one kind the second could be lost; the run cannot be saved in between.
      process_.kill('SIGINT');
      process_.kill('SIGTERM');
    },
  });
  assert.equal(ended.code, 130, ended.stderr);
  assert.doesNotMatch(ended.stderr, /--resume/);
  // What was kept while it trained is whole.
  for (const name of readdirSync(folder).filter((one) => one.includes('twice'))) {
    assert.equal(name, 'twice.distillery');
    assert.equal(runFiles.decodeRunFile(new Uint8Array(read(name))).report.finished, false);
  }
});

test('a run of standard input is resumed with its data given again', async () => {
  writeFileSync(at('piped.distillery'), read('stdin.distillery'));
  const without = await run(['distil', '--resume', 'piped.distillery']);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /read standard input: give its data again/);
  const again = await run(['distil', '-', '--resume', 'piped.distillery', '--out', 'again.safetensors'], { input: read('moons.csv.gz') });
  assert.equal(again.code, 4, again.stderr);
  assert.deepEqual(read('again.safetensors'), read('student.safetensors'));
});

test('export and distil write what the exporters give, with the names of the columns', async () => {
  const student = new Uint8Array(read('student.safetensors')), featureNames = ['x', 'y'];
  const { toC, toJavaScript, toJson, toOnnx } = exporters;
  await Promise.all([['onnx', toOnnx, 'float32'], ['json', toJson, 'float32'], ['mjs', toJavaScript, 'float32'], ['js', toJavaScript, 'int8'], ['h', toC, 'int8']]
    .map(async ([ending, make, weights]) => {
      const name = `my net.${ending}`;
      await succeed('export', 'student.safetensors', '--out', name, ...(weights === 'int8' ? ['--int8'] : []));
      assert.deepEqual(read(name), Buffer.from(make(student, { weights, featureNames, name: 'my net' })), name);
    }));
  const { code } = await run(['distil', '--resume', 'moons.distillery', '--out', 'resumed.onnx', '--int8']);
  assert.equal(code, 4);
  assert.deepEqual(read('resumed.onnx'), Buffer.from(exporters.toOnnx(student, { weights: 'int8', featureNames })));
  assert.deepEqual(json('resumed.schema.json'), library.table.schema);
});

/** RFC 4180, as this program writes it. */
const parsed = (text) => text.split('\r\n').slice(0, -1).map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain));

test('predict answers each row as the package does, by name where there is a schema, by position where there is none', async () => {
  const model = instance.loadModel(library.student);
  const probabilities = model.predictProba(library.table.features), logits = model.logits(library.table.features);
  model.dispose();
  await succeed('predict', 'student.safetensors', 'moons.csv', '--out', 'predictions.csv');
  const [header, ...rows] = parsed(read('predictions.csv').toString());
  assert.deepEqual(header, ['class', 'probability of 0', 'probability of 1']);
  assert.equal(rows.length, 500);
  for (const [row, [name, ...shares]] of rows.entries()) {
    assert.equal(name, logits[2 * row + 1] > logits[2 * row] ? '1' : '0');
    assert.deepEqual(Float32Array.from(shares, Number), probabilities.slice(2 * row, 2 * row + 2));
  }

  // Another order, another column, no classes: by name it is the same. So it is from a pipe.
  const turned = csv.split('\n').map((line, row) => { const [x, y] = line.split(','); return [y, row === 0 ? 'note' : 'n', x].join(';'); }).join('\n');
  const piped = await run(['predict', 'student.safetensors', '-'], { input: turned });
  assert.equal(piped.code, 0, piped.stderr);
  assert.equal(piped.stdout, read('predictions.csv').toString());

  // Without a schema: by position, and what is no feature is named.
  writeFileSync(at('alone.safetensors'), read('student.safetensors'));
  const alone = await run(['predict', 'alone.safetensors', 'moons.csv', '--label', 'class']);
  assert.equal(alone.stdout, piped.stdout);
  assert.match(alone.stderr, /no alone\.schema\.json: the columns are taken in the order of the file/);
  const right = rows.filter(([name], row) => name === String(library.table.labels[row])).length;
  assert.ok(alone.stderr.includes(`Right on ${(right / 5).toFixed(1)}% of 500 rows`), alone.stderr);
  const unnamed = await run(['predict', 'alone.safetensors', '-', '--header', 'no'], { input: csv.split('\n').slice(1).map((line) => line.replace(/,[^,]*$/, '')).join('\n') });
  assert.equal(unnamed.stdout, piped.stdout);
  const tooMany = await run(['predict', 'alone.safetensors', 'moons.csv']);
  assert.equal(tooMany.code, 3);
  assert.match(tooMany.stderr, /3 columns of features, and the network has 2 inputs/);
});

test('categories, missing values and hostile names: filled as in training, no formula in the predictions, no order to the terminal', async () => {
  const made = await run(['distil', 'strange.csv', ...quick, '--missing', 'median', '--official-test-rows', '20', '--missing-value', 'none',
    '--out', 'strange.safetensors', '--run', 'strange.distillery']);
  assert.ok(made.code === 0 || made.code === 4, made.stderr);
  const { columns, missing } = json('strange.schema.json');
  assert.equal(missing, 'median');
  assert.deepEqual(columns.map(({ kind }) => kind), ['numeric', 'categorical', 'numeric']);
  // Rows 0 … 99 have no test rows; sizes 0 to 4 but for each tenth, which is a 0.
  assert.equal(columns[2].fill, 2);

  const { stdout, stderr } = await succeed('predict', 'strange.safetensors', 'strange.csv');
  const [header, ...rows] = parsed(stdout);
  assert.equal(rows.length, 120);
  assert.ok(rows.every(([name]) => hostile.includes(name) || name === `'${hostile[2]}`));
  assert.ok(rows.every(([name]) => !/^[=+@-]/.test(name)));
  assert.deepEqual(new Set(header.slice(1)), new Set(hostile.map((name) => `probability of ${name}`)));
  assert.match(stderr, /Right on \d/);
  for (const file of ['strange.safetensors', 'strange.distillery', 'strange.csv']) {
    const told = await succeed('inspect', file, ...(file.endsWith('csv') ? ['--missing', 'skip'] : []));
    assert.doesNotMatch(told.stdout + told.stderr, /\x1b/, file);
    assert.ok(told.stdout.includes('\\u001b[2Jgone'), told.stdout);
  }
  assert.doesNotMatch(made.stderr + made.stdout, /\x1b/);

  writeFileSync(at('new.csv'), 'colour,size,</title><b>\nred,1,2\n');
  assert.equal(parsed((await succeed('predict', 'strange.safetensors', 'new.csv', '--quiet')).stdout).length, 2);
  writeFileSync(at('bad.csv'), 'colour,size,</title><b>\nred,1,many\n');
  const bad = await run(['predict', 'strange.safetensors', 'bad.csv']);
  assert.equal(bad.code, 3);
  assert.match(bad.stderr, /^error: bad\.csv: Line 2: 'many' in column/);
});

test('a class that is a number stays one; what a spreadsheet would compute does not', async () => {
  const rows = Array.from({ length: 80 }, (_, row) => `${row % 4},${row * 37 % 101},${['-1', '+1', '+a', '@b'][row % 4]}`);
  writeFileSync(at('signs.csv'), ['v,w,class', ...rows].join('\n'));
  const made = await run(['distil', 'signs.csv', ...quick.slice(0, -2), '--epochs', '60', '--student-epochs', '300', '--out', 'signs.safetensors']);
  assert.ok(made.code === 0 || made.code === 4, made.stderr);
  const { inputs, classNames } = JSON.parse((await succeed('inspect', 'signs.safetensors', '--json')).stdout);
  assert.deepEqual({ inputs, classNames }, { inputs: 2, classNames: ['+1', '+a', '-1', '@b'] });
  const [, ...answers] = parsed((await succeed('predict', 'signs.safetensors', 'signs.csv')).stdout);
  const names = ['+1', "'+a", '-1', "'@b"];
  for (const [name, ...shares] of answers) assert.equal(Number(shares[names.indexOf(name)]), Math.max(...shares.map(Number)));
  assert.deepEqual(new Set(answers.map(([name]) => name)), new Set(names), 'all of them are predicted');
});

test('the page of a report has every figure, no script, and no name that was not escaped', async () => {
  await succeed('report', 'strange.distillery', '--out', 'strange.html');
  const page = read('strange.html').toString();
  for (const name of ['<script', '<img', '</title><b>', '\x1b', "' /C calc'"]) assert.ok(!page.includes(name), name);
  assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  assert.ok(page.includes('&amp;amp;&lt;/style&gt;'));
  assert.equal(page.match(/<\/style>/g).length, 1);

  await succeed('report', 'moons.distillery', '--out', 'moons.html');
  const moonsPage = read('moons.html').toString(), { sizes, test: { sizes: scores } } = library.report;
  const drawn = moonsPage.match(/<svg[^]*<\/svg>/)[0];
  // Three kinds of network for each size, and three in the legend.
  assert.equal(drawn.match(/<circle/g).length, sizes.length + 1);
  assert.equal(drawn.match(/<path/g).length, sizes.length + 1);
  assert.match(drawn, /parameters of the student/);
  assert.match(drawn, /accuracy on the test rows/);
  for (const [index, { hidden, parameters }] of sizes.entries()) {
    const { estimate, lower, upper } = scores[index].student.accuracy, percent = (share) => `${(share * 100).toFixed(1)}%`;
    assert.ok(drawn.includes(`<title>student, ${hidden.join('-')}, ${parameters} parameters: ${percent(estimate)} (${percent(lower)} to ${percent(upper)})</title>`), drawn);
  }
  assert.doesNotMatch(moonsPage, /NaN|undefined|\[object/);
  assert.equal((await succeed('report', 'moons.distillery', '--out', '-')).stdout, moonsPage);
});

test('inspect tells of models, runs and CSV files what they hold, whatever they are called', async () => {
  writeFileSync(at('model.csv'), read('student.safetensors'));
  writeFileSync(at('run.csv'), read('moons.distillery'));
  writeFileSync(at('data.safetensors'), csv);
  const model = JSON.parse((await succeed('inspect', 'model.csv', '--json')).stdout);
  const size = library.report.sizes[library.report.choice.size];
  assert.deepEqual(model, { kind: 'model', inputs: 2, hidden: size.hidden, classes: 2, parameters: size.parameters, bytes: library.student.length, classNames: ['0', '1'] });
  const made = JSON.parse((await succeed('inspect', 'run.csv', '--json')).stdout);
  assert.equal(made.kind, 'run');
  assert.deepEqual(made.report, asJson(library.report));
  assert.equal(made.data.path, 'moons.csv');
  assert.equal(made.data.sha256, sha256(csv));
  const table = JSON.parse((await succeed('inspect', 'data.safetensors', '--json')).stdout);
  assert.deepEqual({ kind: table.kind, rows: table.rows, columnNames: table.columnNames, counts: table.classCounts },
    { kind: 'csv', rows: 500, columnNames: ['x', 'y'], counts: library.table.classCounts });
  assert.match((await succeed('inspect', 'student.safetensors')).stdout, /^columns +x, y$/m);
});

test('models of others, and exports of ours, are taken wherever a student is', async () => {
  const { fromJson, fromOnnx, fromSafetensors } = importers, given = (name) => readFileSync(join(root, 'tests/fixtures/imports', name));
  writeFileSync(at('torch.onnx'), given('gemm.onnx'));
  writeFileSync(at('torch.safetensors'), given('f32.safetensors'));
  writeFileSync(at('six.csv'), `a,b,c,d,e,f\n${[[0.02, -1, 100, 0, -2000, 0.25], [0.03, 0, 90, 0.5, -1500, 3]].map((row) => row.join()).join('\n')}\n`);
  for (const [name, imported] of [['torch.onnx', fromOnnx(given('gemm.onnx'))], ['torch.safetensors', fromSafetensors(given('f32.safetensors'))]]) {
    const told = JSON.parse((await succeed('inspect', name, '--json')).stdout);
    assert.deepEqual(told, { kind: 'model', inputs: 6, hidden: [16, 16, 16, 16], classes: 3, parameters: 979, bytes: read(name).length, classNames: ['0', '1', '2'] });
    await succeed('export', name, '--out', 'taken.safetensors');
    assert.deepEqual(new Uint8Array(read('taken.safetensors')), imported);
    await succeed('export', name, '--out', 'taken.json');
    assert.equal(read('taken.json').toString(), exporters.toJson(imported));
    const answered = await succeed('predict', name, 'six.csv');
    assert.equal(answered.stdout, (await succeed('predict', 'taken.safetensors', 'six.csv')).stdout);
    assert.equal(parsed(answered.stdout).length, 3);
  }
  // Known by what is in them, whatever they are called; and back to the same bytes.
  for (const ending of ['onnx', 'json']) {
    await succeed('export', 'student.safetensors', '--out', `back.${ending}`);
    writeFileSync(at('back.dat'), read(`back.${ending}`));
    await succeed('export', 'back.dat', '--out', 'back.safetensors');
    assert.deepEqual(read('back.safetensors'), read('student.safetensors'), ending);
  }
  writeFileSync(at('less.json'), JSON.stringify(JSON.parse(exporters.toJson(library.student))));   // without spaces
  assert.deepEqual(fromJson(read('less.json')), library.student);
  assert.equal(JSON.parse((await succeed('inspect', 'less.json', '--json')).stdout).kind, 'model');
});

test('each wrong command has its own message, said once, and its exit code', async () => {
  mkdirSync(at('folder'));
  writeFileSync(at('no-plan.json'), '[]');
  writeFileSync(at('wrong-plan.json'), '{"teachers": {"number": 3}}');
  const onnx = readFileSync(join(root, 'tests/fixtures/imports/gemm.onnx'), 'latin1');
  writeFileSync(at('tanh.onnx'), onnx.replaceAll('Relu', 'Tanh'), 'latin1');
  writeFileSync(at('cut.onnx'), onnx.slice(0, -500), 'latin1');
  writeFileSync(at('one.csv'), 'x,y\n1,2\n');
  const wrong = [
    [[], 2, /Name a command/],
    [['distill', 'moons.csv'], 2, /no command 'distill'. Is distil meant\?/],
    [['--json'], 2, /no option --json before the command/],
    [['distil'], 2, /Name the data file, or - for standard input/],
    [['distil', 'a.csv', 'b.csv'], 2, /One data file is needed, and 2 are named/],
    [['distil', 'moons.csv', '--lable', 'y'], 2, /no option --lable. Is --label meant\?/],
    [['distil', 'moons.csv', '-x'], 2, /no option -x/],
    [['distil', 'moons.csv', '--seed'], 2, /--seed needs a whole number from 0 on, and none follows/],
    [['distil', 'moons.csv', '--seed', '1.5'], 2, /--seed needs a whole number from 0 on, not '1\.5'/],
    [['distil', 'moons.csv', '--seed', '1', '--seed', '2'], 2, /--seed is given twice/],
    [['distil', 'moons.csv', '--label', '--json'], 2, /If '--json' is meant: --label=--json/],
    [['distil', 'moons.csv', '--json=yes'], 2, /--json takes no value/],
    [['distil', 'moons.csv', '--sizes', '4-x'], 2, /--sizes needs widths of hidden layers, such as 4-2,16-8,64-32, not '4-x'/],
    [['distil', 'moons.csv', '--margin', '2'], 2, /--margin needs a number from 0 to 0\.5, not '2'/],
    [['distil', 'moons.csv', '--workers', '0'], 2, /--workers needs a whole number from 1 to 256/],
    [['distil', 'moons.csv', '--flavour', 'slow'], 2, /--flavour needs one of simd, fast/],
    [['distil', 'moons.csv', '--delimiter', 'ab'], 2, /--delimiter needs one sign, or tab/],
    [['distil', 'moons.csv', '--type', 'x'], 2, /--type needs a column and its kind/],
    [['distil', 'moons.csv', '--out', 'student.pt'], 2, /'student\.pt' names no format. There are \.safetensors, \.onnx/],
    [['distil', 'moons.csv', '--out', 'nowhere/student.onnx'], 2, /there is no folder nowhere/],
    [['distil', 'moons.csv', '--out', 's.safetensors', '--int8'], 2, /--int8: \.safetensors holds float32 weights alone/],
    [['distil', 'moons.csv', '--int8'], 2, /--int8 is about the file of --out/],
    [['distil', 'moons.csv', '--run', 'moons.csv'], 2, /--run: moons\.csv is the data/],
    [['distil', 'moons.csv', '--run', 'plan.json'], 2, /plan\.json is there and is no run/],
    [['distil', 'moons.csv', '--run', 'folder'], 2, /folder is a folder/],
    [['distil', 'moons.csv', '--run', 'new.distillery', '--group', 'z'], 2, /--group: there is no column 'z'/],
    [['distil', 'moons.csv', '--run', 'new.distillery', '--label', 'z'], 2, /--label: there is no column 'z'. There are 3: 'x', 'y', 'class'/],
    [['distil', 'moons.csv', '--run', 'new.distillery', '--delimiter', 'x'], 2, /--delimiter x cannot be/],
    [['distil', 'moons.csv', '--run', 'new.distillery', ...small, '--official-test-rows', '500'], 2, /error: \S/],
    [['distil', 'moons.csv', '--plan', 'wrong-plan.json'], 2, /wrong-plan\.json: There is no option plan\.teachers\.number/],
    [['distil', 'moons.csv', '--plan', 'no-plan.json'], 3, /must hold an object/],
    [['distil', 'moons.csv', '--plan', 'moons.csv'], 3, /moons\.csv is no JSON/],
    [['distil', 'moons.csv', '--plan', 'none.json'], 3, /none\.json cannot be read: there is no such file/],
    [['distil', 'none.csv'], 3, /none\.csv cannot be read: there is no such file/],
    [['distil', 'folder'], 3, /folder cannot be read: it is a folder/],
    [['distil', 'strange.csv', '--run', 'new.distillery'], 3, /strange\.csv: Line 2: .* Choose --missing skip/],
    [['distil', 'one.csv', '--run', 'new.distillery'], 3, /error: \S/],
    [['distil', '--resume', 'moons.distillery', '--seed', '1'], 2, /--seed does not go with --resume/],
    [['distil', '--resume', 'moons.csv'], 3, /moons\.csv: This run file cannot be read: it does not start as one/],
    [['predict', 'student.safetensors'], 2, /A model and a data file are needed; named: student\.safetensors/],
    [['predict', 'moons.csv', 'moons.csv'], 3, /moons\.csv: /],
    [['predict', 'student.safetensors', 'strange.csv'], 3, /strange\.csv: The file lacks columns/],
    [['predict', 'student.safetensors', 'moons.csv', '--schema', 'strange.csv'], 3, /strange\.csv is no schema/],
    [['predict', 'student.safetensors', 'moons.csv', '--out', 'moons.csv'], 2, /moons\.csv is what is read/],
    [['export', 'student.safetensors'], 2, /--out is needed/],
    [['export', 'student.safetensors', '--out', 'copy.safetensors'], 2, /a \.safetensors file already/],
    [['export', 'moons.csv', '--out', 'student.onnx'], 3, /moons\.csv: /],
    [['export', 'plan.json', '--out', 'student.onnx'], 3, /plan\.json: This JSON file cannot be read: it is not a Distillery one/],
    [['export', 'tanh.onnx', '--out', 'student.h'], 3, /tanh\.onnx: This network cannot be imported: the node .*Tanh: this operator is not taken/],
    [['predict', 'cut.onnx', 'moons.csv'], 3, /cut\.onnx: This ONNX file cannot be read/],
    [['inspect'], 2, /One file is needed/],
    [['report', 'moons.distillery'], 2, /--out is needed/],
    [['report', 'student.safetensors', '--out', 'x.html'], 3, /student\.safetensors: This run file cannot be read: it does not start as one/],
  ];
  // Here, for a process costs as much as all of them; then some as processes.
  const { run: runHere } = await importCommandLine('run');
  const before = process.cwd();
  process.chdir(folder);
  for (const [given, code, message] of wrong) {
    const said = { answer: [], note: [], complain: [] }, note = (what) => (...lines) => said[what].push(...lines);
    const terminal = { answer: note('answer'), note: note('note'), complain: note('complain'), status() {}, clear() {}, isLive: false };
    const actual = await runHere(given, terminal), name = `distillery ${given.join(' ')}\n${JSON.stringify(said)}`;
    assert.equal(actual, code, name);
    assert.equal(said.complain.length, 1, name);
    assert.match(`error: ${said.complain[0]}`, message, name);
    assert.ok(!said.note.some((line) => line.includes(said.complain[0])), name);
    assert.deepEqual(said.answer, [], name);
  }
  process.chdir(before);
  const some = wrong.filter(([given]) => ['--lable', '--group', 'none.csv', 'distill'].some((word) => given.includes(word)));
  assert.equal(some.length, 4);
  const ended = await Promise.all(some.map(([given]) => run(given)));
  for (const [index, [given, code, message]] of some.entries()) {
    const { code: actual, stdout, stderr } = ended[index], name = `distillery ${given.join(' ')}\n${stderr}`;
    assert.equal(actual, code, name);
    assert.match(stderr, message, name);
    assert.equal(stderr.match(/error:/g).length, 1, name);
    assert.equal(stdout, '', name);
    assert.doesNotMatch(stderr, /^ +at /m, name);
  }
  assert.ok(!existsSync(at('new.distillery')));
});

test('a damaged run file is refused, by the reader or, where only the library can judge, by it', async () => {
  const whole = new Uint8Array(read('moons.distillery')), made = runFiles.decodeRunFile(whole);
  assert.deepEqual(runFiles.encodeRunFile(made), whole);
  const state = made.state.map((byte, at) => (at === made.state.length >> 1 ? byte ^ 1 : byte));
  const savedTable = instance.saveTable(instance.generate('moons', { rows: 20 }));
  for (const [file, message] of [
    [whole.subarray(0, -1), /damaged\.distillery: This run file cannot be read: its checksum does not fit/],
    [runFiles.encodeRunFile({ ...made, state }), /error: \S/],
    [runFiles.encodeRunFile({ ...made, savedTable }), /it holds another table than it says/],
    [runFiles.encodeRunFile({ ...made, savedTable: savedTable.subarray(1) }), /damaged\.distillery: /],
  ]) {
    writeFileSync(at('damaged.distillery'), file);
    const { code, stderr } = await runOf('damaged.distillery');
    assert.equal(code, 3, stderr);
    assert.match(stderr, message);
  }
});
const runOf = (file) => run(['distil', '--resume', file]);

test('compare: the published single run is inconclusive, its edge too small to divide by, whoever made the predictions', async () => {
  // The ensemble is right on 978 of 1,000 rows, the student on 972, the baseline on 965, as printed. How many rows tell them
  // apart was not: here 11 the student and the baseline, 53 the ensemble and the baseline.
  const right = {
    ensemble: (row) => row >= 22, student: (row) => row >= 46 || (row >= 2 && row < 20), baseline: (row) => row >= 55 || row < 20,
  };
  const lines = Array.from({ length: 1000 }, (_, row) => ['yes', ...Object.values(right).map((is) => (is(row) ? 'yes' : 'no'))]);
  lines[999] = lines[999].map(() => 'no');   // so that there are two true classes
  writeFileSync(at('predictions.csv'), [`truth,ensemble,student,"a baseline"`, ...lines.map((line) => line.join(','))].join('\n'));
  const given = ['compare', 'predictions.csv', '--label', 'truth', '--baseline', 'a baseline'];
  const { stdout } = await succeed(...given);
  assert.match(stdout, /^These rows cannot tell whether it is within 1 point of the ensemble: of 1,000 rows the student is right on 97\.2%, the ensemble on 97\.8%, a difference of −0\.6 points/);
  assert.match(stdout, /^Inconclusive against the baseline, which is right on 96\.5%: \+0\.7 points .* 9 to 2 rows, p = 0\.07 \(McNemar\)/m);
  assert.match(stdout, /^Retained edge: 53\.846% of the ensemble's \+1\.3 points .* That edge is too small to divide by/m);
  const told = JSON.parse((await succeed(...given, '--json', '--margin', '0.02')).stdout);
  assert.deepEqual([told.toEnsemble.aRight, told.toEnsemble.bRight, told.toBaseline.aOnly, told.toBaseline.bOnly], [972, 978, 9, 2]);
  assert.ok(Math.abs(told.retainedEdge - 7 / 13) < 1e-12);
  assert.match((await succeed(...given, '--margin', '0.02')).stdout, /^Within 2 points of the ensemble/);
  assert.match((await succeed('compare', 'predictions.csv', '--label', 'truth', '--student', 'ensemble')).stdout, /difference of 0\.0 points/);
  for (const [args, message] of [[['-'], /name a file/], [[], /One CSV file/], [['predictions.csv'], /label/], [['predictions.csv', '--label', 'truth', '--student', 'nobody'], /nobody/]]) {
    const refused = await run(['compare', ...args]);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, message);
  }
});

test('who stops reading ends it quietly', async () => {
  const long = ['x,y', ...Array.from({ length: 60_000 }, (_, row) => `${row % 100},${row % 7}`)].join('\n');
  writeFileSync(at('long.csv'), long);
  const process_ = spawn(process.execPath, [program, 'predict', 'student.safetensors', 'long.csv'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  process_.stderr.on('data', (piece) => { said += piece; });
  process_.stdout.once('data', () => process_.stdout.destroy());
  const code = await new Promise((resolve) => process_.on('close', resolve));
  assert.equal(code, 0, said);
  assert.equal(said, '');
});

test('an answer that cannot be written is a failure', { skip: !existsSync('/dev/full') && 'there is no /dev/full here' }, async () => {
  const full = openSync('/dev/full', 'w');
  const process_ = spawn(process.execPath, [program, 'inspect', 'student.safetensors'], { cwd: folder, stdio: ['ignore', full, 'pipe'] });
  let said = '';
  process_.stderr.on('data', (piece) => { said += piece; });
  assert.equal(await new Promise((resolve) => process_.on('close', resolve)), 1);
  closeSync(full);
  assert.match(said, /^error: Standard output cannot be written: ENOSPC/);
});

test('help of all and of each command, with examples, options and exit codes', async () => {
  const general = (await succeed('--help')).stdout;
  const commands = [...general.matchAll(/^  (distil|predict|export|inspect|report|compare)  /gm)].map(([, name]) => name);
  assert.deepEqual(commands, ['distil', 'predict', 'export', 'inspect', 'report', 'compare']);
  for (const code of [0, 1, 2, 3, 4, 130]) assert.match(general, new RegExp(`^  ${code} +\\S`, 'm'));
  assert.equal((await succeed('--version')).stdout.trim(), version);
  const documented = readFileSync(join(root, 'docs/command-line.md'), 'utf8');
  for (const name of commands) {
    const help = (await succeed(name, '--help')).stdout;
    assert.match(help, new RegExp(`^Usage: distillery ${name} `));
    assert.match(help, new RegExp(`^  .*distillery ${name} `, 'm'));
    assert.ok(help.split('\n').every((line) => line.length <= 120));
    for (const [option] of help.matchAll(/--[a-z0-9-]+/g)) assert.ok(documented.includes(option), `docs/command-line.md lacks ${option}`);
  }
});

test('progress: one line that is drawn over and tells the time left on a terminal, a line each tenth elsewhere', async () => {
  const { Progress } = await importSource('cli/progress');
  const drawn = { status: [], note: [], cleared: 0 };
  let time = 0;
  const terminal = (isLive) => ({ isLive, status: (line) => drawn.status.push(line), note: (line) => drawn.note.push(line), clear: () => { ++drawn.cleared; } });
  const jobs = [0, 1].map((id) => ({ id, kind: 'teacher', index: id, seed: 0, work: 50 }));
  const report = { teachers: [{ state: 'pending' }, { state: 'pending' }], sizes: [], trials: [] };
  const tell = (progress) => {
    progress.event({ type: 'started', jobs, report });
    for (let done = 0; done <= 100; ++done, time += 1000)
      progress.event({ type: done === 50 ? 'job' : 'epoch', job: jobs[0], work: { done, total: 100 } });
    progress.event({ type: 'finished' });
  };
  tell(new Progress(terminal(true), () => time));
  assert.deepEqual(drawn.note, []);
  assert.equal(drawn.status.length, 101);
  assert.equal(drawn.status[25], '█████░░░░░░░░░░░░░░░  25%  0 of 2 teachers, about 75 seconds left');
  assert.match(drawn.status[100], /^█{20} 100%  1 of 2 teachers$/);
  assert.ok(drawn.cleared > 0);
  drawn.status = [];
  tell(new Progress(terminal(false), () => time));
  assert.deepEqual(drawn.status, []);
  assert.equal(drawn.note.length, 11);
  assert.equal(drawn.note[3], '30%: 0 of 2 teachers, about 70 seconds left');
});
