// Fresh projects with the packed package in them, and programs to run them with.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serve } from '../../scripts/serve.mjs';
import { launch, limit, until, watch } from '../browser/support.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const apps = fileURLToPath(new URL('./apps/', import.meta.url));
export const tools = fileURLToPath(new URL('./node_modules/', import.meta.url));

const home = mkdtempSync(join(tmpdir(), 'distillery-hosts-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

/** The packed file: what the registry would be given. */
export const tarball = join(home, execFileSync('npm', ['pack', '--silent', '-w', 'wasm', '--pack-destination', home],
  { cwd: root, encoding: 'utf8' }).trim());

/** A new project with the package, under each of `names`, and these files of apps/. */
export function project(files, names = ['distillery']) {
  const folder = mkdtempSync(join(home, 'project-'));
  for (const name of names) {
    const target = join(folder, 'node_modules', name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: { distillery: '*' } }));
  for (const name of ['program.js', ...files]) cpSync(join(apps, name), join(folder, name));
  return folder;
}

/** The page of a project: one script, a module unless it is said to be none. */
export function page(folder, script, attribute = 'type="module"') {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.html'), readFileSync(join(apps, 'index.html'), 'utf8')
    .replace('type="module" src="./page.js"', `${attribute} src="./${script}"`));
}

/** What a program prints last, as JSON; all that it prints otherwise is part of the error. */
export async function printed(program, args, folder, env = {}) {
  const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: folder, env: { ...process.env, ...env }, timeout: limit });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

/** A program of tests/hosts/node_modules, or why it cannot be had. */
export function programOf(file) {
  const path = join(tools, file);
  if (!existsSync(path)) return { missing: `${file} is not made for this machine` };
  try {
    execFileSync(path, ['--version'], { stdio: 'pipe' });
    return { path };
  } catch (error) {
    return { missing: `${file} does not run here: ${error.message.split('\n')[0]}` };
  }
}

// ---- pages -------------------------------------------------------------------------------------------------------

const browser = await Promise.resolve().then(launch).catch((error) => error);
export const noBrowser = browser instanceof Error && browser.message;
export const closeBrowser = () => noBrowser || browser.close();

/** `window.result` of a page that does nothing but what it should. ignored: what its server has it say. */
export async function resultAt(url, ignored = /^$/) {
  const context = await browser.createBrowserContext();
  let problems = [];
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(limit);
    ({ problems } = await watch(page, new URL(url).origin));
    await page.goto(url);
    await until(page, () => window.result !== undefined);
    const result = await page.evaluate(() => window.result);
    assert.deepEqual(problems.filter((problem) => !ignored.test(problem)), []);
    return result;
  } catch (error) {
    throw new Error([error.message, ...problems].join('\n'), { cause: error });
  } finally {
    await context.close();
  }
}

/** The same of a folder that is served under the strict policy. */
export async function resultIn(folder) {
  const server = await serve(folder);
  try {
    return await resultAt(`${server.url}/`);
  } finally {
    await server.close();
  }
}
