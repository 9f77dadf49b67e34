import { program } from './program.js';

program().then((result) => self.postMessage(result), (error) => self.postMessage({ error: String(error) }));
