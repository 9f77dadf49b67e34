// Run files, as a page or a program writes and reads them. That the command line goes on from them: cli.test.js.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { codeOf, crc32c, distillery, runFiles, sha256, smallPlan } from './support.js';

const { decodeRunFile, encodeRunFile, isRunFile } = runFiles;
const instance = await distillery.loadDistillery();
after(() => assert.equal(instance.liveHandles(), 0, 'a handle is left'));

const plan = distillery.completePlan(smallPlan);
const table = instance.generate('moons', { rows: 300, noise: 0.25, seed: 5 });

/** A run as it is now. */
async function fileOf(run, savedTable) {
  const state = await run.save();
  return {
    madeBy: instance.version, data: { path: null, name: 'moons', bytes: 0, sha256: sha256('') }, brought: { unlabelled: null, ensemble: null },
    csv: {}, table: { rows: 300, columnNames: ['x', 'y'], classNames: table.classNames, skipped: 0, warnings: [] }, schema: null,
    plan, flavour: 'simd', report: run.setMargin(plan.margin), marginChangedLate: false, state, savedTable,
  };
}

const whole = distillery.distil(table, plan, { workers: 1 });
await whole.report;
const finished = await fileOf(whole, instance.saveTable(table)), student = whole.chosen();
whole.dispose();
const without = encodeRunFile({ ...finished, savedTable: null }), file = encodeRunFile(finished);

test('what goes in comes out, and of the same run there is one file', () => {
  for (const bytes of [file, without]) {
    assert.ok(isRunFile(bytes));
    assert.deepEqual(encodeRunFile(decodeRunFile(bytes)), bytes);
  }
  const { state, savedTable, ...header } = finished;
  assert.deepEqual(decodeRunFile(file), { ...JSON.parse(JSON.stringify(header)), state, savedTable });   // JSON has no −0
  assert.equal(decodeRunFile(without).savedTable, null);
  // Within a larger buffer, as files come out of archives.
  const shifted = new Uint8Array(file.length + 3);
  shifted.set(file, 3);
  assert.deepEqual(decodeRunFile(shifted.subarray(3)).state, finished.state);
});

test('a run that is stopped, written, and read elsewhere ends with the same bytes, from the file alone', async () => {
  const begun = distillery.distil(table, plan, { workers: 2 });
  for await (const event of begun) if (event.type === 'job' && event.job.kind === 'trial') break;
  begun.pause();
  const written = encodeRunFile(await fileOf(begun, instance.saveTable(table)));
  begun.dispose();
  const read = decodeRunFile(written);
  assert.equal(read.report.finished, false);
  const further = distillery.distil(instance.loadTable(read.savedTable), read.plan, { resume: read.state, workers: 1 });
  await further.report;
  assert.equal(sha256(further.chosen()), sha256(student));
  further.dispose();
});

test('a plan whose recipes leave things to their defaults is read as it was written', () => {
  const gaps = { ...plan, students: { ...plan.students, recipe: [{ temperature: 2, softWeight: 1, transfer: false }] } };
  assert.deepEqual(decodeRunFile(encodeRunFile({ ...finished, plan: gaps })).plan, gaps);
});

test('cut at every byte, or with any bit of it flipped, it is refused with a code', async () => {
  const { state, ...rest } = decodeRunFile(without);
  const small = encodeRunFile({ ...rest, state: state.subarray(0, 40) });
  for (let length = 0; length < small.length; ++length)
    assert.throws(() => decodeRunFile(small.subarray(0, length)), { name: 'DistilleryError', code: 'corrupt_file' }, `${length} bytes`);
  // The bits of what is not text, and of each tenth byte of the text: a checksum takes them all alike.
  const textEnd = small.length - 44;
  const flipped = small.slice();
  for (let at = 0; at < small.length; at += at < 16 || at >= textEnd ? 1 : 10)
    for (let bit = 1; bit < 256; bit *= 2) {
      flipped[at] ^= bit;
      assert.throws(() => decodeRunFile(flipped), { name: 'DistilleryError', code: 'corrupt_file' }, `byte ${at}, bit ${bit}`);
      flipped[at] ^= bit;
    }
  assert.throws(() => decodeRunFile(new Uint8Array([...small, 0])), { code: 'corrupt_file' });
});

/** Behind a checksum that fits. */
function sealed(change, from = file) {
  const copy = from.slice(), view = new DataView(copy.buffer);
  change(view);
  view.setUint32(copy.length - 4, crc32c(copy.subarray(0, -4)), true);
  return copy;
}

test('what lies behind a right checksum is refused, whichever field it is', () => {
  const refused = (bytes, message, code = 'corrupt_file') => assert.throws(() => decodeRunFile(bytes), { name: 'DistilleryError', code, message });
  refused(sealed((view) => view.setUint32(4, 4, true)), /has version 4/, 'unsupported_version');
  refused(sealed((view) => view.setUint32(4, 1, true)), /has version 1/);
  for (const at of [8, 12]) {
    refused(sealed((view) => view.setUint32(at, 2 ** 32 - 1, true)), /would be longer than the file/);
    refused(sealed((view) => view.setUint32(at, file.length, true)), /would be longer than the file/);
  }
  refused(sealed((view) => view.setUint8(20, 0xff)), /cannot be read/);
  const changed = (change) => { const copy = structuredClone(finished); change(copy); return encodeRunFile(copy); };
  refused(changed((copy) => { copy.report.sizes[0].bytes = '<b>'; }), /header\.report\.sizes\.0\.bytes is no number/);
  refused(changed((copy) => { copy.report.test.sizes.pop(); }), /contradicts itself/);
  refused(changed((copy) => { copy.report.choice.size = 7; }), /contradicts itself/);
  refused(changed((copy) => { copy.plan.students.sizes = ['4']; }), /header\.plan\.students\.sizes\.0 is no list/);
  refused(changed((copy) => { copy.plan.more = 1; }), /no option plan\.more/);
  refused(changed((copy) => { copy.schema = { version: 1, columns: [] }; }), /schema/);
  refused(changed((copy) => { copy.table.classNames = [1]; }), /header\.table\.classNames\.0 is no text/);
  refused(changed((copy) => { delete copy.data; }), /header\.data is no object/);
  refused(changed((copy) => { copy.brought = { unlabelled: 1, ensemble: null }; }), /header\.brought\.unlabelled is no object/);
  refused(changed((copy) => { copy.flavour = 'other'; }), /header\.flavour is none of/);
});

test('a file of version 2, which could not hold its data, opens', () => {
  const bytes = new Uint8Array(without.length - 4);
  bytes.set(without.subarray(0, 12));
  bytes.set(without.subarray(16), 12);
  const old = sealed((view) => view.setUint32(4, 2, true), bytes);
  assert.deepEqual(decodeRunFile(old), decodeRunFile(without));
});

test('a state or a table that was altered before it was written is refused by those who take it', async () => {
  const { state, savedTable } = structuredClone(finished);
  state[state.length >> 1] ^= 1;
  savedTable[savedTable.length >> 1] ^= 1;
  const altered = decodeRunFile(encodeRunFile({ ...finished, state, savedTable }));
  assert.equal(await codeOf(() => instance.loadTable(altered.savedTable)), 'corrupt_file');
  assert.equal(await codeOf(() => distillery.distil(table, plan, { resume: altered.state }).report), 'corrupt_file');
});
