// A contender in a process of its own: answers the calls of lib/hosts.mjs. argv: the contender's file, the data's
// folder, how coarse the clock is (lib/session.mjs).
import { pathToFileURL } from 'node:url';
import { readData } from './read-data.mjs';
import { createSession } from './session.mjs';

const [file, folder, grain] = process.argv.slice(2);
const data = readData(folder);
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
