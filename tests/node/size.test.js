import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import { installed } from './support.js';

// The goal of the networks is 50,000. Of the planner transfer rows and the matched baseline cost 2,600, trials of recipes
// 4,000, the figures of the report 4,300, ensembles, unlabelled rows and predictions of the caller's and reliability 2,800, groups
// and missing values 1,600, further ways to teach and the parts of the variance 10,000: its limit follows what has been reached.
for (const [name, what, limit] of [['distillery', 'the networks', 46_000], ['planner', 'all that plans need', 92_000]])
  test(`WebAssembly and glue of ${what} are a download of at most ${limit} bytes`, (t) => {
    const size = (ending) => brotliCompressSync(readFileSync(`${installed}/dist/${name}-simd.${ending}`),
      { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
    const wasm = size('wasm'), glue = size('js');
    t.diagnostic(`brotli: ${wasm} bytes of WebAssembly + ${glue} of JavaScript = ${wasm + glue}`);
    assert.ok(wasm + glue <= limit, `${wasm} + ${glue} bytes`);
  });
