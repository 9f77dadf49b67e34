/** The C++ readers under mutated files: with sanitizers, in all builds alike, cut and flipped, and by libFuzzer. */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Finding, promise } from '../campaign.js';
import { corpusOf, filesIn, outcomesOf, place, readers, replay } from '../subjects.js';
import { root } from '../../node/support.js';

const blockSize = 1000;
const readerOf = (number) => readers[number % readers.length];
const mutantsOf = (preset, reader, seed, block, count, env) =>
  replay(preset, [reader, 'mutants', String(seed), String(block * blockSize), String(count), ...filesIn(corpusOf(reader))], env);

const mutants = {
  name: 'mutants', row: 1, unit: 'files', goal: 6e6, short: 6000,
  promise: 'mutated files (checksums mended) under ASan, UBSan and leak detection: read and written again alike, or a typed error; memory within twice the file and 1 MB',
  open: ({ seed, fault }) => ({
    async check(number, left) {
      const reader = readerOf(number), count = Math.min(blockSize, left);
      const env = fault ? { DISTILLERY_FUZZ_FAULT: ['overflow', 'leak', 'memory', 'round-trip'][number % 4] } : {};
      const { good, lines } = await mutantsOf('debug', reader, seed, Math.floor(number / readers.length), count, env);
      if (!good) throw new Finding(`${reader}: ${lines.find((line) => /^finding|ERROR: |runtime error/.test(line)) ?? lines.at(-1)}`);
      return { done: count, ...outcomesOf(lines) };
    },
  }),
};

const builds = {
  name: 'builds', row: 2, unit: 'files', goal: 1e6, short: 6000,
  promise: 'the same files through the native, the SIMD and the scalar WebAssembly build: the same code, the same bytes',
  open: ({ seed, fault }) => ({
    async check(number, left) {
      const reader = readerOf(number), block = Math.floor(number / readers.length), count = Math.min(blockSize, left);
      const told = await Promise.all(['release', 'wasm', 'wasm-scalar'].map((preset) => mutantsOf(preset, reader, seed, block, count)));
      if (fault) told[1].lines[0] = 'crc 00000000';
      for (const { good, lines } of told) promise(good, `${reader}, block ${block}: ${lines[0]}`);
      const [native, ...others] = told.map(({ lines }) => lines.join('; '));
      for (const other of others) promise(other === native, `${reader}, block ${block}: ${native} natively, ${other} in WebAssembly`);
      return { done: count, ...outcomesOf(told[0].lines) };
    },
  }),
};

const fuzz = (reader) => ({
  name: `fuzz-${reader}`, row: 1, unit: 'executions', goal: 50e6,
  promise: `libFuzzer on the reader of a ${reader}, checksums off, ASan, UBSan, leak detection: no crash, no leak, no file over 1 s, memory within ${/checkpoint/.test(reader) ? '64 times' : 'twice'} the file and 1 MB`,
  open({ seed, fault }) {
    if (!existsSync(join(root, 'build/fuzz/bin/fuzz'))) return { skipped: 'the build `fuzz` is not there: it needs clang-19 and libclang-rt-19-dev' };
    const corpus = place('corpus', reader), found = place('found');
    for (const file of filesIn(corpusOf(reader))) copyFileSync(file, join(corpus, basename(file)));
    return {
      /** A slice of some seconds; the corpus carries what it learned to the next. */
      async check(number) {
        const process_ = spawn(join(root, 'build/fuzz/bin/fuzz'), [corpus, `-seed=${seed * 100_000 + number + 1}`, '-max_total_time=20', '-timeout=1',
          '-max_len=4096', '-malloc_limit_mb=256', '-rss_limit_mb=4096', `-artifact_prefix=${found}/${reader}-`, '-print_final_stats=1', '-verbosity=0', '-detect_leaks=1'],
        { env: { ...process.env, DISTILLERY_READER: reader, ...(fault && { DISTILLERY_FUZZ_FAULT: 'overflow' }) }, stdio: ['ignore', 'ignore', 'pipe'] });
        let said = '';
        process_.stderr.setEncoding('utf8').on('data', (piece) => { said = (said + piece).slice(-20_000); });
        const code = await new Promise((resolve) => process_.on('close', resolve));
        promise(code === 0, `${reader}: ${/(ERROR: .*|\S+ it allocated.*|what it wrote.*)/.exec(said)?.[0] ?? said.slice(-300)}; the file is in build/torture/found`);
        return { done: Number(/stat::number_of_executed_units: (\d+)/.exec(said)?.[1] ?? 0) };
      },
    };
  },
});

