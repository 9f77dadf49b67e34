import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { codeOf, distilHere, distillery, everyNumberIsFinite, exporters, longPlan, modelHashes, readData, sha256, sleep, smallPlan, workersLeft } from './support.js';

const { distil, loadPlanner } = distillery;
const instance = await loadPlanner();
const table = instance.generate('moons', { rows: 600, noise: 0.2, seed: 1 });
after(async () => assert.equal(await workersLeft(), 0, 'worker threads are left'));

async function eventsOf(run) {
  const events = [];
  for await (const event of run) events.push(event);
  return events;
}

test('the reference networks have 46,658, 559,896 and 3,490 parameters', async () => {
  const features = new Float32Array(100 * 20).map((_, i) => Math.fround(Math.sin(i)));
  const labels = new Int32Array(100).map((_, i) => i % 2);
  const run = distil({ features, columns: 20, labels, classNames: ['a', 'b'] }, { students: { sizes: [[64, 32]] } }, { workers: 1 });
  for await (const event of run) {
    assert.equal(event.type, 'started');
    assert.equal(event.report.teacherParameters, 46_658);
    assert.equal(event.report.ensembleParameters, 559_896);
    assert.equal(event.report.sizes[0].parameters, 3_490);
    break;
  }
  run.dispose();
});

test('a run tells what happens, in order, and ends with its report', async () => {
  const run = distil(table, smallPlan, { workers: 2 });
  const events = await eventsOf(run);
  const report = await run.report;

  const [started] = events;
  assert.equal(started.type, 'started');
  assert.equal(started.workers, 2);
  assert.equal(started.flavour, 'simd');
  assert.deepEqual(started.done, []);
  assert.equal(started.jobs.length, 3 + 8 * 2 + 3 * 3 * 2 + 3 + 3);   // teachers, trials, networks, tests
  assert.ok(started.jobs.every((job, id) => job.id === id));
  const jobs = events.filter(({ type }) => type === 'job');
  const dropped = new Set(events.filter(({ type }) => type === 'dropped').flatMap(({ jobs }) => jobs.map(({ id }) => id)));
  const [{ chosen }] = report.trials;
  const { softWeight, transfer } = report.recipes[chosen];
  assert.equal(dropped.size, 6 * ((softWeight === 0) + !transfer));
  const needed = started.jobs.filter(({ id }) => !dropped.has(id));
  assert.deepEqual(jobs.map(({ job }) => job.id).sort((a, b) => a - b), needed.map(({ id }) => id));
  const order = jobs.map(({ job }) => job.kind);
  assert.deepEqual(order.slice(0, 2), ['teacher', 'teacher'], 'teachers come first');
  if (softWeight > 0) assert.ok(order.lastIndexOf('trial') < order.indexOf('student'), 'students wait for the last trial');
  assert.ok(jobs.slice(-6).every(({ job }) => job.kind === 'test'), 'the test rows come last');
  assert.deepEqual(events.at(-1), { type: 'finished', report });

  // Work only grows, and is all done at the end. The last epoch of every training is told, before its end.
  let done = 0;
  for (const { work } of events.filter(({ work }) => work)) {
    assert.ok(work.done >= done && work.done <= work.total * (1 + 1e-12));
    done = work.done;
  }
  assert.ok(Math.abs(done / needed.reduce((sum, { work }) => sum + work, 0) - 1) < 1e-12);
  for (const job of needed.filter(({ kind }) => kind !== 'test')) {
    const epochs = events.filter(({ type, job: of }) => type === 'epoch' && of.id === job.id).map(({ epoch }) => epoch);
    assert.equal(epochs.at(-1), job.kind === 'teacher' ? 6 : 8);
    assert.ok(epochs.every((epoch, i) => i === 0 || epoch > epochs[i - 1]));
    assert.ok(events.findLastIndex(({ type, job: of }) => type === 'epoch' && of.id === job.id)
      < events.findIndex(({ type, job: of }) => type === 'job' && of.id === job.id));
  }

  assert.equal(report.finished, true);
  assert.deepEqual(report.rows, { train: 384, validation: 96, test: 120 });
  everyNumberIsFinite(events);
  for (const teacher of report.teachers) assert.equal(teacher.loss.length, 6);
  for (const curve of [report.validation, report.test]) {
    assert.ok(curve.ensembleAccuracy.estimate > 0.8);
    assert.ok(curve.sizes.every(({ student, baseline }) => student.accuracy.count === 2 && baseline.accuracy.count === 2));
  }
  assert.equal(report.test.rows, 120);
  // Every figure under its name: the ensemble beside itself, and what each figure can be.
  const { ensemble, sizes: [{ student }] } = report.test;
  assert.deepEqual([ensemble.agreement, ensemble.kl, ensemble.agreementOnErrors, ensemble.agreementNearBoundary], [1, 0, 1, 1]);
  assert.equal(ensemble.accuracy, report.test.ensembleAccuracy.estimate);
  assert.ok(ensemble.rocAuc > 0.9 && ensemble.macroF1 > 0.8 && ensemble.ece < 0.3 && ensemble.nll < Math.log(2) && ensemble.brier < 0.5);
  assert.ok(student.agreement.estimate < 1 && student.kl.estimate > 0);

  assert.deepEqual(await eventsOf(run), events, 'who comes late sees all from the start');
  run.dispose();
  assert.equal(run.liveHandles(), 0);
});

