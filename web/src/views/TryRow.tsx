/** A row that the reader changes, and what every network says about it. Fetched when the reader comes near. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Panel } from '../asking.ts';
import { quickSlices, slice } from '../latency.ts';
import { count, duration, percent } from '../state/format.ts';
import { plainText } from '../state/own.ts';
import { featuresOf, fieldsOf, likeliest, noValue, valuesOf, type Field } from '../state/row.ts';
import type { RunState } from '../state/run.ts';
import { useApp } from './context.ts';
import '../styles/row.css';

/** More fields than that make no form; the rest keeps the values of the row. */
const mostFields = 128;
/** Classes whose probability is told. */
const mostClasses = 3;

function RowField({ id, field, value, fault, onChange }: {
  id: string; field: Field; value: string; fault: boolean; onChange: (text: string) => void;
}) {
  return (
    <div class="row-field">
      <label for={id}>{plainText(field.name, 40)}</label>
      {field.kind === 'number' ? (
        <input id={id} class="number" inputMode="decimal" autocomplete="off" value={value} aria-invalid={fault || undefined}
          aria-describedby={fault ? 'row-fault' : undefined} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {field.options.map((name, i) => <option key={name} value={String(i)}>{plainText(name, 40)}</option>)}
          <option value={noValue}>(no value)</option>
        </select>
      )}
    </div>
  );
}

function Answers({ panel, said, classNames, label, times }: {
  panel: Panel; said: readonly Float32Array[]; classNames: readonly string[]; label: number | null; times: readonly number[];
}) {
  const tones = { student: 'student', baseline: 'baseline', ensemble: 'ink', teacher: 'muted' };
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Answers of every network">
      <table id="row-answers">
        <thead><tr><th scope="col">Network</th><th scope="col">Answer</th><th scope="col">One row takes</th><th scope="col">Probabilities</th></tr></thead>
        <tbody>
          {panel.networks.map(({ kind, name }, i) => {
            const shares = likeliest(said[i]!, mostClasses), answer = shares[0]!;
            const verdict = label === null ? '' : answer.label === label ? ' (right)' : ' (wrong)';
            return (
              <tr key={name} data-network={kind}>
                <th scope="row" class={tones[kind]}>{name}</th>
                <td>{plainText(classNames[answer.label]!, 30)}<span class="muted">{verdict}</span></td>
                <td data-time>{times[i] === undefined ? '…' : duration(times[i])}</td>
                <td class="shares">
                  <span class={`bar ${kind}`} aria-hidden="true"><i style={{ width: `${(100 * answer.probability).toFixed(1)}%` }} /></span>
                  {shares.map(({ label: c, probability }) => `${plainText(classNames[c]!, 20)}: ${percent(probability)}`).join(', ')}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Form({ panel }: { panel: Panel }) {
  const { finished } = panel, { table } = finished;
  const fields = useMemo(() => fieldsOf(table), [table]);
  const rows = useMemo(() => finished.testRows(), [finished]);
  const start = (at: number) => {
    const row = rows[at] ?? at;
    return { at, row, changed: false, values: valuesOf(fields, table.features.subarray(row * table.columns, (row + 1) * table.columns)) };
  };
  const [typed, setTyped] = useState(() => start(0));
  const [times, setTimes] = useState<readonly number[]>([]);
  useEffect(() => { void panel.time(setTimes); }, [panel]);
  const { at, row, changed, values } = typed, last = (rows.length || table.labels.length) - 1;
  const { features, faults } = featuresOf(fields, values);
  const [answers, problem] = useMemo(() => answersOf(panel, features), [panel, values.join('\n')]);
  const label = changed ? null : table.labels[row]!;
  const put = (i: number, text: string) => setTyped({ ...typed, changed: true, values: values.with(i, text) });
  const place = `${rows.length > 0 ? 'Test row' : 'Row'} ${count(at + 1)} of ${count(last + 1)}`;
  return (
    <>
      <div class="controls">
        <button type="button" id="row-before" disabled={at === 0} onClick={() => setTyped(start(at - 1))}>Row before</button>
        <button type="button" id="row-next" disabled={at === last} onClick={() => setTyped(start(at + 1))}>Next row</button>
        {changed && <button type="button" id="row-reset" onClick={() => setTyped(start(at))}>As it was</button>}
        <span class="hint" id="row-place">
          {place}, row {count(row + 1)} of the data. {changed ? 'Changed here.' : `Its label: ${plainText(table.classNames[label!]!, 40)}.`}
        </span>
      </div>
      <fieldset class="row-form">
        <legend class="hidden">Columns of the row</legend>
        {fields.slice(0, mostFields).map((field, i) => (
          <RowField key={field.name} id={`row-field-${i}`} field={field} value={values[i]!} fault={faults.has(i)} onChange={(text) => put(i, text)} />
        ))}
      </fieldset>
      {fields.length > mostFields && <p class="hint">The other {count(fields.length - mostFields)} columns keep the values of the row.</p>}
      {faults.size > 0 && <p class="field-error" id="row-fault" role="alert">{plainText(fields[[...faults][0]!]!.name, 40)} needs a number, such as 12 or 0.5.</p>}
      {problem && <p class="field-error" role="alert">{problem}</p>}
      <div aria-live="polite">{answers && <Answers panel={panel} said={answers} classNames={table.classNames} label={label} times={times} />}</div>
      <p class="hint" id="row-how">
        Each network was asked about one row after the other, on this page’s own thread: the median of {quickSlices} times {slice} ms.
        {' '}The ensemble’s answer takes all its teachers.
      </p>
    </>
  );
}

function answersOf(panel: Panel, features: Float32Array | null): [Float32Array[] | null, string | null] {
  try {
    return [features && panel.ask(features), null];
  } catch {
    return [null, 'A value is too far from all rows that the networks have seen: they have no answer.'];
  }
}

export function TryRow({ run }: { run: RunState }) {
  const { actions } = useApp();
  const [panel, setPanel] = useState<Panel | null>(null);
  const { choice } = run.report!;
  useEffect(() => {
    let opened: Panel | null = null, gone = false;
    actions.openPanel().then((found) => {
      if (gone) return found?.close();
      opened = found;
      setPanel(found);
    }, () => {});   // without the engine there is no finished run
    return () => {
      gone = true;
      opened?.close();
      setPanel(null);
    };
  }, [choice.size, choice.seed]);
  return (
    <section class="row-try below" aria-labelledby="row-title" aria-busy={panel === null}>
      <h2 id="row-title">Try a row</h2>
      <p class="lead">Change what stands in a row, and see what every network makes of it.</p>
      {panel && <Form panel={panel} />}
    </section>
  );
}
