// The contenders, from a lockfile of their own.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { here, root } from './paths.mjs';

/** Engines differ by a fifth and more, so all contenders run in the one that the lockfile names, whatever is installed. */
export const ownNode = `${here}/node_modules/node-linux-${process.arch}/bin/node`;

/** Brings them, the first time and whenever the lockfile has changed since. */
export function install() {
  if (!existsSync(`${root}/wasm/dist/node.js`)) throw new Error('the package is not built yet: run scripts/site');
  const stamp = `${here}/node_modules/.installed`;
  const lockfile = readFileSync(`${here}/package-lock.json`, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return;
  console.log('installing the contenders …');
  // Their own install scripts are not needed: nothing of them is native.
  execFileSync('npm', ['ci', '--silent', '--ignore-scripts'], { cwd: here, stdio: 'inherit' });
  writeFileSync(stamp, lockfile);
}

/** Runs this program again in that Node, where it is not in it. Whether it did. */
export function ranInOwnNode() {
  if (!existsSync(ownNode) || process.execPath === ownNode) return false;
  process.exitCode = spawnSync(ownNode, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1;
  return true;
}
