/** The JavaScript readers of what strangers write: CSV, addresses, other people's models, run files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import querystring from 'node:querystring';
import { anyBytes, file, generator, papa, tableFile } from '../../node/csv-grammar.js';
import { crc32c, distillery, exporters, importers, importSource, root, runFiles } from '../../node/support.js';
import { Finding, promise, randomOf } from '../campaign.js';

const { DistilleryError } = distillery;
const encoder = new TextEncoder();

/** What a call gives, or the code of its typed error. Others, slow ones and dear ones are findings. */
async function settled(call, what, codes) {
  const before = process.cpuUsage();
  try {
    return { code: 'read', value: await call() };
  } catch (error) {
    if (!(error instanceof DistilleryError) || !codes.includes(error.code)) throw new Finding(`${what}: ${error.stack}`);
    promise(error.message.length > 20 && error.message.length < 2000, `${what}: '${error.message.slice(0, 100)}' is no sentence`);
    return { code: error.code };
  } finally {
    const { user, system } = process.cpuUsage(before);   // of the processor: a busy machine makes nothing slower
    promise(user + system < 1e6, `${what}: it took ${(user + system) / 1e6} s`);
  }
}

const csvFields = {
  name: 'csv-fields', row: 1, unit: 'files', goal: 1e6, short: 1500,
  promise: 'CSV files by a grammar: the fields that papaparse finds',
  async open({ seed, fault }) {
    const { Tokenizer } = await importSource('csv/tokenizer');
    return {
      check(number) {
        const { text, delimiter, newline } = file(generator(seed * 1_000_003 + number)), bytes = encoder.encode(text);
        const tokenizer = new Tokenizer((fault ? '^' : delimiter).charCodeAt(0), 34), records = [];
        for (let at = 0; at < bytes.length;) {
          at = tokenizer.next(bytes, at, bytes.length, true);
          promise(tokenizer.fault === '', `${JSON.stringify(text)}: ${tokenizer.fault}`);
          const record = Array.from({ length: tokenizer.count }, (_, index) => Buffer.from(tokenizer.text(bytes, index), 'latin1').toString());
          if (record.length > 1 || record[0] !== '') records.push(record);
        }
        promise(JSON.stringify(records) === JSON.stringify(papa(text, delimiter, newline)), JSON.stringify(text));
        return { records: records.length };
      },
    };
  },
};

const csvBytes = {
  name: 'csv-bytes', row: 1, unit: 'files', goal: 1e6, short: 1000,
  promise: 'any bytes as CSV: a table that adds up, or a typed error',
  open: ({ seed, fault }) => ({
    async check(number) {
      const bytes = anyBytes(seed * 1_000_003 + number), what = `case of seed ${seed}`;
      const options = number % 2 ? { missing: 'stop' } : { missing: 'mean', badRows: 'skip', unusable: 'ignore' };
      const { code, value: table } = await settled(() => distillery.readCsv(bytes, options), what, ['invalid_data', 'corrupt_file', 'invalid_option']);
      if (table) {
        if (fault) table.labels[0] = table.classNames.length;
        promise(table.features.length === table.labels.length * table.columns && table.columnNames.length === table.columns, `${what}: counts`);
        promise(table.labels.every((label) => label >= 0 && label < table.classNames.length), `${what}: a label without a class`);
        promise(options.missing !== 'stop' || table.features.every(Number.isFinite), `${what}: a feature that is no number`);
      }
      return { [code]: 1 };
    },
  }),
};