test('the test rows are scored at the end only', async () => {
  const run = distil(table, smallPlan, { workers: 2 });
  const seen = [];
  for await (const event of run)
    if (event.type === 'job' && !event.report.finished) seen.push(event.report.test.rows, ...event.report.teachers.map((t) => t.testAccuracy));
  assert.ok(seen.length > 0 && seen.every((figure) => figure === 0));
  run.dispose();
});

test('one worker or two, the calling thread, or stopped and resumed: the same bytes', async () => {
  const hashes = {};
  const reports = {};
  for (const workers of [1, 2]) {
    const run = distil(table, smallPlan, { workers });
    reports[workers] = await run.report;
    hashes[workers] = modelHashes(run, reports[workers]);
    run.dispose();
  }
  assert.equal(Object.keys(hashes[1]).length, 3 + 18 + 1);
  const { softWeight, transfer } = reports[1].recipes[reports[1].trials[0].chosen];
  const own = 3 + 6 * (1 + (softWeight > 0) + transfer);
  assert.equal(new Set(Object.values(hashes[1])).size, own, 'networks differ, but for twins, and the chosen one is one of them');
  assert.deepEqual(hashes[2], hashes[1]);
  assert.deepEqual(reports[2], reports[1]);
  const here = distilHere(instance, table, smallPlan);
  assert.deepEqual(here.model, hashes[1]);
  assert.deepEqual(here.report, reports[1]);
  assert.equal(instance.liveHandles(), 0);
});

test('saved in mid-run, aborted and resumed, twice: the same bytes as undisturbed', async () => {
  const undisturbed = distil(table, longPlan, { workers: 2 });
  const told = await eventsOf(undisturbed);
  const expected = modelHashes(undisturbed, await undisturbed.report);
  undisturbed.dispose();
  for (const { id, kind } of told[0].jobs.filter(({ kind }) => kind !== 'test'))
    assert.equal(told.findLast(({ type, job }) => type === 'epoch' && job.id === id).epoch, kind === 'teacher' ? 120 : 2000, 'the last epoch is always told');

  let saved, job, reached = 0, workDone = 0;
  for (const stop of [{ kind: 'teacher', epoch: 30 }, { kind: 'student', epoch: 500 }, { kind: 'none' }]) {
    const controller = new AbortController();
    const run = distil(table, longPlan, { workers: 2, signal: controller.signal, resume: saved });
    for await (const event of run) {
      if (event.type === 'job') workDone += event.job.work;
      if (event.type !== 'epoch') continue;
      if (event.job.id === job) {
        assert.ok(event.epoch > reached, 'it goes on where it was');
        assert.ok(event.work.done > workDone, 'and counts the work done before');
        job = undefined;
      }
      if (event.job.kind !== stop.kind || event.epoch < stop.epoch) continue;
      saved = await run.save();
      controller.abort();
      job = event.job.id;
      reached = event.epoch;
    }
    if (stop.kind !== 'none') {
      assert.equal(await codeOf(() => run.report), 'aborted');
      assert.equal(run.liveHandles(), 0);
      continue;
    }
    assert.equal(job, undefined, 'the interrupted job was heard of again');
    assert.deepEqual(modelHashes(run, await run.report), expected);
    saved = await run.save();
    run.dispose();
  }

  // A finished run can be saved too; resumed, it is finished at once.
  const again = distil(table, longPlan, { resume: saved });
  const [started, finished, ...more] = await eventsOf(again);
  assert.deepEqual([started.type, finished.type, ...more], ['started', 'finished']);
  assert.deepEqual(started.done, started.jobs.map(({ id }) => id));
  assert.deepEqual(modelHashes(again, await again.report), expected);
  again.dispose();
});

