// W1, W2 and W3 are the same contest over different tasks.
import { present } from '../contenders/index.mjs';
import { measurePeak } from '../lib/peak.mjs';
import { muster, race } from '../lib/race.mjs';

export async function contest(tasks, { rounds, budget, log }) {
  const entrants = await muster(present(), log);
  const versions = Object.fromEntries(entrants.map(({ name, host }) => [name, host.version]));
  const before = measurePeak();
  try {
    const results = await race(entrants, tasks, { rounds, budget, log });
    return { tasks: results, versions, peak: Math.max(before, measurePeak()) || null };
  } finally {
    for (const { host } of entrants) host.close();
  }
}
