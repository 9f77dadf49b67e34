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

/** → { [task]: { [contender]: { min, median, count, loss, agreement } or { skipped } } } */
export async function race(entrants, tasks, { rounds, budget, log }) {
  const results = {};
  for (const task of tasks) {
    const outcome = results[task] = {};
    /** Calls a contender; one that fails is out of this task, and the table says why. */
    const ask = async ({ name, host }, ...call) => {
      try {
        return await host.call(...call);
      } catch (error) {
        outcome[name] = { skipped: reason(error) };
        return null;
      }
    };
    const running = () => runners.filter(({ name }) => !outcome[name]);
    const runners = [];
    for (const entrant of entrants) {
      const ready = await ask(entrant, 'prepare', task);
      if (ready?.skipped) outcome[entrant.name] = ready;
      else if (ready) runners.push({ ...entrant, ...ready, times: [] });
    }
    for (let round = 0; round < rounds; ++round) {
      for (const runner of running()) {
        if (runner.each > slow && round >= rounds / 5) continue;
        runner.times.push(...await ask(runner, 'measure', task, budget) ?? []);
      }
    }
    for (const runner of running()) {
      const loss = await ask(runner, 'release', task);
      outcome[runner.name] ??= { ...summarise(runner.times), loss, agreement: runner.agreement ?? null };
    }
    log(`  ${task}: ${runners.length} contenders, ${rounds} rounds`);
  }
  return results;
}