test('a saved run of other data or options is refused', async () => {
  const run = distil(table, smallPlan, { workers: 1 });
  await run.report;
  const saved = await run.save();
  run.dispose();
  assert.equal(await codeOf(() => distil(table, { ...smallPlan, seed: 1 }, { resume: saved }).report), 'shape_mismatch');
  assert.equal(await codeOf(() => distil(instance.generate('circles', { rows: 600 }), smallPlan, { resume: saved }).report), 'shape_mismatch');
  saved[100] ^= 1;
  assert.equal(await codeOf(() => distil(table, smallPlan, { resume: saved }).report), 'corrupt_file');
});

test('abort ends it at once: no worker, no handle, no further event', async () => {
  const controller = new AbortController();
  const run = distil(table, { ...longPlan, teachers: { ...longPlan.teachers, hidden: [512, 512], training: { epochs: 1000 } } },
    { workers: 2, signal: controller.signal });
  let after = 0;
  for await (const event of run) {
    if (controller.signal.aborted) ++after;
    if (event.type === 'epoch') controller.abort();
  }
  assert.equal(await codeOf(() => run.report), 'aborted');
  assert.equal(after, 0);
  assert.equal(run.liveHandles(), 0);
  assert.equal(await workersLeft(), 0);
  assert.equal(await codeOf(() => run.chosen()), 'aborted');
  assert.equal(await codeOf(() => run.save()), 'aborted');

  assert.equal(await codeOf(() => distil(table, {}, { signal: AbortSignal.abort() }).report), 'aborted');
  assert.equal(await workersLeft(), 0);
});

test('nobody has to listen to a failure', async () => {
  const unhandled = [];
  const note = (reason) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  distil(table, { teachers: { count: 0 } });
  distil(table, {}, { signal: AbortSignal.abort() });
  distil(table, longPlan, { workers: 1 }).dispose();
  await sleep(300);
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
});

test('pause stops the workers within a slice, and resuming loses nothing', async () => {
  const run = distil(table, longPlan, { workers: 2 });
  const heard = eventsOf(run);
  for await (const { type, epoch } of run) if (type === 'epoch' && epoch >= 3) break;
  run.pause();
  await run.save();  // every worker answers once it has heard
  let told = 0;
  const counting = (async () => { for await (const _ of run) ++told; })();
  await sleep(0);
  const before = told, saved = sha256(await run.save()), used = process.cpuUsage();
  await sleep(300);
  const { user } = process.cpuUsage(used);
  assert.equal(told, before, 'events are told while paused');
  assert.ok(user < 100_000, `while paused it used ${user / 1000} ms of processor time in 300 ms`);
  assert.equal(sha256(await run.save()), saved, 'while paused nothing goes on');
  run.resume();
  const hashes = modelHashes(run, await run.report);
  await counting;
  assert.equal((await heard).at(-1).type, 'finished');
  run.dispose();
  assert.deepEqual(hashes, distilHere(instance, table, longPlan).model);
});

test('the margin can be changed at any time and chooses anew, without training', async () => {
  const run = distil(table, smallPlan, { workers: 2 });
  assert.equal(await codeOf(() => run.setMargin(0.1)), 'wrong_state');
  const { choice } = await run.report;
  assert.equal(choice.status, 'none');
  assert.equal(run.setMargin(0.5).choice.status, 'chosen');
  assert.deepEqual(run.setMargin(0.01).choice, choice);
  assert.equal(await codeOf(() => run.setMargin(0.6)), 'invalid_option');
  run.dispose();
});

test('what dies is replaced, and what goes on dying is reported', async () => {
  // A worker that is not what it should be: its WebAssembly cannot be instantiated.
  const wasm = await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  assert.equal(await codeOf(() => distil(table, smallPlan, { wasm }).report), 'load_failed');
  assert.equal(await workersLeft(), 0);
});

