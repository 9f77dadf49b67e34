/** Two earlier runs on one chart. Fetched when two are chosen. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { TwoRuns } from '../charts/TwoRuns.tsx';
import { answerRows, askedRows, caution, compareCsv, nameOf, type Finished, type Row } from '../state/compare.ts';
import { bare, count, percent } from '../state/format.ts';
import { plainText } from '../state/own.ts';
import { FileLinks } from './FileLinks.tsx';
import { useWidth } from './useWidth.ts';
import '../styles/compare.css';

function Differences({ id, caption, rows }: { id: string; caption: string; rows: readonly Row[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table id={id}>
        <caption>{caption}</caption>
        <thead><tr><th scope="col"><span class="hidden">What</span></th><th scope="col">A</th><th scope="col">B</th></tr></thead>
        <tbody>{rows.map(({ name, a, b }) => <tr key={name} class={a === b ? 'same' : ''}><th scope="row">{name}</th><td>{plainText(a, 200)}</td><td>{plainText(b, 200)}</td></tr>)}</tbody>
      </table>
    </div>
  );
}

function Figures({ runs }: { runs: readonly [Finished, Finished] }) {
  const parameters = [...new Set(runs.flatMap(({ tradeOff }) => tradeOff.student.map((mark) => mark.parameters)))].sort((a, b) => a - b);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="The two runs as a table">
      <table id="compare-table">
        <caption>Right answers of the students on the test rows, with intervals</caption>
        <thead><tr><th scope="col">Parameters</th><th scope="col">A</th><th scope="col">B</th></tr></thead>
        <tbody>
          {parameters.map((n) => (
            <tr key={n}>
              <th scope="row">{count(n)}</th>
              {runs.map(({ id, tradeOff: { student } }) => {
                const mark = student.find((one) => one.parameters === n);
                return <td key={id}>{mark ? <>{percent(mark.value)} <span class="muted">{mark.count > 1 ? `${bare(mark.lower)} to ${bare(mark.upper)}` : 'one seed'}</span></> : '–'}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Compare({ runs }: { runs: readonly [Finished, Finished] }) {
  const { ref, width } = useWidth<HTMLDivElement>(848);
  const svg = useRef<SVGSVGElement | null>(null), title = useRef<HTMLHeadingElement>(null);
  const [table, setTable] = useState(false);
  const [a, b] = runs, now = Date.now();
  const names = [plainText(nameOf(a, now)), plainText(nameOf(b, now))] as const;
  const asked = askedRows(a, b), warning = caution(a, b), alike = JSON.stringify(a.tradeOff) === JSON.stringify(b.tradeOff);
  useEffect(() => title.current?.scrollIntoView({ block: 'nearest' }), [a.id, b.id]);
  return (
    <section class="runs-compared" aria-labelledby="compare-title">
      <div class="section-head">
        <h3 id="compare-title" ref={title}>Two runs, their students</h3>
        <FileLinks id="compare" svg={svg} name="distillery-runs" csv={() => compareCsv(runs)} table={table} onTable={setTable} />
      </div>
      {warning && <p class="note" id="compare-caution">{warning}</p>}
      <div ref={ref}><TwoRuns runs={runs} names={names} width={width} svgRef={(element) => { svg.current = element; }} /></div>
      <p class="hint">Right answers on test rows; each line up halves the mistakes. Large dots: the recommended sizes. Lines across: the ensembles.</p>
      {table && <Figures runs={runs} />}
      {asked.length > 0 ? <Differences id="compare-asked" caption="What differs in data and settings" rows={asked} />
        : <p class="note" id="compare-alike">Data and settings are the same{alike ? ', and so is every figure: the same seed gives the same student' : ''}.</p>}
      <Differences id="compare-answers" caption="The answers" rows={answerRows(a, b)} />
    </section>
  );
}
