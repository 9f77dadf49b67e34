import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { installed, root, temporary } from './support.js';

test('the example for continuous integration passes as it stands, with the packed package', () => {
  const folder = temporary();
  cpSync(join(root, 'examples/ci'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(installed, join(folder, 'node_modules/distillery'));
  // Without the variable by which a test runner would take this for one of its own processes.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap'], { cwd: folder, env, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^# pass 2$/m);
});
