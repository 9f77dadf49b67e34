// W3: predictions, one row at a time and 10,000 at once. All answer with the same trained nets, brain.js excepted.
import { contest } from './contest.mjs';

export const run = (context) => contest(['w3-one', 'w3-student', 'w3-teacher'], context);