const links = {
  name: 'links', row: 1, unit: 'addresses', goal: 1e6, short: 3000,
  promise: 'addresses of the page by a grammar: understood or named in a note, fields as a second parser has them, the same once written',
  async open({ seed, fault }) {
    const { fromLink, toLink } = await importSource('state/link', 'web/src');
    const plan = distillery.defaultPlan();
    const names = ['v', 'set', 'shape', 'rows', 'noise', 'data-seed', 'teachers', 'teacherShape', 'teacherEpochs', 'dropout', 'sizes', 'seeds', 'studentEpochs',
      'recipe', 'temperature', 'softWeight', 'transfer', 'seed', 'margin', 'start', '__proto__', 'constructor', 'toString', '<b>', ''];
    const texts = ['1', '2', '0', '-1', '1e9', '8', '0.3', '0.3,0.3', '2-1,4-2,64-32', '99999999999999999999', 'NaN', 'quick', 'letter', 'own', 'moons', 'auto', 'own', 'munge',
      '<script>alert(1)</script>', "javascript:alert(1)", '%', '%zz', '%E0%A4%A', '%F0%9F%8C%BF', '+', ' ', '', '__proto__', 'x'.repeat(400), '\u0000', '64–32'];
    return {
      check(number) {
        const { pick, chance, below } = randomOf(seed, number);
        const pairs = Array.from({ length: below(8) }, () => `${pick(names)}${chance(90) ? '=' : ''}${chance(20) ? pick(texts) + pick(texts) : pick(texts)}`);
        if (chance(85)) pairs.unshift('v=1');
        const hash = `#${pairs.join(chance(95) ? '&' : ';')}`;
        let linked;
        try {
          linked = fromLink(hash, plan);
          if (fault && linked) linked.choice.rows = '1e9';
        } catch (error) {
          throw new Finding(`${hash}: ${error.stack}`);
        }
        const first = querystring.parse(hash.slice(1)).v;
        const version = Array.isArray(first) ? first[0] : first;
        promise((linked === null) === (version === undefined), `${hash}: a version is ${version}`);
        if (!linked) return { none: 1 };
        promise(version.trim() === '1' || linked.notes.length > 0, `${hash}: of another version, and nothing said`);
        const { choice, edited, margin } = linked;
        for (const [name, low, high] of [['rows', 1, 1e6], ['noise', 0, 10], ['dataSeed', 0, 2 ** 53 - 1]])
          promise(Number(choice[name]) >= low && Number(choice[name]) <= high, `${hash}: ${name} is ${choice[name]}`);
        promise(margin > 0 && margin <= 0.5, `${hash}: the margin is ${margin}`);
        const again = fromLink(`#${toLink(choice, edited, margin, plan)}`, plan);
        const essence = (of) => JSON.stringify([of.choice, Object.entries(of.edited).map(([key, text]) => [key, text.replace(/\s*,\s*/g, ',').trim()]).sort(), of.margin]);
        const usual = fromLink(`#${toLink(again.choice, again.edited, again.margin, plan)}`, plan);
        promise(essence(again) === essence(usual), `${hash}: written and read, it is ${essence(usual)}, not ${essence(again)}`);
        promise(Object.prototype.rows === undefined && {}.v === undefined, `${hash}: a prototype has changed`);
        return { notes: linked.notes.length };
      },
    };
  },
};

/** Bytes changed, cut, doubled; of text files, words too. */
function mutated(bytes, { below, pick, chance }) {
  let copy = Uint8Array.from(bytes);
  for (let change = 1 + below(4); change > 0 && copy.length > 0; --change) {
    const at = below(copy.length), length = 1 + below(Math.min(24, copy.length - at));
    if (chance(50)) copy[at] = chance(50) ? copy[at] ^ 1 << below(8) : pick([0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x2c, 0x7d, 0x30]);
    else if (chance(50)) copy = Uint8Array.of(...copy.subarray(0, at), ...copy.subarray(at + length));
    else copy = Uint8Array.of(...copy.subarray(0, at + length), ...copy.subarray(at, at + length), ...copy.subarray(at + length));
  }
  return copy;
}

const imports = {
  name: 'imports', row: 1, unit: 'files', goal: 1e6, short: 1500,
  promise: "mutated safetensors, ONNX and JSON files: a model that the library loads, or a typed error",
  async open({ seed, fault }) {
    const instance = await distillery.loadDistillery();
    const table = instance.generate('moons', { rows: 20, seed: 1 });
    const trainer = instance.createTrainer({ inputs: 2, hidden: [2], classes: 2 }, table), model = trainer.model(), own = model.save();
    for (const handle of [trainer, model]) handle.dispose();
    const { fromJson, fromOnnx, fromSafetensors } = importers, text = (value) => typeof value === 'string' ? encoder.encode(value) : value;
    const folder = join(root, 'tests/fixtures/imports');
    const kinds = [
      [fromSafetensors, own], [fromJson, text(exporters.toJson(own))], [fromOnnx, exporters.toOnnx(own)],
      ...readdirSync(folder).filter((name) => /\.(onnx|safetensors)$/.test(name)).map((name) => [name.endsWith('onnx') ? fromOnnx : fromSafetensors, readFileSync(join(folder, name))]),
    ];
    return {
      async check(number) {
        const random = randomOf(seed, number), [reader, whole] = kinds[random.chance(70) ? random.below(3) : random.below(kinds.length)];
        // Of a large file the front is what is understood; its weights are numbers.
        const bytes = mutated(whole, whole.length > 4000 ? { ...random, below: (n) => n === whole.length && random.chance(80) ? random.below(1500) : random.below(n) } : random);
        const { code, value } = await settled(() => reader(bytes), `${reader.name}`, ['corrupt_file', 'unsupported_version', 'unsupported_model', 'shape_mismatch', 'invalid_data', 'invalid_option']);
        if (value) {
          if (fault) value[value.length - 1] ^= 1;
          const loaded = await settled(() => instance.loadModel(value), 'an imported model', []);
          promise(loaded.value.logits(new Float32Array(loaded.value.architecture.inputs)).length === loaded.value.architecture.classes, 'an imported model answers');
          loaded.value.dispose();
        }
        return { [code]: 1 };
      },
      close: () => { if (instance.liveHandles() > 0) throw new Finding('a handle is left'); },
    };
  },
};

