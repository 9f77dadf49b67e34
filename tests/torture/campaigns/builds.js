/** The code itself: allocations that fail, mutants of it that the tests must kill, builds that must be alike. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installed, root, sha256 } from '../../node/support.js';
import { Finding, promise, randomOf } from '../campaign.js';
import { place } from '../subjects.js';

const run = promisify(execFile);
const inBuild = (...path) => join(root, 'build', ...path);

const allocations = {
  name: 'allocations', row: 4, unit: 'calls', goal: 1, short: 1,
  promise: 'every allocation of every public call fails, once and for ever: a typed error, nothing left behind, the next call works',
  open({ fault }) {
    const program = ['debug', 'release'].map((preset) => inBuild(preset, 'bin/distillery_tests')).find(existsSync);
    if (!program) return { skipped: 'the C++ tests are not built: cmake --build --preset debug' };
    return {
      async check() {
        // The fault asks for tests that there are not, which Catch2 counts as a failure.
        const { stdout } = await run(program, [fault ? '[none]' : '[allocations]']).catch(({ stdout = '' }) => { throw new Finding(stdout.slice(-2000)); });
        return { done: 1, assertions: Number(/(\d+) assertions/.exec(stdout)?.[1] ?? 0) };
      },
    };
  },
};

// What is mutated, and the tests that must notice.
const mutated = {
  bytes: ['bytes.test', 'dataset.test', 'model_file.test'], model_file: ['model_file.test'], dataset: ['dataset.test'], jobs: ['plan.test'],
  loss: ['loss.test', 'gradient.test', 'pytorch.test', 'trainer.test'], statistics: ['statistics.test'], hypothesis: ['hypothesis.test', 'statistics.test'],
  non_inferiority: ['non_inferiority.test', 'statistics.test'], metrics: ['metrics.test'], decomposition: ['decomposition.test'],
};
const exchanges = [
  [/ < /g, ' <= '], [/ <= /g, ' < '], [/ > /g, ' >= '], [/ >= /g, ' > '], [/ == /g, ' != '], [/ != /g, ' == '], [/ && /g, ' || '], [/ \|\| /g, ' && '],
  [/ \+ /g, ' - '], [/ - /g, ' + '], [/ \* /g, ' / '], [/ \/ /g, ' * '], [/ \+= /g, ' -= '], [/(?<=[(,= ])(\d+)(?=[;,) ])/g, (digits) => String(Number(digits) + 1)],
  [/\btrue\b/g, 'false'], [/\bfalse\b/g, 'true'], [/\bcontinue;/g, ';'], [/\bstd::min\b/g, 'std::max'], [/\bstd::max\b/g, 'std::min'],
];

/** Every place where a token can be exchanged: file, line, and the line as it would be. */
function pointsOf() {
  const points = [];
  for (const name of Object.keys(mutated)) {
    const path = join(root, `src/distillery/${name}.cpp`), lines = readFileSync(path, 'utf8').split('\n');
    for (const [at, line] of lines.entries()) {
      const code = line.replace(/\/\/.*$/, '');
      if (/^\s*(#|\/\/|$)|static_assert|template|fail\(/.test(code)) continue;   // sentences are not what is tested here
      for (const [token, other] of exchanges)
        for (const { index, 0: text } of code.matchAll(token)) {
          if ((code.slice(0, index).match(/"/g)?.length ?? 0) % 2) continue;
          points.push({ name, path, at, changed: code.slice(0, index) + (typeof other === 'string' ? other : other(text)) + code.slice(index + text.length) });
        }
    }
  }
  return points;
}

const mutation = {
  name: 'mutation', row: 13, unit: 'mutants', goal: 300,
  promise: 'of a seeded sample of mutants of readers, losses and statistics, the C++ tests kill at least 85%',
  open({ seed, fault }) {
    const objects = inBuild('release/tests/CMakeFiles/distillery_tests.dir/cpp'), commands = inBuild('release/compile_commands.json');
    if (!existsSync(inBuild('release/bin/distillery_tests'))) return { skipped: 'the C++ tests are not built: cmake --build --preset release' };
    const points = pointsOf(), folder = place('mutation'), survivors = join(folder, 'survivors.txt');
    const order = points.map((point, at) => [randomOf(seed, at).below(2 ** 40), point]).sort(([a], [b]) => a - b).map(([, point]) => point);
    const commandOf = new Map(JSON.parse(readFileSync(commands, 'utf8')).map(({ file, command }) => [file, command]));
    const libraries = ['libCatch2Main.a', 'libCatch2.a'].map((name) => join(root, '.toolchain/catch2-native/lib', name));
    return {
      cases: order.length,
      async check(number) {
        const { name, path, at, changed } = order[number], lines = readFileSync(path, 'utf8').split('\n'), was = lines[at];
        const source = join(folder, `${name}.cpp`), object = join(folder, `${name}.o`), program = join(folder, 'tests');
        lines[at] = fault ? was : changed;
        writeFileSync(source, lines.join('\n'));
        const words = commandOf.get(path).split(' ').map((word) => (word === path ? source : word));
        words[words.indexOf('-o') + 1] = object;
        try {
          await run(words[0], words.slice(1), { cwd: inBuild('release') });
        } catch {
          return { done: 0, not_compiled: 1 };
        }
        // The library's own object of this name is not taken from the archive, for everything in it is there.
        await run('c++', [...readdirSync(objects).filter((file) => file.endsWith('.o')).map((file) => join(objects, file)), object, inBuild('release/libdistillery.a'), ...libraries, '-pthread', '-o', program]);
        const tags = mutated[name].map((test) => `[#${test}]`).join(',');
        const killed = await run(program, ['-#', tags], { timeout: 120_000 }).then(() => false, () => true);
        if (killed) return { killed: 1 };
        writeFileSync(survivors, `${basename(path)}:${at + 1}\n  - ${was.trim()}\n  + ${changed.trim()}\n`, { flag: number === 0 ? 'w' : 'a' });
        return { survived: 1 };
      },
      findings({ counts: { killed = 0, survived = 0 } }) {
        return killed + survived > 0 && killed < 0.85 * (killed + survived)
          ? [`${killed} of ${killed + survived} mutants were killed; the others are in build/torture/mutation/survivors.txt`] : [];
      },
    };
  },
};

const artefacts = ['distillery-simd.wasm', 'planner-simd.wasm'];
const sums = () => artefacts.map((name) => sha256(readFileSync(join(root, 'wasm/dist', name))));

const supply = {
  name: 'supply', row: 14, unit: 'checks', goal: 3, short: 2,
  promise: 'the package has no runtime dependency; the lockfile gives a list of materials (SBOM); a second clean build gives the same WebAssembly',
  open: ({ fault }) => ({
    check: async (number) => [
      () => {
        const described = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
        if (fault) described.dependencies = { 'left-pad': '1' };
        for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundledDependencies'])
          promise(Object.keys(described[kind] ?? {}).length === 0, `the package has ${kind}`);
        promise(!Object.keys(described.scripts ?? {}).some((name) => /install|prepare/.test(name)), 'the package runs something when it is installed');
      },
      () => {
        // npm wants a version of the whole, which has none: a copy gets the package's.
        const folder = place('sbom'), read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8')), { version } = read('wasm/package.json');
        const lock = read('package-lock.json'), { packages } = lock;
        const write = (name, value) => writeFileSync(join(place('sbom', dirname(name)), basename(name)), JSON.stringify(value));
        for (const name of ['wasm/package.json', 'web/package.json']) write(name, read(name));
        write('package.json', { ...read('package.json'), version });
        write('package-lock.json', { ...lock, version, packages: { ...packages, '': { ...packages[''], version } } });
        const bill = JSON.parse(execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 }));
        writeFileSync(join(place(), 'sbom.cdx.json'), JSON.stringify(bill, null, 1));
        const outside = Object.entries(packages).filter(([path, { link }]) => path.startsWith('node_modules/') && !link);
        for (const [path, { integrity }] of outside) promise(/^sha512-/.test(integrity ?? ''), `${path} has no checksum in the lockfile`);
        promise(bill.components.length >= outside.length, `the list of materials has ${bill.components.length} of ${outside.length} packages`);
        return { packages: outside.length };
      },
      async () => {
        const first = sums(), second = inBuild('again');
        rmSync(second, { recursive: true, force: true });
        const cmake = (...given) => run('cmake', given, { cwd: root, maxBuffer: 2 ** 26 });
        await cmake('--preset', 'wasm', '-B', second);
        await cmake('--build', second, '-j2', '--target', 'wasm_package');
        promise(sums().join() === first.join(), `${first} and then ${sums()}`);
      },
    ][number](),
  }),
};

export const campaigns = [allocations, mutation, supply];
