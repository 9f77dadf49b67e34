// Who takes part. `start` gives a host (lib/hosts.mjs) in this machine's Node or Python.
import { hasPython, startNode, startPython } from '../lib/hosts.mjs';
import { here } from '../lib/paths.mjs';

const file = (name) => `${here}/contenders/${name}`;

/** browser: it can run in a page too. flags: of Node. */
const node = (name, module, { flags, ...more } = {}) => ({
  name, module, flags, file: file(`${module}.mjs`), ...more,
  start: (options) => startNode(file(`${module}.mjs`), { flags, ...options }),
});
const python = (name, module, needs) => (
  { name, python: file(`${module}.py`), needs, start: () => startPython(file(`${module}.py`)) });

const relaxedSimd = parseInt(process.versions.node) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];

export const contenders = [
  node('distillery', 'distillery', { browser: true }),
  node('distillery fast', 'distillery-fast', { browser: true, flags: relaxedSimd }),
  python('PyTorch, 1 thread', 'pytorch', 'torch'),
  python('scikit-learn, 1 thread', 'scikit_learn', 'sklearn'),
  node('tfjs-wasm', 'tfjs-wasm', { browser: true }),
  node('jax-js', 'jax', { browser: true }),
  node('onnxruntime-web', 'onnxruntime', { browser: true }),
  node('tfjs-cpu', 'tfjs-cpu'),
  node('brain.js', 'brain'),
];

export const byName = (name) => contenders.find((contender) => contender.name === name);

/** Those whose Python modules are installed. */
export const present = () => contenders.filter(({ needs }) => !needs || hasPython(needs));