const mutatedRuns = {
  name: 'run-files', row: 1, unit: 'files', goal: 1e6, short: 1500,
  promise: 'mutated run files, checksums mended: read and written again alike, or refused by code',
  async open({ seed, fault }) {
    const { decodeRunFile, encodeRunFile } = runFiles, whole = encodeRunFile(await smallRun());
    const opened = (bytes) => {
      try {
        return decodeRunFile(bytes);
      } catch (error) {
        promise(error.name === 'DistilleryError' && ['corrupt_file', 'unsupported_version'].includes(error.code), error.stack);
        return undefined;
      }
    };
    return {
      check(number) {
        const random = randomOf(seed, number), bytes = mutated(whole, random);
        if (random.chance(90) && bytes.length > 16) new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32c(bytes.subarray(0, -4)), true);
        const run = opened(bytes);
        if (!run) return { refused: 1 };
        if (fault) run.report.sizes.pop();
        const again = opened(encodeRunFile(run));
        const plain = ({ state, savedTable, ...header }) => JSON.stringify([header, [...state], savedTable && [...savedTable]]);
        promise(again && plain(again) === plain(run), 'written and read, it is another');
        return { read: 1 };
      },
    };
  },
};

const alteredHere = {
  name: 'altered-js', row: 3, unit: 'files', goal: 1e6, short: 1500,
  promise: 'files of ours in JavaScript and WebAssembly: cut at every byte and flipped at every bit, all refused',
  async open({ fault }) {
    const instance = await distillery.loadDistillery(), { decodeRunFile, encodeRunFile } = runFiles;
    const table = instance.generate('moons', { rows: 12, seed: 1 }), options = { training: { epochs: 2 } };
    const trainer = instance.createTrainer({ inputs: 2, hidden: [2], classes: 2 }, table, options), model = trainer.model(), file = model.save();
    trainer.advance(5);
    const subjects = [
      [file, (bytes) => instance.loadModel(bytes)], [file, exporters.toJson], [file, importers.fromSafetensors], [instance.saveTable(table), (bytes) => instance.loadTable(bytes)],
      [trainer.checkpoint(), (bytes) => instance.resumeTrainer(bytes, table, options)], [encodeRunFile(await smallRun()), decodeRunFile],
    ];
    for (const handle of [trainer, model]) handle.dispose();
    const counts = subjects.map(([{ length }]) => 9 * length), cases = counts.reduce((sum, count) => sum + count);
    return {
      cases,
      async check(number) {
        let at = number * 7919 % cases, which = 0;   // a prime that none of them is a multiple of: each once, in no order
        while (at >= counts[which]) at -= counts[which++];
        const [whole, read] = subjects[which], cut = at < whole.length;
        const bytes = cut ? whole.slice(0, at) : Uint8Array.from(whole);
        if (!cut && !fault) bytes[(at - whole.length) >> 3] ^= 1 << (at - whole.length & 7);
        try {
          await read(bytes);
        } catch (error) {
          promise(error instanceof DistilleryError || error.constructor.name === 'FileError', error.stack);
          return { [cut ? 'cuts' : 'flips']: 1 };
        }
        throw new Finding(`kind ${which}, ${cut ? 'cut' : 'flip'} ${at}: it was read`);
      },
      close: () => promise(fault || instance.liveHandles() === 0, 'a handle is left'),
    };
  },
};

/** A run of a few milliseconds, as the command line keeps it. */
async function smallRun() {
  const planner = await distillery.loadPlanner(), table = planner.generate('moons', { rows: 60, noise: 0.2, seed: 1 });
  const training = { epochs: 1 }, plan = distillery.completePlan({ teachers: { count: 1, hidden: [2], dropout: [], training }, students: { sizes: [[2]], seeds: 1, training, recipe: [{ temperature: 1, softWeight: 0.5, transfer: false }] } });
  const bench = planner.createWorkbench(table, plan), pipeline = bench.createPipeline();
  try {
    return {
      madeBy: '0.1.0', csv: {}, flavour: 'simd', plan, marginChangedLate: false,
      data: { path: 'a.csv', name: 'a.csv', bytes: 1, sha256: '0' }, brought: { unlabelled: null, ensemble: null },
      table: { rows: 60, columnNames: ['x', 'y'], classNames: table.classNames, skipped: 0, warnings: [] },
      schema: (await distillery.readCsv(encoder.encode('x,y,class\n1,2,a\n2,3,b\n3,1,a\n'))).schema, report: pipeline.report(), state: pipeline.save(), savedTable: planner.saveTable(table),
    };
  } finally {
    pipeline.dispose();
    bench.dispose();
  }
}

export const campaigns = [csvFields, csvBytes, links, imports, mutatedRuns, alteredHere];
