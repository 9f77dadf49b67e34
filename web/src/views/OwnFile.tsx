/** A file of the reader's own: where it is chosen, and what is in it before anything is trained. Its texts are only ever text. */
import { useEffect, useRef } from 'preact/hooks';
import type { CsvFormat, CsvProgress } from 'distillery';
import { count, percent } from '../state/format.ts';
import {
  decimals, delimiters, factsOf, formText, inOurWords, labelOf, missingText, plainText, previewOf, progressText, rowText, type Findings,
  type Outcome, type OwnFile as Own, type Place, type ReadTable,
} from '../state/own.ts';
import { useApp } from './context.ts';
import { Choice, Segments } from './Field.tsx';

export function DropZone() {
  const { own } = useApp();
  const input = useRef<HTMLInputElement>(null);
  return (
    <section class="drop" aria-labelledby="drop-title">
      <div>
        <h2 id="drop-title">Or use your own: drop a file here.</h2>
        <p class="hint">CSV (also gzipped) or Parquet. One row per example, one column to predict. Up to 1,000,000 rows. It is read here and never leaves this machine.</p>
      </div>
      <button type="button" id="choose-file" aria-describedby="drop-title" onClick={() => input.current?.click()}>Choose a file</button>
      <input type="file" id="own-file" ref={input} hidden aria-label="Your own file" accept=".csv,.tsv,.txt,.data,.gz,.parquet,text/csv"
        onChange={({ currentTarget }) => {
          own.choose(Array.from(currentTarget.files ?? []));
          currentTarget.value = '';   // so that the same file can be chosen again
        }} />
    </section>
  );
}

function Reading({ progress }: { progress: CsvProgress }) {
  const { own } = useApp();
  return (
    <div class="reading">
      <progress aria-label="Reading the file" max={1} value={progress.totalBytes ? progress.bytes / progress.totalBytes : undefined} />
      <span id="own-progress">{progressText(progress)}</span>
      <button type="button" id="own-cancel" onClick={() => own.cancel()}>Cancel</button>
    </div>
  );
}

function Choices({ file }: { file: Own }) {
  const { own } = useApp();
  const { options, columns } = file, label = labelOf(file);
  const used = [...new Set([...(label === '' ? [] : [label]), ...columns])].filter((name) => !options.ignore.includes(name));
  const labels = used.filter((name) => name !== options.group), groups = used.filter((name) => name !== label);
  const names = [...(label === '' ? [{ value: '', text: 'Choose a column' }] : []), ...labels.map((name) => ({ value: name, text: plainText(name) }))];
  return (
    <div class="controls choices">
      {labels.length > 0 && (
        <Choice id="own-label" label="Label, the column to predict" value={label} error={undefined} disabled={false} options={names}
          onChange={(name) => { if (name !== '') own.change({ label: name }); }} />
      )}
      {groups.length > 1 && (
        <Choice id="own-group" label="Group, whose rows stay together" value={options.group ?? ''} error={undefined} disabled={false}
          options={[{ value: '', text: 'none' }, ...groups.map((name) => ({ value: name, text: plainText(name) }))]}
          onChange={(name) => own.change({ group: name || undefined })} />
      )}
      <div class="field"><span>Rows that cannot be read</span>
        <Segments name="own-badRows" legend="Rows that cannot be read" value={options.badRows}
          options={[{ value: 'stop', text: 'Stop' }, { value: 'skip', text: 'Skip' }]} onChange={(badRows) => own.change({ badRows })} />
      </div>
      <div class="field"><span>Rows with a missing value</span>
        <Segments name="own-missing" legend="Rows with a missing value" value={options.missing}
          options={[{ value: 'stop', text: 'Stop' }, { value: 'skip', text: 'Leave out' }, { value: 'mean', text: 'Mean' }, { value: 'median', text: 'Median' }]} onChange={(missing) => own.change({ missing })} />
      </div>
      <div class="field"><span>Columns that cannot be features</span>
        <Segments name="own-unusable" legend="Columns that cannot be features" value={options.unusable}
          options={[{ value: 'stop', text: 'Stop' }, { value: 'ignore', text: 'Leave out' }]} onChange={(unusable) => own.change({ unusable })} />
      </div>
    </div>
  );
}

/** How a text is cut into fields and numbers: guessed, unless the reader knows better. */
function Form({ file }: { file: Own }) {
  const { own } = useApp();
  const { options } = file, form = formText(file);
  if (form === null) return null;
  const guessed = { value: '', text: 'guessed' };
  const named = (list: readonly (readonly [string, string])[]) => [guessed, ...list.map(([value, text]) => ({ value, text }))];
  return (
    <details class="used-columns" id="own-form" open={options.delimiter !== undefined || options.decimal !== undefined}>
      <summary>Text: {form}</summary>
      <div class="controls">
        <Choice id="own-delimiter" label="Between fields" value={options.delimiter ?? ''} error={undefined} disabled={false} options={named(delimiters)}
          onChange={(sign) => own.change({ delimiter: sign || undefined })} />
        <Choice id="own-decimal" label="Decimal mark" value={options.decimal ?? ''} error={undefined} disabled={false} options={named(decimals)}
          onChange={(sign) => own.change({ decimal: (sign || undefined) as CsvFormat['decimal'] | undefined })} />
      </div>
    </details>
  );
}

