import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { distilHere, distillery, loadScalar, modelHashes, readData, root, sha256, smallPlan } from './support.js';

// Same seed, same bytes: one student from every build that there is. (tests/browser adds the browser's.)

const simd = await distillery.loadPlanner();
const scalar = await loadScalar();
const folder = mkdtempSync(join(tmpdir(), 'distillery-bytes-'));
after(() => rmSync(folder, { recursive: true }));

/** What the C++ library distils, compiled by the machine's compiler. */
function distilNatively(preset, table, seed, threads) {
  const program = join(root, 'build', preset, 'bin/distil_tool');
  assert.ok(existsSync(program), `build it first: cmake --preset ${preset} && cmake --build --preset ${preset}`);
  const data = join(folder, 'data'), model = join(folder, 'model');
  writeFileSync(data, simd.saveTable(table));
  execFileSync(program, [data, String(seed), String(threads), model], { stdio: ['ignore', 'inherit', 'inherit'] });
  return sha256(readFileSync(model));
}

const sets = {
  moons: [simd.generate('moons', { rows: 500, noise: 0.25, seed: 3 }), 0],
  // 33 inputs, 3 classes: nothing is a multiple of a vector. A seed beyond 32 bits.
  odd: [oddTable(), 2 ** 53 - 1],
  digits: [await readData('digits'), 1],
};

function oddTable() {
  const rows = 301, columns = 33;
  const { features } = simd.generate('spirals', { rows: Math.ceil(rows * columns / 2), noise: 0.5, seed: 8 });
  const labels = Int32Array.from({ length: rows }, (_, row) => (features[row * columns] > 0) + (features[row * columns + 1] > 0));
  return { features: features.slice(0, rows * columns), columns, labels, classNames: ['none', 'one', 'zwölf ✓'] };
}

test('the scalar build is what it says', () => {
  assert.equal(simd.flavour, 'simd');
  assert.equal(scalar.flavour, 'scalar');
});

for (const [name, [table, seed]] of Object.entries(sets))
  test(`one student of ${name} from C++, released and sanitized, wasm, scalar and SIMD, one thread and two`, async () => {
    const plan = { ...smallPlan, seed };
    const chosen = {};
    const here = distilHere(simd, table, plan);
    chosen['wasm SIMD'] = here.model.chosen;
    chosen['wasm scalar'] = distilHere(scalar, table, plan).model.chosen;
    for (const threads of [1, 2]) {
      const run = distillery.distil(table, plan, { workers: threads });
      const report = await run.report;
      assert.deepEqual(report, here.report);
      assert.deepEqual(modelHashes(run, report), here.model);
      chosen[`wasm SIMD, ${threads} workers`] = sha256(run.chosen());
      run.dispose();
      chosen[`release, ${threads} threads`] = distilNatively('release', table, seed, threads);
      chosen[`debug, ${threads} threads`] = distilNatively('debug', table, seed, threads);
    }
    assert.deepEqual(chosen, Object.fromEntries(Object.keys(chosen).map((build) => [build, here.model.chosen])));
    assert.equal(new Set(Object.values(chosen)).size, 1);
  });

test('generated sets are the same from either build', () => {
  for (const shape of ['moons', 'circles', 'spirals'])
    assert.deepEqual(scalar.generate(shape, { rows: 999, noise: 0.3, seed: 5 }), simd.generate(shape, { rows: 999, noise: 0.3, seed: 5 }));
});

test('another seed gives another student', () => {
  const [table, seed] = sets.moons;
  assert.notEqual(distilHere(simd, table, { ...smallPlan, seed: seed + 1 }).model.chosen, distilHere(simd, table, { ...smallPlan, seed }).model.chosen);
});