test('when every teacher diverges, that is the error, and the rest can still be had', async () => {
  // A step of weight decay multiplies the weights by 1 − 10·10.
  const teachers = { count: 2, hidden: [8], dropout: [], training: { epochs: 30, learningRate: 10, weightDecay: 10 } };
  const run = distil(table, { ...smallPlan, teachers }, { workers: 1 });
  assert.equal(await codeOf(() => run.report), 'diverged');
  const resumed = distil(table, { ...smallPlan, teachers }, { resume: await run.save() });
  assert.equal(await codeOf(() => resumed.report), 'diverged');
  assert.equal(await workersLeft(), 0);
  run.dispose();
  resumed.dispose();
  assert.equal(run.liveHandles() + resumed.liveHandles(), 0);
});

test('models answer in a worker as they do here', async () => {
  const run = distil(table, smallPlan, { workers: 2 });
  await run.report;
  const files = [run.model('teacher', 0), run.model('student', 2, 1), run.chosen()];
  const answers = await distillery.predict(files, table.features);
  for (const [i, file] of files.entries()) {
    const model = instance.loadModel(file);
    assert.deepEqual(answers[i], model.logits(table.features));
    model.dispose();
  }
  assert.equal(await codeOf(() => distillery.predict(files, table.features, { signal: AbortSignal.abort() })), 'aborted');
  assert.equal(await codeOf(() => distillery.predict([files[0].slice(1)], table.features)), 'corrupt_file');
  assert.equal(await codeOf(() => distillery.predict(files, new Float32Array(3))), 'shape_mismatch');
  run.dispose();
});

test('a list of one recipe is used without trials, and a recipe that cannot be is refused', async () => {
  const run = distil(table, { ...smallPlan, students: { ...smallPlan.students, recipe: [{ temperature: 2, softWeight: 0, transfer: false }] } });
  const [{ jobs }] = await eventsOf(run);
  const report = await run.report;
  assert.deepEqual([...new Set(jobs.map(({ kind }) => kind))].sort(), ['baseline', 'teacher', 'test']);
  assert.deepEqual(report.trials, []);
  assert.deepEqual(report.recipes,
    [{ temperature: 2, softWeight: 0, transfer: false, loss: 'divergence', otherWeight: 2, assistant: false }]);
  assert.equal(report.test.sizes[0].matchedGain.estimate, 0);
  assert.deepEqual(run.model('student', 1, 1), run.model('baseline', 1, 1));
  run.dispose();
  for (const recipe of ['best', [], [{ temperature: 0, softWeight: 1, transfer: false }],
    [{ temperatur: 1 }], [{ loss: 'squared' }], [{ otherWeight: -1 }], [{ assistant: true }], [null]])
    assert.equal(await codeOf(() => instance.createWorkbench(table, { ...smallPlan, students: { ...smallPlan.students, recipe } })), 'invalid_option');
});

test('every option of teaching reaches the library, and changes the student', async () => {
  const digits = await readData('digits');
  // Long and quick enough that the loss on validation rows does not fall in every epoch: else patience would have no effect.
  const training = { epochs: 25, learningRate: 0.02 };
  const chosen = (changes) => sha256(distilHere(instance, digits, {
    teachers: { count: 4, hidden: [12], dropout: [], training, ...changes.teachers },
    students: { sizes: [[8]], seeds: 1, recipe: [{ temperature: 3 }], training, ...changes.students },
  }).model.chosen);
  const students = new Set();
  const changes = [
    {}, { teachers: { fittedWeights: true } }, { teachers: { calibrated: true } }, { teachers: { folds: 2 } }, { teachers: { patience: 1 } },
    { students: { patience: 1 } }, { students: { recipe: [{ temperature: 3, loss: 'logits' }] } },
    { students: { recipe: [{ temperature: 3, loss: 'decoupled' }] } }, { students: { recipe: [{ temperature: 3, loss: 'decoupled', otherWeight: 4 }] } },
    { students: { assistants: [[16]], recipe: [{ temperature: 3, assistant: true }] } },
    { students: { assistants: [[16], [12]], recipe: [{ temperature: 3, assistant: true }] } },
  ];
  for (const change of changes) students.add(chosen(change));
  assert.equal(students.size, changes.length);
  // An assistant that no recipe wants is not trained.
  assert.equal(chosen({ students: { assistants: [[16]] } }), chosen({}));
});

