/**
 * A campaign runs numbered cases, each a pure function of seed and number, against one promise. So a campaign can stop anywhere and go
 * on later, and whatever it finds can be had again.
 *
 *   { name, row, promise, goal, short, open({ seed, fault }) }
 *
 * row: of the table in docs/robustness.md; goal: how many cases a full run has; short: how many the test command runs; unit: what
 * is counted. `open` gives { check(number), close?(), figures?(), skipped? }. `check` returns what it saw as counts by name; `done` among them, if
 * given, is how many cases that was (1 otherwise). A promise that was broken is thrown, as a Finding. With `fault` the campaign's subject
 * is broken on purpose, so that the first case or cases must find it.
 */
export class Finding extends Error {}

/** Throws a Finding unless the condition holds. */
export function promise(condition, what) {
  if (!condition) throw new Finding(what);
}

/** Whole numbers below n: SplitMix64 (Steele, Lea & Flood 2014) of the seed and the case's number. */
export function randomOf(seed, number) {
  const mask = (1n << 64n) - 1n;
  let state = (BigInt(seed) * 0x9E3779B97F4A7C15n ^ BigInt(number) * 0xBF58476D1CE4E5B9n) & mask;
  const bits = () => {
    let z = state = (state + 0x9E3779B97F4A7C15n) & mask;
    z = ((z ^ z >> 30n) * 0xBF58476D1CE4E5B9n) & mask;
    z = ((z ^ z >> 27n) * 0x94D049BB133111EBn) & mask;
    return z ^ z >> 31n;
  };
  const below = (n) => Number(bits() % BigInt(n));
  return { below, pick: (list) => list[below(list.length)], chance: (percent) => below(100) < percent };
}

export const emptyState = () => ({ next: 0, done: 0, seconds: 0, counts: {}, findings: [] });

/**
 * Runs a campaign on from a state until its goal or the deadline, and gives the new state. keep: is told the state now and then.
 * A campaign stops at its tenth finding, or as many as `most` says.
 */
export async function runCampaign(campaign, { seed, seconds = Infinity, goal = campaign.goal, fault = false, most = 10, keep = () => {}, state = emptyState() }) {
  const opened = await campaign.open({ seed, fault });
  if (opened.skipped) return { ...state, skipped: opened.skipped };
  const started = performance.now(), until = started + seconds * 1000, before = state.seconds;
  let kept = started;
  const time = () => { state.seconds = before + (performance.now() - started) / 1000; };
  try {
    goal = Math.min(goal, opened.cases ?? Infinity);
    while (state.done < goal && performance.now() < until && state.findings.length < most) {
      try {
        const { done = 1, ...counts } = await opened.check(state.next, Math.min(goal - state.done, 1e9)) ?? {};
        state.done += done;
        for (const [name, count] of Object.entries(counts)) state.counts[name] = (state.counts[name] ?? 0) + count;
      } catch (error) {
        if (!(error instanceof Finding)) throw error;
        state.findings.push(`case ${state.next}: ${error.message}`);
        ++state.done;
      }
      ++state.next;
      if (performance.now() - kept < 2000) continue;
      kept = performance.now();
      time();
      keep(state);
    }
    time();
    // What only the whole of the cases can tell.
    for (const finding of await opened.findings?.(state) ?? []) if (!state.findings.includes(finding)) state.findings.push(finding);
    return { ...state, goal };
  } finally {
    await opened.close?.();
  }
}
