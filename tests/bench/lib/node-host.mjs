// A contender in a process of its own: answers the calls of lib/hosts.mjs. argv: the contender's
// file, the data's folder, how coarse the clock is (lib/session.mjs).
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { createSession } from './session.mjs';
import { readArrays } from './workloads.mjs';

const [file, folder, grain] = process.argv.slice(2);
const bytes = await readFile(`${folder}/data.bin`);
const directory = JSON.parse(await readFile(`${folder}/data.json`, 'utf8'));
const data = readArrays(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), directory);
const { load } = await import(pathToFileURL(file));
const library = await load({});
const session = { ...createSession(library, data, { grain: Number(grain) }), ...library.also?.(data) };

process.on('message', async ({ method, args }) => {
  try {
    process.send({ result: (await session[method](...args)) ?? null });
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
});
process.send({ result: { version: library.version } });
