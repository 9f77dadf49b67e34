/** The student as a file, in any format. Fetched when the reader comes near. */
import { useEffect } from 'preact/hooks';
import { save } from '../charts/save.ts';
import { bytes, count } from '../state/format.ts';
import type { RunState } from '../state/run.ts';
import { formats, roundingText, settled, type Format, type Taking } from '../state/take.ts';
import { useApp } from './context.ts';
import { Copy } from './Copy.tsx';
import { Choice, Segments } from './Field.tsx';
import '../styles/take.css';

function Formats({ chosen, files, onChange }: {
  chosen: Format; files: Record<Format['id'], { bytes: number }> | null; onChange: (format: Format['id']) => void;
}) {
  return (
    <fieldset class="formats">
      <legend class="hidden">Format</legend>
      <p class="heads" aria-hidden="true"><span /><span>Format</span><span>File</span><span>Size</span><span>For</span></p>
      {formats.map(({ id, name, file, use }) => (
        <label key={id} class={id === chosen.id ? 'on' : ''}>
          <input type="radio" name="format" value={id} checked={id === chosen.id} onChange={() => onChange(id)} />
          <b>{name}</b>
          <span>{file}</span>
          <span class="bytes" data-format={id} data-bytes={files?.[id].bytes}>{files ? bytes(files[id].bytes) : '…'}</span>
          <span class="muted">{use}</span>
        </label>
      ))}
    </fieldset>
  );
}

export function TakeAway({ run }: { run: RunState }) {
  const { store, take } = useApp();
  const taking = store.taking.value, taken = store.taken.value;
  const report = run.report!, { choice } = report;
  useEffect(() => { void take.prepare(); }, [taking, report]);
  const change = (part: Partial<Taking>) => { store.taking.value = settled({ ...taking, ...part }); };
  const format = formats.find(({ id }) => id === taking.format)!;
  const usage = take.usage()?.[format.id], schema = take.schema();
  const sizes = report.sizes.map(({ parameters }, size) => ({
    value: String(size),
    text: `${count(parameters)} parameters${size === choice.size ? (choice.status === 'chosen' ? ', recommended' : ', the closest') : ''}`,
  })).filter((_, size) => report.sizes[size]!.studentsDone > 0);
  const size = taking.size ?? choice.size;
  return (
    <section class="take below" aria-labelledby="take-title" aria-busy={taken === null}>
      <h2 id="take-title">Take it away</h2>
      <p class="lead">
        Every file holds the scaling and the class names, and takes raw rows{schema ? '; the schema beside it says how columns become features' : ''}.
      </p>
      <div class="pair">
        <div>
          <div class="controls">
            <Choice id="take-size" label="Student" value={String(size)} error={undefined} disabled={false} options={sizes}
              onChange={(text) => change({ size: Number(text) === choice.size ? null : Number(text) })} />
            <Segments name="take-weights" legend="Weights" value={taking.weights} disabled={!format.int8}
              options={[{ value: 'float32', text: 'float32' }, { value: 'int8', text: 'int8' }]} onChange={(weights) => change({ weights })} />
          </div>
          <Formats chosen={format} files={taken?.files ?? null} onChange={(id) => change({ format: id })} />
          <div class="buttons">
            <button type="button" id="download" class="primary" disabled={!taken}
              onClick={() => { if (taken) save(format.file, format.type, taken.files[format.id].content); }}>Download {format.file}</button>
            {schema && <button type="button" id="download-schema" onClick={() => save(schema.name, 'application/json', schema.content)}>{schema.name}</button>}
          </div>
          {taken?.rounding && <p class="note" id="rounding">{roundingText(taken.rounding)}</p>}
          {size !== choice.size && (
            <p class="note">Of this size it is the student of the first seed; of the recommended size, the one that is best on the validation rows.</p>
          )}
        </div>
        <div class="use">
          <div class="section-head">
            <h3>Use it</h3>
            {usage && <Copy id="copy-usage" text={() => usage} said="Copied." instead="Select the lines, and copy them.">Copy</Copy>}
          </div>
          <pre id="usage" tabIndex={0} role="region" aria-label={`How ${format.file} is used`}><code>{usage ?? '…'}</code></pre>
        </div>
      </div>
    </section>
  );
}
