// The machine's peak with 128-bit multiplies and adds, in GFLOP/s, by a native program compiled on the fly.
import { execFileSync } from 'node:child_process';
import { here, output } from './paths.mjs';

let compiled = false;

/** null where there is no compiler. Call it before and after what it is compared with, and take the larger. */
export function measurePeak() {
  const program = `${output}/peak`;
  try {
    if (!compiled) execFileSync('c++', ['-x', 'c', '-O2', '-ffp-contract=off', `${here}/peak.c`, '-o', program]);
    compiled = true;
    return Number(execFileSync(program, { encoding: 'utf8' }));
  } catch {
    return null;
  }
}
