// Where contenders run. A host has its library's version, call(method, ...args), one at a time, and close().
import { fork, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dataFolder, here } from './paths.mjs';

export const python = '/usr/bin/python3';

/** One thread each, whatever the library beneath: that is what is compared. */
export const pythonEnvironment = {
  ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1',
};

function createHost(child, send, listen) {
  let waiting = null;
  let noise = '';
  child.stderr.on('data', (text) => { noise = (noise + text).slice(-4000); });
  listen((message) => {
    const { resolve, reject } = waiting;
    waiting = null;
    if (message.error) reject(new Error(message.error));
    else resolve(message.result);
  });
  child.on('exit', (code) => waiting?.reject(new Error(`it ended with code ${code}: ${noise}`)));
  child.on('error', (error) => waiting?.reject(error));
  const answer = () => new Promise((resolve, reject) => { waiting = { resolve, reject }; });
  return answer().then(({ version }) => ({
    version,
    call(method, ...args) {
      const result = answer();
      send({ method, args });
      return result;
    },
    close: () => void child.kill(),
  }));
}

export function startNode(file, { flags = [], grain = 0 } = {}) {
  const child = fork(`${here}/lib/node-host.mjs`, [file, dataFolder, grain], {
    execArgv: flags, stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return createHost(child, (message) => child.send(message), (hear) => child.on('message', hear));
}

export function startPython(file) {
  const child = spawn(python, [`${here}/lib/host.py`, file, dataFolder], {
    env: pythonEnvironment, stdio: ['pipe', 'pipe', 'pipe'],
  });
  return createHost(child, (message) => child.stdin.write(`${JSON.stringify(message)}\n`), (hear) => {
    createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line)));
  });
}

export const hasPython = (module) => spawnSync(python, ['-c', `import ${module}`]).status === 0;
