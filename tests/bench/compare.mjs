#!/usr/bin/env node
// One job in each tool, as a program of its own: from a shipped CSV file to a distilled student's accuracy on the test rows.
// Prints lines of code, size when installed and time to the result.
//   npm run compare-tools -- [--rounds N] [--only tfjs,…] [--write]        docs/comparison.md says what the job is
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { hasPython, python, pythonEnvironment } from './lib/hosts.mjs';
import { install, ranInOwnNode } from './lib/install.mjs';
import { here, root } from './lib/paths.mjs';
import { withTable } from './lib/report.mjs';

const data = `${root}/data/satellite.csv.gz`, modules = `${here}/node_modules`;

/** packages: what a user asks the package manager for. debian: the same of Debian's archive. */
const tools = [
  { name: 'distillery', file: 'distillery.mjs', packages: ['distillery'] },
  { name: 'tfjs', title: '@tensorflow/tfjs (wasm)', file: 'tfjs.mjs',
    packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-wasm'] },
  { name: 'jax', title: 'jax-js (wasm)', file: 'jax.mjs', packages: ['@jax-js/jax'] },
  { name: 'brain.js', file: 'brain.mjs', packages: ['brain.js'] },
  { name: 'scikit-learn', file: 'scikit_learn.py', module: 'sklearn', debian: 'python3-sklearn' },
];

/** Lines of a program that do something, and of what it takes from beside it. */
function linesOf(file) {
  const text = readFileSync(`${here}/job/${file}`, 'utf8');
  const own = text.split('\n').filter((line) => !/^\s*(\/\/.*|\/\*\*.*\*\/|#.*)?$/.test(line)).length;
  return own + [...text.matchAll(/from '\.\/(.+?)'/g)].reduce((sum, [, name]) => sum + linesOf(name), 0);
}

const bytesBelow = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile()).reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

/** Packages with all that they depend on. */
function closureOf(names, seen = new Map()) {
  for (const name of names) {
    const folder = join(modules, name);
    if (seen.has(name) || !existsSync(folder)) continue;
    seen.set(name, folder);
    closureOf(Object.keys(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies ?? {}), seen);
  }
  return seen;
}

function installed({ name, packages, debian }) {
  if (name === 'distillery') {   // as it is packed
    const [{ unpackedSize }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '-w', 'wasm'], { cwd: root, encoding: 'utf8' }));
    return { bytes: unpackedSize, count: 1 };
  }
  if (packages) {
    const folders = [...closureOf(packages).values()];
    return { bytes: folders.reduce((sum, folder) => sum + bytesBelow(folder), 0), count: folders.length };
  }
  const wanted = new Set(), queue = [debian];
  for (let next; (next = queue.pop()) !== undefined;) {
    if (wanted.has(next)) continue;
    wanted.add(next);
    // Python itself is not counted, as Node is not.
    queue.push(...shown('Depends', next).split(/[,|]/).map((one) => one.trim().split(/[ :]/)[0]).filter((one) => /^python3-/.test(one) && shown('Version', one)));
  }
  const sizes = [...wanted].map((one) => Number(shown('Installed-Size', one)) * 1024);
  return { bytes: sizes.reduce((a, b) => a + b), count: sizes.length };
}

function shown(field, name) {
  try {
    return execFileSync('dpkg-query', ['-W', `-f=\${${field}}`, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

function versionOf({ name, packages, module }) {
  if (name === 'distillery') return JSON.parse(readFileSync(`${root}/wasm/package.json`, 'utf8')).version;
  if (packages) return JSON.parse(readFileSync(join(modules, packages[0], 'package.json'), 'utf8')).version;
  return execFileSync(python, ['-c', `import ${module}; print(${module}.__version__)`], { encoding: 'utf8' }).trim();
}

/** Seconds by the clock, and of the processor, which other programs disturb less. */
async function runOnce({ file, module }, seed) {
  const given = [module ? python : process.execPath, `${here}/job/${file}`, data, String(seed)];
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$@"', 'bash', ...given],
    { env: pythonEnvironment, maxBuffer: 2 ** 26 });
  const [clock, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { clock, processor: user + system, ...JSON.parse(stdout.trim().split('\n').at(-1)) };
}

const mean = (values) => values.reduce((a, b) => a + b) / values.length;
const percent = (share) => `${(share * 100).toFixed(1)}%`;

async function main() {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' }, write: { type: 'boolean' } } });
  const rounds = Number(values.rounds), only = values.only?.split(',');
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1 on');
  install();
  if (ranInOwnNode()) return;
  const there = tools.filter(({ name, module }) => (!only || only.includes(name)) && (!module || hasPython(module)));
  const runs = new Map(there.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; ++round)
    for (const tool of there) {
      const found = await runOnce(tool, round);
      runs.get(tool.name).push(found);
      console.log(`${tool.name}: ${found.clock.toFixed(1)} s, of the processor ${found.processor.toFixed(1)} s, ensemble ${percent(found.ensemble)}, student ${percent(found.student)}`);
    }
  const rows = there.map((tool) => {
    const found = runs.get(tool.name), { bytes, count } = installed(tool);
    return [`${tool.title ?? tool.name} ${versionOf(tool)}`, linesOf(tool.file), `${(bytes / 1e6).toFixed(1)} (${count})`,
      ...['clock', 'processor'].map((what) => Math.min(...found.map((one) => one[what])).toFixed(1)), percent(mean(found.map(({ ensemble }) => ensemble))),
      percent(mean(found.map(({ student }) => student)))];
  });
  const title = ['', 'lines', 'installed, MB (packages)', 'time, s', 'processor, s', 'ensemble', 'student'];
  const table = [title, title.map(() => '-'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const text = `${table}\n\nLeast times and mean accuracies of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, Node ${process.version.slice(1)}, ${cpus()[0]?.model ?? 'unknown'}.`;
  console.log(`\n${text}`);
  if (!values.write) return;
  const page = `${root}/docs/comparison.md`;
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), text));
  console.log('The table in docs/comparison.md is new.');
}

main().catch((error) => {
  console.error(`compare-tools: ${error.message}`);
  process.exitCode = 1;
});