/** Which columns are used. What cannot be used is no matter of choice, and is told elsewhere. */
function Columns({ file }: { file: Own }) {
  const { own } = useApp();
  const { options: { ignore } } = file, most = 200, label = labelOf(file);
  const columns = file.columns.filter((name) => name !== label);
  if (columns.length === 0) return null;
  const toggle = (name: string, used: boolean) => own.change({ ignore: used ? ignore.filter((other) => other !== name) : [...ignore, name] });
  return (
    <details class="used-columns">
      <summary>Columns: {count(columns.length - ignore.length)} used, {count(ignore.length)} left out</summary>
      <fieldset>
        <legend class="hidden">Columns to use</legend>
        {columns.slice(0, most).map((name) => (
          <label key={name} class="check">
            <input type="checkbox" name="own-column" value={name} checked={!ignore.includes(name)}
              onChange={({ currentTarget }) => toggle(name, currentTarget.checked)} />
            {plainText(name, 40)}
          </label>
        ))}
      </fieldset>
      {columns.length > most && <p class="hint">The other {count(columns.length - most)} are used.</p>}
    </details>
  );
}

function SkippedRows({ skipped, place, title }: { skipped: Findings['skipped']; place: Place; title: string }) {
  if (skipped.count === 0) return null;
  const shown = 10, rows = skipped.rows.map((row) => <li key={row.line}>{rowText(row, place)}</li>);
  const unlisted = skipped.count - skipped.rows.length;
  return (
    <div class="skipped">
      <h3>{title}: {count(skipped.count)}</h3>
      <ul id="own-skipped">{rows.slice(0, shown)}</ul>
      {rows.length > shown && (
        <details>
          <summary>{rows.length - shown} more</summary>
          <ul>{rows.slice(shown)}</ul>
          {unlisted > 0 && <p class="hint">And {count(unlisted)} that are not listed.</p>}
        </details>
      )}
    </div>
  );
}

function Missing({ missing }: { missing: Findings['missing'] }) {
  const text = missingText(missing);
  return text === '' ? null : <p class="note" id="own-missing">Fields without a value, by column: {text}.</p>;
}

function Balance({ table: { classNames, classCounts, labels } }: { table: ReadTable }) {
  const shown = 12, most = Math.max(...classCounts);
  return (
    <div>
      <h3>Classes</h3>
      <ul class="balance" id="own-classes">
        {classNames.slice(0, shown).map((name, at) => (
          <li key={name}>
            <span class="name">{plainText(name, 40)}</span>
            <span class="track" aria-hidden="true"><span class="part" style={{ width: `${(100 * classCounts[at]! / most).toFixed(1)}%` }} /></span>
            <span>{count(classCounts[at]!)} <span class="muted">({percent(classCounts[at]! / labels.length)})</span></span>
          </li>
        ))}
      </ul>
      {classNames.length > shown && <p class="hint">And {count(classNames.length - shown)} more, with {count(Math.min(...classCounts))} rows at least.</p>}
    </div>
  );
}

function FirstRows({ table }: { table: ReadTable }) {
  const most = 20, columns = previewOf(table, 5, most), more = table.schema.columns.length + 1 - columns.length;
  return (
    <div>
      <div class="scroll" role="region" aria-label="The first rows" tabIndex={0}>
        <table id="own-rows">
          <caption>The first rows, as they were understood{more > 0 ? `; ${count(more)} more columns are not shown` : ''}</caption>
          <thead>
            <tr>{columns.map(({ name, kind }, at) => (
              <th key={name} scope="col" class={at === 0 ? 'label' : ''}><b>{plainText(name, 30)}</b><br />{kind}</th>
            ))}</tr>
          </thead>
          <tbody>
            {columns[0]!.cells.map((_, row) => (
              <tr key={row}>{columns.map(({ name, cells }) => <td key={name}>{plainText(cells[row]!, 30)}</td>)}</tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Read({ outcome: { table, place } }: { outcome: Outcome & { kind: 'read' } }) {
  return (
    <>
      {table.imputation && <p class="note" id="own-filling">What is missing gets the {table.imputation} of its column over the training rows; a missing category stays without one.</p>}
      {table.warnings.length > 0 && (
        <ul class="warnings" id="own-warnings">{table.warnings.map((warning) => <li key={warning}>{plainText(inOurWords(warning), 500)}</li>)}</ul>
      )}
      {table.classNames.length < 2 && <p class="field-error" role="alert">There is only one class: choose another label.</p>}
      <FirstRows table={table} />
      <Balance table={table} />
      <SkippedRows skipped={table.skipped} place={place} title="Rows left out" />
      <Missing missing={table.missing} />
    </>
  );
}

function Refused({ outcome: { findings, place } }: { outcome: Outcome & { kind: 'refused' } }) {
  return (
    <>
      {findings && <SkippedRows skipped={findings.skipped} place={place} title="Rows that cannot be read" />}
      {findings && <Missing missing={findings.missing} />}
    </>
  );
}

export function OwnFile({ own: file }: { own: Own }) {
  const { outcome, progress } = file;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => { title.current?.focus({ preventScroll: false }); }, [file.file]);
  return (
    <section class={progress ? 'own reading-now' : 'own'} aria-labelledby="own-title" aria-busy={progress !== null}>
      <h2 id="own-title" ref={title} tabIndex={-1}>{file.name}</h2>
      <p class="hint" id="own-facts">{factsOf(file)}</p>
      <p class="privacy" id="own-privacy">Your file stays on this machine: the page asks its own host for its own files, and sends nothing.</p>
      {progress && <Reading progress={progress} />}
      {outcome?.kind === 'refused' && !progress && (
        <p class="field-error" role="alert">
          <span id="own-refusal">{plainText(inOurWords(outcome.reason), 1000)}</span>{outcome.findings && ' The choices here decide about it:'}
        </p>
      )}
      {outcome && <Choices file={file} />}
      {outcome && <Columns file={file} />}
      {outcome && <Form file={file} />}
      {outcome && (
        <div class="found">
          {outcome.kind === 'read' ? <Read outcome={outcome} /> : <Refused outcome={outcome} />}
        </div>
      )}
    </section>
  );
}
