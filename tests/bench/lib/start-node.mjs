// Prints the milliseconds from import to the first finished training step. argv: the contender's file, the data's
// folder.
import { pathToFileURL } from 'node:url';
import { readData } from './read-data.mjs';
import { tasks, trainingProblem } from './workloads.mjs';

const [file, folder] = process.argv.slice(2);
const problem = trainingProblem(tasks['w1-64'], readData(folder));

const start = performance.now();
const { load } = await import(pathToFileURL(file));
const library = await load({});
await (await library.train(problem)).step();
console.log(JSON.stringify({ result: performance.now() - start }));
process.exit();
