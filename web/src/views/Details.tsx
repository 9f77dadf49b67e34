/** What there is of a finished run below its figures: what the test rows say, maps, a row to try, files. Loaded at its end. */
import { useRef, useState } from 'preact/hooks';
import { Confusion } from '../charts/Confusion.tsx';
import { ReliabilityChart } from '../charts/Reliability.tsx';
import { save } from '../charts/save.ts';
import {
  confusion, confusionCsv, inCell, mistakes, networks, pairs, reliabilityCsv, rowsCsv, type Answers, type Cell, type Pair,
} from '../state/answers.ts';
import { count, percent, plural } from '../state/format.ts';
import type { RunState } from '../state/run.ts';
import { Boundaries } from './Boundaries.tsx';
import { useApp } from './context.ts';
import { FileLinks } from './FileLinks.tsx';
import { later } from './Later.tsx';
import { Near } from './Near.tsx';
import { Term } from './Term.tsx';
import { useWidth } from './useWidth.ts';
import '../styles/details.css';

const TakeAway = later(async () => (await import('./TakeAway.tsx')).TakeAway);
const TryRow = later(async () => (await import('./TryRow.tsx')).TryRow);

/** Beyond so many classes the list of mix-ups says more than the squares. */
const manyClasses = 12;

function MixUps({ list, names, least }: { list: readonly Pair[]; names: readonly string[]; least: number }) {
  const [all, setAll] = useState(false);
  const shown = all ? list : list.slice(0, least);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Labels and answers as a table">
      <table id="mix-ups">
        <caption>Labels and answers, the student’s most frequent mix-ups first</caption>
        <thead><tr><th scope="col">Label</th><th scope="col">Answer</th><th scope="col">Student, rows</th><th scope="col">Ensemble, rows</th></tr></thead>
        <tbody>
          {shown.map(({ label, answer, student, ensemble }) => (
            <tr key={`${label}-${answer}`}><td>{names[label]}</td><td>{names[answer]}{label === answer ? ' (right)' : ''}</td><td>{count(student)}</td><td>{count(ensemble)}</td></tr>
          ))}
        </tbody>
      </table>
      {list.length > shown.length && <button type="button" class="link" onClick={() => setAll(true)}>All {count(list.length)} pairs</button>}
    </div>
  );
}

function remark(answers: Answers, at: number): { text: string; apart: boolean } {
  const label = answers.labels[at], ensemble = answers.said.ensemble.labels[at], student = answers.said.student.labels[at];
  if (ensemble !== student) return { text: '≠ they disagree', apart: true };
  return { text: student === label ? 'both right' : 'both wrong', apart: false };
}

/** As many rows as a table on a page bears; the file has all. */
const fewRows = 6, mostRows = 200;

function CellRows({ answers, cell, name }: { answers: Answers; cell: Cell; name: string }) {
  const [all, setAll] = useState(false);
  const { classNames, said, rows, labels } = answers;
  const positions = inCell(answers, cell);
  const shown = positions.slice(0, all ? mostRows : fewRows);
  const says = (network: 'ensemble' | 'student', at: number) => `${classNames[said[network].labels[at]!]}, ${Math.floor(said[network].sure[at]! * 100)}%`;
  return (
    <div class="cell-rows" id="cell-rows" aria-live="polite">
      <h3>{count(positions.length)} {plural(positions.length, 'row')} of class {classNames[cell.label]} that the {cell.network} calls {classNames[cell.answer]}</h3>
      {positions.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Rows of the cell">
          <table>
            <thead><tr><th scope="col">Row</th><th scope="col">Label</th><th scope="col">Ensemble</th><th scope="col">Student</th><th scope="col"><span class="hidden">Remark</span></th></tr></thead>
            <tbody>
              {shown.map((at) => {
                const { text, apart } = remark(answers, at);
                return <tr key={at}><th scope="row">{count(rows[at]! + 1)}</th><td>{classNames[labels[at]!]}</td><td>{says('ensemble', at)}</td><td class="student">{says('student', at)}</td><td class={apart ? 'disagreement' : 'muted'}>{text}</td></tr>;
              })}
            </tbody>
          </table>
        </div>
      )}
      <p class="links">
        {!all && positions.length > fewRows && <button type="button" class="link" onClick={() => setAll(true)}>{positions.length > mostRows ? `First ${mostRows} rows` : `All ${count(positions.length)} rows`}</button>}
        {positions.length > 0 && <button type="button" class="link" onClick={() => save(`${name}-rows.csv`, 'text/csv', rowsCsv(answers, positions))}>CSV of {positions.length === 1 ? 'it' : `all ${count(positions.length)}`}</button>}
      </p>
    </div>
  );
}