test('the report tells of assistants, weights, calibration, int8 twins and how many teachers are enough', async () => {
  const run = distil(table, {
    ...smallPlan, teachers: { ...smallPlan.teachers, calibrated: true, fittedWeights: true },
    students: { ...smallPlan.students, recipe: [{ temperature: 2, assistant: true }], assistants: [[6], [5]], int8: true },
  }, { workers: 2 });
  const events = await eventsOf(run);
  const report = await run.report;
  everyNumberIsFinite(report);
  assert.equal(events.filter(({ type, job }) => type === 'job' && job.kind === 'assistant').length, 2);
  assert.deepEqual(report.assistants.map(({ hidden, done }) => [hidden, done]), [[[6], true], [[5], true]]);
  assert.ok(Math.abs(report.teachers.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-6);
  assert.notEqual(report.calibration, 1);
  assert.equal(report.test.ensembles.length, report.teachers.length);
  const { student, quantised } = report.test.sizes[0];
  assert.equal(quantised.kl.count, student.kl.count);
  assert.notEqual(quantised.kl.estimate, student.kl.estimate);
  // As an int8 export answers: the same rounding, in JavaScript.
  const test = run.testRows(), features = new Float32Array(test.length * table.columns);
  test.forEach((row, i) => features.set(table.features.subarray(row * table.columns, (row + 1) * table.columns), i * table.columns));
  const labels = Int32Array.from(test, (row) => table.labels[row]);
  let right = 0;
  for (let seed = 0; seed < student.accuracy.count; ++seed) {
    const model = instance.loadModel(exporters.quantise(run.model('student', 0, seed)).file);
    right += model.predict(features).reduce((sum, answer, i) => sum + (answer === labels[i]), 0);
    model.dispose();
  }
  assert.ok(Math.abs(quantised.accuracy.estimate - right / labels.length / student.accuracy.count) < 1e-12);
  run.dispose();
});

test('sizes far beyond the answer leave the run after their first seeds', async () => {
  const run = distil(table, {
    ...smallPlan, margin: 0.3, students: { ...smallPlan.students, sizes: [[4], [6], [8], [12]], seeds: 3, firstSeeds: 1, recipe: [{ temperature: 1 }] },
  }, { workers: 2 });
  const events = await eventsOf(run);
  const report = await run.report;
  const dropped = events.filter(({ type }) => type === 'dropped').flatMap(({ jobs }) => jobs);
  const left = report.sizes.filter(({ studentsDone }) => studentsDone === 1).length;
  assert.ok(left > 0);
  assert.equal(dropped.filter(({ kind }) => kind === 'student').length, 2 * left);
  assert.ok(dropped.every(({ seed }) => seed > 0));
  assert.equal(events.at(-2).work.done / events.at(-2).work.total > 0.999999, true);
  run.dispose();
});

test('variance: everything trained anew on resamples, taken apart, the same again from the same seed', async () => {
  const plan = { ...smallPlan, students: { ...smallPlan.students, recipe: [{ temperature: 2 }] } }, told = [];
  const measure = (seed) => distillery.measureVariance(table, { ...plan, seed }, { hidden: [6], resamples: 4, workers: 2, onProgress: (done) => told.push(done) });
  const report = await measure(3);
  everyNumberIsFinite(report);
  assert.deepEqual(told, [1, 2, 3, 4]);
  assert.equal(report.rows, 120);   // a fifth of 600
  assert.equal(report.kept.count, 4);
  const { teacher, ensemble, student, baseline, matched } = report.networks;
  assert.ok(ensemble.nll.variance < teacher.nll.variance, 'the mean of teachers varies less than one');
  const kept = (teacher.nll.variance - student.nll.variance) / (teacher.nll.variance - ensemble.nll.variance);
  assert.ok(Math.abs(report.kept.estimate - kept) < 1e-9);
  assert.deepEqual(matched, baseline, 'without transfer rows the plain baseline is the matched one');
  assert.deepEqual(await measure(3), report);
  assert.notDeepEqual(await measure(4), report);
  for (const options of [{ hidden: [6], resamples: 1 }, { hidden: [0] }])
    assert.equal(await codeOf(() => distillery.measureVariance(table, plan, options)), 'invalid_option');
  assert.equal(await codeOf(() => distillery.measureVariance({ ...table, unlabelled: new Float32Array(2) }, plan, { hidden: [6] })), 'invalid_data');
});
