/** All of them, in the order of the table. */
import { campaigns as grammar } from './campaigns/grammar.js';
import { campaigns as readers } from './campaigns/readers.js';

export const campaigns = [...readers, ...grammar].sort((a, b) => a.row - b.row);
