import { findSet, ownSet, sets, type ShapeName } from '../data/sets.ts';
import { count, plural } from '../state/format.ts';
import { factsOf } from '../state/own.ts';
import { usualNoise, type DataChoice } from '../state/settings.ts';
import { Question } from '../charts/Question.tsx';
import { ResumeLast } from './Runs.tsx';
import { useApp } from './context.ts';
import { Segments, TextField } from './Field.tsx';
import { DropZone, OwnFile } from './OwnFile.tsx';
import { useWidth } from './useWidth.ts';

const shapes: { value: ShapeName; text: string }[] = [
  { value: 'moons', text: 'Moons' }, { value: 'circles', text: 'Circles' }, { value: 'spirals', text: 'Spirals' },
];

function MadeControls() {
  const { store } = useApp();
  const choice = store.choice.value;
  const errors = store.made.value.errors;
  const change = (part: Partial<DataChoice>) => { store.choice.value = { ...store.choice.value, ...part }; };
  const disabled = store.locked.value;
  return (
    <div class="controls made">
      <Segments name="shape" legend="Shape" value={choice.shape} options={shapes} disabled={disabled}
        onChange={(shape) => change({ shape, noise: usualNoise[shape] })} />
      <TextField id="data-rows" label="Rows" numeric value={choice.rows} error={errors.rows} disabled={disabled} onChange={(rows) => change({ rows })} />
      <TextField id="data-noise" label="Noise" numeric value={choice.noise} error={errors.noise} disabled={disabled} onChange={(noise) => change({ noise })} />
      <TextField id="data-seed" label="Seed" numeric value={choice.dataSeed} error={errors.dataSeed} disabled={disabled} onChange={(dataSeed) => change({ dataSeed })} />
    </div>
  );
}

function SetList() {
  const { store } = useApp();
  const choice = store.choice.value, own = store.own.value;
  return (
    <fieldset class="sets">
      <legend class="hidden">Data</legend>
      {sets.map((set) => {
        const made = set.kind === 'made';
        return (
          <div key={set.id} class={set.id === choice.set ? 'set on' : 'set'}>
            <label>
              <input type="radio" name="set" value={set.id} checked={set.id === choice.set}
                onChange={() => { store.choice.value = { ...store.choice.value, set: set.id }; }} />
              <span class="name">{set.name}</span>
              <span class="shape-of">{made ? `rows made here, ${set.columns} columns` : `${count(set.rows)} rows, ${set.columns} columns, ${set.classes} classes`}</span>
              <span class="use">{set.note}</span>
            </label>
            {made && set.id === choice.set && <MadeControls />}
          </div>
        );
      })}
      {(own || choice.set === ownSet.id) && (
        <div class={choice.set === ownSet.id ? 'set on' : 'set'}>
          <label>
            <input type="radio" name="set" value={ownSet.id} checked={choice.set === ownSet.id}
              onChange={() => { store.choice.value = { ...store.choice.value, set: ownSet.id }; }} />
            <span class="name">{ownSet.name}</span>
            <span class="shape-of">{own ? own.name : 'not chosen yet'}</span>
            <span class="use">{own ? factsOf(own) : ''}</span>
          </label>
        </div>
      )}
    </fieldset>
  );
}

export function FirstVisit() {
  const { store, actions } = useApp();
  const { ref, width } = useWidth<HTMLDivElement>(848);
  const understood = store.understood.value.value;
  const complete = store.complete.value;
  /** As measured on two cores. */
  const quick = findSet(store.choice.value.set).kind === 'preset' && Object.keys(store.edited.value).length === 0 && store.cores.value >= 2;
  const isOwn = store.choice.value.set === ownSet.id;
  const again = store.run.value !== null;
  return (
    <section class="result first" aria-labelledby="sentence">
      <h1 id="sentence" tabIndex={-1}>How small may your network be?</h1>
      <p class="lead">Distillery trains several heavy networks on a table, here in your browser. They teach small networks of many sizes, and you see the smallest that is still good enough.</p>
      <SetList />
      {isOwn && store.own.value && <OwnFile own={store.own.value} />}
      <div class="start">
        <button type="button" class="primary big" id="start" disabled={!complete} onClick={() => { void actions.start(); }}>{quick ? 'Start: answer in about 10 s' : 'Start'}</button>
        <p class="hint" id="start-facts">
          {isOwn && !store.ownTable.value ? (store.own.value ? 'The file is not ready: see above.' : 'Choose your file first.') : understood
            ? <>{understood.teachers} {plural(understood.teachers, 'teacher')}, {understood.sizes.length} student {plural(understood.sizes.length, 'size')}, {store.cores.value} {plural(store.cores.value, 'core')}.<br />Nothing is sent anywhere: it all runs in this tab.</>
            : 'A setting is not complete: see its message.'}
        </p>
        <ResumeLast />
        {again && <button type="button" class="link" id="back" onClick={() => { store.choosing.value = false; }}>Back to the result</button>}
      </div>
      <DropZone />
      <h2 class="chart-title">The question, as a chart</h2>
      <div ref={ref}><Question width={width} /></div>
    </section>
  );
}
