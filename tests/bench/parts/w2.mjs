// W2: epochs of the student on soft targets. scikit-learn has none: it trains on labels.
import { contest } from './contest.mjs';

export const run = (context) => contest(['w2'], context);
