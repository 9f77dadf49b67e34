import { useEffect, useMemo, useRef } from 'preact/hooks';
import { changes } from '../state/settings.ts';
import { isOver, type RunState } from '../state/run.ts';
import { evidence, headline, stateLine } from '../state/words.ts';
import { save } from '../charts/save.ts';
import { useApp } from './context.ts';
import { Facts } from './Facts.tsx';
import { TradeOffPanel } from './TradeOffPanel.tsx';
import { RunControls, TeachersSoFar } from './Training.tsx';

/** What the run was asked, while the controls ask something else. */
function ChangedSettings({ run }: { run: RunState }) {
  const { store } = useApp();
  const settings = store.settings.value;
  if (store.choice.value.set !== run.data.setId) return null;
  const list = changes(run.settings, settings);
  if (list.length === 0) return null;
  return (
    <p class="changed" id="changed">
      Settings changed: {list.join('; ')}.{' '}
      <button type="button" class="link" id="undo-all" onClick={() => { store.edited.value = run.settings; }}>Undo</button>
    </p>
  );
}

export function takeStudent(bytes: Uint8Array | null): void {
  if (bytes) save('student.safetensors', 'application/octet-stream', bytes);
}

function Buttons({ run }: { run: RunState }) {
  const { store, actions } = useApp();
  const settings = store.settings.value;
  const changed = changes(run.settings, settings).length > 0;
  const complete = store.understood.value.value !== null;
  const finished = run.phase === 'finished' && (run.report?.choice.size ?? -1) >= 0;
  return (
    <div class="buttons">
      {finished && (
        <button type="button" id="take" class={changed ? '' : 'primary'} onClick={() => takeStudent(actions.takeStudent())}>Take the student</button>
      )}
      <button type="button" id="again" class={changed || !finished ? 'primary' : ''} disabled={!complete} onClick={() => { void actions.start(); }}>Run again</button>
      {finished && <a href="#take-away">All formats</a>}
    </div>
  );
}

export function Result({ run }: { run: RunState }) {
  const { store } = useApp();
  const data = store.chart.value;
  const over = isOver(run);
  const chart = useMemo(() => data && <TradeOffPanel data={data} />, [data]);
  const sentence = headline(run);
  const proof = evidence(run);
  const title = useRef<HTMLHeadingElement>(null);
  const wasOver = useRef(over);
  useEffect(() => {
    // Pause and Stop are gone: whoever was on them goes on at the answer.
    if (over && !wasOver.current && (document.activeElement === document.body || document.activeElement === null)) {
      title.current?.focus({ preventScroll: true });
    }
    wasOver.current = over;
  }, [over]);
  return (
    <section class={`result ${run.phase}`} aria-labelledby="sentence">
      <p class="state-line" id="state-line">{stateLine(run, performance.now())}</p>
      {store.unkept.value && <p class="unkept" role="alert" id="unkept">{store.unkept.value}</p>}
      <h1 id="sentence" ref={title} tabIndex={-1}>{sentence.before}{sentence.key && <em>{sentence.key}</em>}{sentence.after}</h1>
      {over ? (
        <>
          {proof && <p class="evidence" id="evidence">{proof.measured} <span class="muted">{proof.sureness}</span></p>}
          {run.marginChangedLate && <p class="note">The margin was changed after the test rows had been seen: they no longer test it afresh.</p>}
          {run.phase === 'finished' && <Facts run={run} />}
        </>
      ) : (
        <RunControls run={run} />
      )}
      {(!over || run.phase === 'stopped') && <TeachersSoFar run={run} />}
      {chart}
      {over && <ChangedSettings run={run} />}
      {over && <Buttons run={run} />}
    </section>
  );
}
