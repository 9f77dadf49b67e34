import { program } from './program.js';

window.result = program();
