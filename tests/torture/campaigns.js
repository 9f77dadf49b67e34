/** All of them, in the order of the table. */
import { campaigns as builds } from './campaigns/builds.js';
import { campaigns as grammar } from './campaigns/grammar.js';
import { campaigns as hostile } from './campaigns/hostile.js';
import { campaigns as readers } from './campaigns/readers.js';
import { campaigns as training } from './campaigns/training.js';
import { campaigns as workers } from './campaigns/workers.js';

export const campaigns = [...readers, ...grammar, ...training, ...workers, ...hostile, ...builds].sort((a, b) => a.row - b.row);
