import { useRef, useState } from 'preact/hooks';
import { TradeOffChart } from '../charts/TradeOff.tsx';
import { bare, count, percent, plural } from '../state/format.ts';
import { tradeOffCsv, type Mark, type TradeOff } from '../state/tradeoff.ts';
import { useApp } from './context.ts';
import { FileLinks } from './FileLinks.tsx';
import { useWidth } from './useWidth.ts';

const figures = (mark: Mark): { value: string; interval: string } => ({
  value: percent(mark.value), interval: mark.count > 1 ? `${bare(mark.lower)} to ${bare(mark.upper)}` : 'one seed',
});

function of(data: TradeOff, size: number) {
  return {
    parameters: data.sizes[size]!.parameters,
    student: data.student.find((mark) => mark.size === size), baseline: data.baseline.find((mark) => mark.size === size),
    matched: data.matched.find((mark) => mark.size === size),
  };
}

function spokenFigures(data: TradeOff, size: number): string {
  const { parameters, student, baseline, matched } = of(data, size);
  const parts = [`${count(parameters)} parameters`];
  if (student) parts.push(`student ${figures(student).value}, ${figures(student).interval}`);
  if (baseline) parts.push(`baseline ${figures(baseline).value}, ${figures(baseline).interval}`);
  if (matched) parts.push(`matched baseline ${figures(matched).value}, ${figures(matched).interval}`);
  if (!student && !baseline) parts.push('nothing yet');
  if (data.finished && data.choice.size === size) parts.push(data.choice.status === 'chosen' ? 'recommended' : 'the closest');
  return parts.join('; ');
}

function ReadOut({ data, size }: { data: TradeOff; size: number }) {
  const { parameters, student, baseline, matched } = of(data, size), seeds = (student ?? baseline)?.count ?? 0;
  return (
    <p class="read-out" id="read-out" data-size={size}>
      <b class="parameters">{count(parameters)} parameters</b>
      {student && <span class="line"><span class="student">Student <b>{figures(student).value}</b></span> <span class="range">{figures(student).interval}</span></span>}
      {baseline && <span class="line"><span class="baseline">Baseline <b>{figures(baseline).value}</b></span> <span class="range">{figures(baseline).interval}</span></span>}
      {matched && <span class="line"><span class="baseline">Matched baseline <b>{figures(matched).value}</b></span> <span class="range">{figures(matched).interval}</span></span>}
      {!student && !baseline && <span class="muted">still to come</span>}
      {seeds > 0 && <span class="muted">{Math.round(data.confidence * 100)}% intervals, {seeds} {plural(seeds, 'seed')}{student && data.ensemble ? '; the student’s of its distance to the ensemble' : ''}</span>}
    </p>
  );
}

function Table({ data }: { data: TradeOff }) {
  const matched = data.matched.length > 0;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="The trade-off as a table">
      <table id="table">
        <caption>Right answers on {count(data.rowCount)} {data.rows} rows, with {Math.round(data.confidence * 100)}% intervals</caption>
        <thead><tr><th scope="col">Parameters</th><th scope="col">Hidden</th><th scope="col">Student</th><th scope="col">Baseline</th>{matched && <th scope="col">Matched baseline</th>}</tr></thead>
        <tbody>
          {data.sizes.map((size, i) => {
            const { student, baseline, matched: twin } = of(data, i);
            const cell = (mark: Mark | undefined) => (mark ? <>{figures(mark).value} <span class="muted">{figures(mark).interval}</span></> : '–');
            return (
              <tr key={i} class={data.finished && data.choice.size === i ? 'on' : ''}>
                <th scope="row">{count(size.parameters)}</th><td>{size.hidden.join(', ')}</td><td>{cell(student)}</td><td>{cell(baseline)}</td>{matched && <td>{cell(twin)}</td>}
              </tr>
            );
          })}
          {data.teacher && <tr><th scope="row">{count(data.teacher.parameters)}</th><td>one teacher</td><td colSpan={matched ? 3 : 2}>{percent(data.teacher.value)} on average</td></tr>}
          {data.ensemble && <tr><th scope="row">{count(data.ensemble.parameters)}</th><td>ensemble of {data.ensemble.teachers}</td><td colSpan={matched ? 3 : 2}>{percent(data.ensemble.value)} <span class="muted">{bare(data.ensemble.lower)} to {bare(data.ensemble.upper)}</span></td></tr>}
        </tbody>
      </table>
    </div>
  );
}

/** The chart with everything that reads it: keys, stepper, read-out, table, files. */
export function TradeOffPanel({ data }: { data: TradeOff }) {
  const { store } = useApp();
  const { ref, width } = useWidth<HTMLDivElement>(848);
  const svg = useRef<SVGSVGElement | null>(null);
  const [table, setTable] = useState(false);
  const last = data.sizes.length - 1;
  const home = data.choice.size >= 0 && data.finished ? data.choice.size
    : data.running?.size ?? data.baseline.at(-1)?.size ?? data.student.at(-1)?.size ?? 0;
  const selected = store.selected.value;
  const shown = Math.min(last, selected ?? home);
  const select = (size: number | null) => { store.selected.value = size; };
  const key = (event: KeyboardEvent) => {
    const steps: Record<string, number | null> = {
      ArrowLeft: Math.max(0, shown - 1), ArrowDown: Math.max(0, shown - 1), ArrowRight: Math.min(last, shown + 1), ArrowUp: Math.min(last, shown + 1),
      Home: 0, End: last, Escape: null,
    };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    select(steps[event.key]!);
  };
  const name = `distillery-${store.run.value?.data.setId ?? 'run'}-tradeoff`;
  return (
    <section class="trade-off" aria-labelledby="chart-title">
      <div class="section-head chart-head">
        <h2 id="chart-title" class="chart-name">
          Right answers on {data.rows} rows
          <small>each line up halves the mistakes</small>
        </h2>
        <FileLinks id="tradeoff" svg={svg} name={name} csv={() => tradeOffCsv(data)} table={table} onTable={setTable} />
      </div>
      <div class="chart" ref={ref} role="slider" tabIndex={0} aria-label="Size looked at, from few to many parameters" aria-valuemin={1} aria-valuemax={last + 1}
        aria-valuenow={shown + 1} aria-valuetext={spokenFigures(data, shown)} onKeyDown={key}>
        <TradeOffChart data={data} width={width} selected={selected} svgRef={(element) => { svg.current = element; }} onPoint={select} />
      </div>
      <div class="size-stepper">
        <button type="button" class="plain" aria-label="Smaller size" disabled={shown === 0} onClick={() => select(Math.max(0, shown - 1))}>‹</button>
        <span>{count(data.sizes[shown]!.parameters)} parameters, size {shown + 1} of {last + 1}</span>
        <button type="button" class="plain" aria-label="Larger size" disabled={shown === last} onClick={() => select(Math.min(last, shown + 1))}>›</button>
      </div>
      <ReadOut data={data} size={shown} />
      {table && <Table data={data} />}
    </section>
  );
}
