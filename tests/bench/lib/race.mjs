// Contenders in turn, round after round, so that a noisy moment of the machine hits them all alike.

export function summarise(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, count: sorted.length };
}

/** The one line of an error that says what is wrong: a process that ended tells it somewhere in its stack. */
export function reason(error) {
  const lines = String(error.message).split('\n');
  return (lines.findLast((line) => /^\s*\w*Error: /.test(line)) ?? lines[0]).trim().slice(0, 160);
}

/** Starts hosts, leaving out those that do not come up. → [{ name, host }] */
export async function muster(contenders, log) {
  const there = [];
  for (const { name, start } of contenders) {
    try {
      there.push({ name, host: await start() });
    } catch (error) {
      log(`  ${name} does not take part: ${reason(error)}`);
    }
  }
  return there;
}

const slow = 400;   // ms: who needs more than that for one measurement sits out most rounds

/** → { [task]: { [contender]: { min, median, count, loss?, agreement? } or { skipped } } } */
export async function race(entrants, tasks, { rounds, budget, log }) {
  const results = {};
  for (const task of tasks) {
    const runners = [];
    results[task] = {};
    for (const { name, host } of entrants) {
      try {
        const { skipped, each, agreement } = await host.call('prepare', task);
        if (skipped) results[task][name] = { skipped };
        else runners.push({ name, host, agreement, times: [], most: each > slow ? Math.ceil(rounds / 5) : rounds });
      } catch (error) {
        results[task][name] = { skipped: reason(error) };
      }
    }
    for (let round = 0; round < rounds; ++round) {
      for (const { host, times, most } of runners) {
        if (round < most) times.push(...await host.call('measure', task, budget));
      }
    }
    for (const { name, host, times, agreement } of runners) {
      const loss = await host.call('release', task);
      results[task][name] = { ...summarise(times), ...(loss !== null && { loss }), ...(agreement != null && { agreement }) };
    }
    log(`  ${task}: ${runners.length} contenders, ${rounds} rounds`);
  }
  return results;
}
