// Has PyTorch answer our model files: random networks × 100 rows, each logit within 1e-5 + 1e-4·|logit| of the package's.
//   npm run pytorch -- [networks]     needs Debian's python3-torch, which the set-up does not bring, and wasm/dist built
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomModel } from '../node/random-models.js';
import { distillery, temporary } from '../node/support.js';

const count = Number(process.argv[2] ?? 200), rowCount = 100;
const instance = await distillery.loadDistillery(), folder = temporary();
for (let seed = 0; seed < count; ++seed) {
  const { file, rows } = randomModel(instance, seed, rowCount);
  const model = instance.loadModel(file), home = join(folder, String(seed));
  mkdirSync(home);
  writeFileSync(join(home, 'model.safetensors'), file);
  writeFileSync(join(home, 'rows'), rows);
  writeFileSync(join(home, 'logits'), model.logits(rows));
  model.dispose();
}
const script = fileURLToPath(new URL('answer.py', import.meta.url));
execFileSync('/usr/bin/python3', [script, folder, String(count), String(rowCount)], { stdio: 'inherit' });