// What of the library's sources is a reader: functions by their names.
const readingFunctions = /load_unguarded|Scanner|load_dataset|get_matrix|ByteReader|unseal|decodeE|check_owner|7Trainer6resume|JobRunC[12]|4Plan6resume|4Plan6absorb|4Plan5State5check|is_utf8/;

const coverage = {
  name: 'coverage', row: 1, unit: 'runs', goal: 1,
  promise: 'the corpora reach at least 95% of the lines of the C++ readers',
  open({ fault }) {
    if (!existsSync(join(root, 'build/coverage/bin/replay'))) return { skipped: 'the build `coverage` is not there: it needs clang-19 and llvm-19' };
    return {
      async check() {
        const folder = place('coverage'), raw = [];
        for (const reader of readers) {
          raw.push(join(folder, `${reader}.profraw`));
          const files = fault ? filesIn(corpusOf(reader)).slice(0, 1) : [...filesIn(corpusOf(reader)), ...filesIn(place('corpus', reader))];
          rmSync(raw.at(-1), { force: true });
          await replay('coverage', [reader, 'files', ...files], { LLVM_PROFILE_FILE: raw.at(-1) });
        }
        const merged = join(folder, 'merged.profdata'), program = join(root, 'build/coverage/bin/replay');
        execFileSync('llvm-profdata-19', ['merge', '-sparse', ...raw, '-o', merged]);
        const export_ = (format) => execFileSync('llvm-cov-19', ['export', `-format=${format}`, program, `-instr-profile=${merged}`], { maxBuffer: 2 ** 28, encoding: 'utf8' });
        const { reached, lines, missed } = linesOf(JSON.parse(export_('text')).data[0], export_('lcov'));
        promise(lines > 200, `only ${lines} lines are taken for readers'`);
        promise(reached >= 0.95 * lines, `${reached} of ${lines} lines: not ${missed.join(', ')}`);
        return { lines, lines_reached: reached };
      },
    };
  },
};

/** Lines of the reading functions that hold code, and which of them never ran. */
function linesOf({ functions }, lcov) {
  const ranges = functions.filter(({ name, filenames }) => readingFunctions.test(name) && filenames[0].includes('/src/distillery/'))
    .map(({ filenames, regions }) => ({ file: filenames[0], first: regions[0][0], last: Math.max(...regions.map((region) => region[2])) }));
  let file = '', lines = 0;
  const missed = [];
  for (const record of lcov.split('\n')) {
    if (record.startsWith('SF:')) file = record.slice(3);
    const [, line, count] = /^DA:(\d+),(\d+)/.exec(record)?.map(Number) ?? [];
    if (!line || !ranges.some((range) => range.file === file && range.first <= line && line <= range.last)) continue;
    ++lines;
    if (count === 0) missed.push(`${basename(file)}:${line}`);
  }
  return { lines, reached: lines - missed.length, missed };
}

/** Whole files of ours, cut at every byte and flipped at every bit. */
const altered = {
  name: 'altered', row: 3, unit: 'passes', goal: 12 * 8, short: 12,
  promise: 'files of ours, natively: cut at every byte and flipped at every bit, all refused',
  open: ({ fault }) => ({
    async check(number) {
      const reader = readerOf(number), what = number % 12 < 6 ? 'cuts' : 'flips', file = filesIn(corpusOf(reader)).filter((path) => basename(path).startsWith('example-'));
      const which = file[Math.floor(number / 12) % file.length];
      const { good, lines } = await replay('release', [reader, what, which], fault ? { DISTILLERY_FUZZ_FAULT: 'accept' } : {});
      promise(good, `${reader}: ${lines[0]}`);
      return outcomesOf(lines);
    },
  }),
};

export const campaigns = [...readers.map(fuzz), coverage, mutants, builds, altered];