function WhereWrong({ answers, name }: { answers: Answers; name: string }) {
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const svg = useRef<SVGSVGElement | null>(null);
  const [table, setTable] = useState(answers.classNames.length > manyClasses);
  const [cell, setCell] = useState<Cell | null>(null);
  const { classNames } = answers;
  const matrices = { ensemble: confusion(answers, 'ensemble'), student: confusion(answers, 'student') };
  const wrong = mistakes(answers);
  const list = pairs(matrices.ensemble, matrices.student, classNames.length);
  return (
    <section class="where-wrong below" aria-labelledby="wrong-title">
      <h2 id="wrong-title">Where they go wrong</h2>
      <p class="lead" id="mistakes">The ensemble errs on {count(wrong.ensemble)} of {count(answers.labels.length)} test rows, the student on {count(wrong.student)}. They disagree on {count(wrong.apart)} {plural(wrong.apart, 'row')}. Choose a cell to see its rows.</p>
      <div class="section-head files">
        <span class="hint">Shares are of the label’s rows; one scale of shades for both.</span>
        <FileLinks id="confusion" svg={svg} name={`${name}-confusion`} csv={() => confusionCsv(list, classNames)} table={table} onTable={setTable} />
      </div>
      {table && <MixUps list={list} names={classNames} least={10} />}
      <div class={classNames.length > manyClasses ? 'pair many' : 'pair'}>
        <div ref={ref} class="scroll matrices">
          <Confusion names={classNames} matrices={matrices} wrong={wrong} width={width} selected={cell} onSelect={setCell} svgRef={(element) => { svg.current = element; }} />
        </div>
        {cell && <CellRows key={`${cell.network}-${cell.label}-${cell.answer}`} answers={answers} cell={cell} name={name} />}
      </div>
    </section>
  );
}

const titles = { ensemble: 'Ensemble', student: 'Student', baseline: 'Baseline' };

function Confidence({ answers, name, confidence }: { answers: Answers; name: string; confidence: number }) {
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const svg = useRef<SVGSVGElement | null>(null);
  const [table, setTable] = useState(false);
  const { reliability } = answers;
  const { bins } = reliability.student;
  const typical = bins.reduce((a, b) => (Math.abs(b.confidence - 0.75) < Math.abs(a.confidence - 0.75) ? b : a));
  return (
    <section class="confidence below" aria-labelledby="confidence-title">
      <h2 id="confidence-title">Can you trust its confidence?</h2>
      <p class="lead">Where the student says about {Math.round(typical.confidence * 100)}%, it is right {Math.round(typical.accuracy.estimate * 100)}% of the time: {count(typical.rows)} {plural(typical.rows, 'row')}.</p>
      <div class="pair">
        <div ref={ref}>
          <h3 class="chart-name">Share that is right<small>dotted: right as often as it says</small></h3>
          <ReliabilityChart reliability={reliability} width={width} svgRef={(element) => { svg.current = element; }} />
        </div>
        <div class="why">
          <h3>How to read this</h3>
          <p>Rows are grouped by the confidence that a network states. On the dotted line it is right as often as it says; below, it claims too much.</p>
          <p>“Off by” is the <Term id="calibration-error">expected calibration error</Term>. The pale bars are {Math.round(confidence * 100)}% intervals for the student, over rows. Groups of fewer than ten rows are joined; below the axis stands how many the student’s have.</p>
          <div class="files">
            <span class="hint">{count(answers.labels.length)} test rows.</span>
            <FileLinks id="reliability" svg={svg} name={`${name}-reliability`} csv={() => reliabilityCsv(reliability)} table={table} onTable={setTable} />
          </div>
        </div>
      </div>
      {table && (
        <div class="scroll" tabIndex={0} role="region" aria-label="The diagram as a table">
          <table id="reliability-table">
            <caption>How often answers are right, by how sure they are</caption>
            <thead><tr><th scope="col">Network</th><th scope="col">Confidence</th><th scope="col">Right</th><th scope="col">{Math.round(confidence * 100)}% interval</th><th scope="col">Test rows</th></tr></thead>
            <tbody>
              {networks.flatMap((network) => reliability[network].bins.map((bin, i) => (
                <tr key={`${network}${i}`}><th scope="row">{titles[network]}</th><td>{percent(bin.confidence)}</td><td>{percent(bin.accuracy.estimate)}</td><td>{percent(bin.accuracy.lower)} to {percent(bin.accuracy.upper)}</td><td>{count(bin.rows)}</td></tr>
              )))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

export function Details({ run }: { run: RunState }) {
  const { store } = useApp();
  const answers = store.answers.value, report = run.report;
  if (run.phase !== 'finished' || !report) return null;
  const name = `distillery-${run.data.setId}`;
  return (
    <>
      {answers && (
        // Another student, other answers: what was chosen among the old ones is let go of.
        <div key={answers.size} data-ready>
          <WhereWrong answers={answers} name={name} />
          <Confidence answers={answers} name={name} confidence={run.plan.confidence} />
        </div>
      )}
      <Boundaries run={run} />
      {report.choice.size >= 0 && (answers !== null || report.test.rows === 0) && (
        <>
          <Near id="try-row"><TryRow run={run} /></Near>
          <Near id="take-away"><TakeAway run={run} /></Near>
        </>
      )}
    </>
  );
}
