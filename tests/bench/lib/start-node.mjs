// Prints the milliseconds from import to the first finished training step. argv: the contender's file, the data's folder.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { readArrays, tasks, trainingProblem } from './workloads.mjs';

const [file, folder] = process.argv.slice(2);
const bytes = readFileSync(`${folder}/data.bin`);
const data = readArrays(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), JSON.parse(readFileSync(`${folder}/data.json`)));
const problem = trainingProblem(tasks['w1-64'], data);

const start = performance.now();
const { load } = await import(pathToFileURL(file));
const library = await load({});
await (await library.train(problem)).step();
console.log(JSON.stringify({ result: performance.now() - start }));
process.exit();
