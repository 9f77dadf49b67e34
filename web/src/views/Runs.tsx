import { useEffect, useState } from 'preact/hooks';
import { canBeCompared, pairOf, withPicked } from '../state/compare.ts';
import { bytes, count, plural } from '../state/format.ts';
import { clockTime, isUnfinished, standing, type KeptRun } from '../state/kept.ts';
import { useApp } from './context.ts';
import { later } from './Later.tsx';

const Compare = later(async () => (await import('./Compare.tsx')).Compare);

/** What is deleted is gone, so it takes two presses. */
function Delete({ run, name, disabled }: { run: KeptRun; name: string; disabled: boolean }) {
  const { actions } = useApp();
  const [sure, setSure] = useState(false);
  return (
    <button type="button" class="link" aria-label={`${sure ? 'Really delete' : 'Delete'} ${name}`} disabled={disabled}
      onBlur={() => setSure(false)} onClick={() => { if (sure) void actions.removeRun(run.id); else setSure(true); }}>
      {sure ? 'Really delete' : 'Delete'}
    </button>
  );
}

function Row({ run }: { run: KeptRun }) {
  const { store, actions } = useApp();
  const here = run.id === store.runId.value;
  const busy = store.locked.value && store.run.value?.phase !== 'paused';
  const time = clockTime(run.began, Date.now());
  const name = `the run of ${time}, ${run.data.name}`;
  const verb = isUnfinished(run) ? 'Resume' : 'Open';
  const shown = here && store.atHand.value;
  const place = pairOf(store.earlier.value, store.compared.value)?.findIndex(({ id }) => id === run.id) ?? -1;
  const letter = place < 0 ? '' : ` (${'AB'[place]})`;
  return (
    <li data-run={run.id} data-phase={run.phase}>
      <span class="when">{time}</span>
      <span class="what"><b>{run.data.name}</b>{run.data.made ? `, ${run.data.made}` : ''}. <span class="standing">{shown && isUnfinished(run) ? 'This is the run at hand.' : standing(run)}</span></span>
      <span class="links">
        {canBeCompared(run) && (
          <label class="check">
            <input type="checkbox" name="compare" value={run.id} aria-label={`Compare ${name}`} checked={store.compared.value.includes(run.id)}
              onChange={() => { store.compared.value = withPicked(store.compared.value, run.id); }} /> Compare{letter}
          </label>
        )}
        <button type="button" class="link open" aria-label={`${shown ? 'Show' : verb} ${name}`} disabled={busy && !shown}
          onClick={() => { void actions.openRun(run.id); }}>{shown ? 'Show' : verb}</button>
        <Delete run={run} name={name} disabled={here && store.locked.value} />
      </span>
    </li>
  );
}

export function Runs() {
  const { store } = useApp();
  const runs = store.earlier.value;
  const [wasThere, setWasThere] = useState(false);
  useEffect(() => { if (runs.length > 0) setWasThere(true); }, [runs.length]);
  if (runs.length === 0 && !wasThere) return null;   // no word about what there is not
  const compared = pairOf(runs, store.compared.value);
  const total = runs.reduce((sum, run) => sum + run.bytes, 0);
  return (
    <section class="runs below" id="runs" aria-labelledby="runs-title">
      <h2 id="runs-title" tabIndex={-1}>Earlier runs</h2>
      <p class="hint">
        {runs.length > 0
          ? `${count(runs.length)} ${plural(runs.length, 'run')}, ${bytes(total)}, kept in this browser and nowhere else. What was broken off goes on where it was, to the same student.`
          : 'None is kept any more.'}
      </p>
      <ul>{runs.map((run) => <Row key={run.id} run={run} />)}</ul>
      {compared ? <Compare key={compared.map(({ id }) => id).join()} runs={compared} />
        : runs.filter(canBeCompared).length > 1 && <p class="hint">Choose two to compare them.</p>}
    </section>
  );
}

/** On the first visit after a crash or a reload: the way back. */
export function ResumeLast() {
  const { store, actions } = useApp();
  const last = store.earlier.value[0];
  if (!last || store.run.value || last.phase === 'finished' || last.phase === 'stopped') return null;
  return (
    <button type="button" id="resume-last" onClick={() => { void actions.openRun(last.id); }}>Resume the run of {clockTime(last.began, Date.now())}</button>
  );
}
