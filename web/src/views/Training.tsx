import { useEffect, useRef } from 'preact/hooks';
import { TeacherCurves } from '../charts/Teachers.tsx';
import { count, percent } from '../state/format.ts';
import { stageShare, type Kind, type RunState } from '../state/run.ts';
import { timeLeft } from '../state/words.ts';
import { useApp } from './context.ts';

function Stage({ name, kind, run }: { name: string; kind: Kind; run: RunState }) {
  const share = stageShare(run, kind);
  const text = kind === 'test' ? '' : `${count(run.done[kind])} of ${count(run.planned[kind])}`;
  return (
    <div class={share > 0 ? 'stage begun' : 'stage'} data-stage={kind}>
      <div class="track"><div class="part" style={{ width: `${(share * 100).toFixed(1)}%` }} /></div>
      <span><b>{name}</b> {text}</span>
    </div>
  );
}

/** Time left, Pause and Stop, the stages. */
export function RunControls({ run }: { run: RunState }) {
  const { actions } = useApp();
  const pauseButton = useRef<HTMLButtonElement>(null);
  const ready = run.phase !== 'preparing';
  // Start is gone once pressed: the reader goes on at Pause.
  useEffect(() => {
    pauseButton.current?.focus({ preventScroll: true });
    scrollTo({ top: 0, behavior: 'instant' });
  }, []);
  return (
    <div class="run-controls">
      <div class="row">
        <p class="time-left">{timeLeft(run)}</p>
        <button type="button" id="pause" ref={pauseButton} aria-disabled={!ready} onClick={() => { if (ready) actions.togglePause(); }}>
          {run.phase === 'paused' ? 'Resume' : 'Pause'}
        </button>
        <button type="button" id="stop" onClick={() => actions.stop()}>Stop</button>
      </div>
      <div class="stages">
        <Stage name="Teachers" kind="teacher" run={run} />
        {run.planned.assistant > 0 && <Stage name="Assistants" kind="assistant" run={run} />}
        {run.planned.trial > 0 && <Stage name="Trials" kind="trial" run={run} />}
        <Stage name="Baselines" kind="baseline" run={run} />
        <Stage name="Students" kind="student" run={run} />
        <Stage name="Choice and test" kind="test" run={run} />
      </div>
    </div>
  );
}

/** The teachers' curves, with what the ensemble of the finished ones reaches. */
export function TeachersSoFar({ run }: { run: RunState }) {
  const report = run.report;
  if (!report) return null;
  const ensemble = report.validation.ensembleAccuracy;
  const onRows = report.validation.rows > 0 ? 'validation' : 'training';
  return (
    <section class="teachers-so-far" aria-labelledby="teachers-title">
      <div class="section-head">
        <h2 id="teachers-title">Right answers on {onRows} rows, by epoch</h2>
        <span class="hint">{run.plan.teachers.training.epochs} epochs each.{ensemble.count > 0 ? ` Dashed: ensemble so far, ${percent(ensemble.estimate)}` : ''}</span>
      </div>
      <TeacherCurves run={run} />
    </section>
  );
}
