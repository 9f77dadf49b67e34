// W1: epochs of the teacher. Without dropout, scikit-learn is compared like with like; with it, it has less to do.
import { contest } from './contest.mjs';

export const run = (context) => contest(['w1-64', 'w1-256', 'w1-64-separable', 'w1-256-separable'], context);
