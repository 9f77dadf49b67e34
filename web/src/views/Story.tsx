import type { ComponentChildren } from 'preact';
import { SplitBar } from '../charts/SplitBar.tsx';
import { TeacherDots } from '../charts/TeacherDots.tsx';
import { bytes, capital, count, inWords, plural, points, spent } from '../state/format.ts';
import { isOver, shownCurve, type Kind, type RunState } from '../state/run.ts';
import { parameterCount } from '../state/settings.ts';
import { gainText, matchedText, recipeText, teachersText } from '../state/words.ts';
import { MarginControl, StudentControls, TeacherControls } from './controls.tsx';
import { useApp } from './context.ts';
import { Term } from './Term.tsx';

const privacy = 'Your data never leaves this machine. The page asks its own host for its own files, and nobody for anything else.';

export function FirstStory() {
  const { store } = useApp();
  const shape = store.shape.value;
  const settings = store.understood.value.value;
  const weight = settings ? bytes(settings.teachers * parameterCount(shape.columns, settings.teacherShape, shape.classes) * 4) : null;
  const teachers = settings ? capital(inWords(settings.teachers)) : 'Twelve';
  const sizes = settings ? settings.sizes.length : 12;
  return (
    <aside class="story" aria-label="What this is about">
      <section>
        <h2>Why small?</h2>
        <p>{teachers} heavy networks answer best, but together they weigh {weight ?? 'megabytes'}. That is too much for a sensor, a phone battery, or a page that must open at once.</p>
      </section>
      <section>
        <h2>Why not just train a small one?</h2>
        <p>Taught by the labels alone, a small network often falls short. Taught by the ensemble, it can learn much of what the heavy ones know. Whether it does is measured here: each student is compared with a twin that saw the labels only.</p>
      </section>
      <section>
        <h2>What happens after Start</h2>
        <ol>
          <li>{teachers} <Term id="teacher">teachers</Term> train, apart.</li>
          <li><Term id="student">Students</Term> of {inWords(sizes)} {plural(sizes, 'size')} learn from them; a <Term id="baseline">baseline</Term> of each size learns from the labels alone.</li>
          <li>The smallest student that loses no more than {points(store.margin.value)} is recommended, with its interval.</li>
          <li>You take it away: one file.</li>
        </ol>
      </section>
      <section>
        <details class="settings" id="settings">
          <summary>Settings: teachers, sizes, seeds, margin, advanced</summary>
          <TeacherControls />
          <StudentControls />
          <MarginControl />
        </details>
        <p class="privacy">{privacy}</p>
      </section>
    </aside>
  );
}

function Step({ title, status, children }: { title: string; status: string; children: ComponentChildren }) {
  return (
    <section>
      <div class="section-head"><h2>{title}</h2><span class="status">{status}</span></div>
      {children}
    </section>
  );
}

function time(run: RunState, kinds: Kind[]): string {
  const spans = kinds.flatMap((kind) => run.spans[kind] ?? []);
  if (spans.length === 0) return '';
  return spent((Math.max(...spans.map((span) => span.last)) - Math.min(...spans.map((span) => span.first))) / 1000);
}

function stepStatus(run: RunState, kinds: Kind[], waiting: string): string {
  const done = kinds.every((kind) => run.done[kind] === run.planned[kind]) && kinds.some((kind) => run.planned[kind] > 0);
  const begun = kinds.some((kind) => run.spans[kind] !== undefined);
  if (done) return isOver(run) ? time(run, kinds) : 'done';
  if (isOver(run)) return begun ? 'stopped' : 'not begun';
  return run.phase === 'paused' ? 'paused' : begun ? 'running' : waiting;
}

export function RunStory({ run }: { run: RunState }) {
  const { store } = useApp();
  const report = run.report;
  const over = isOver(run);
  const { data, plan } = run;
  const teachers = plan.teachers.count, sizes = plan.students.sizes.length;
  const { curve, rows } = report ? shownCurve(report) : { curve: null, rows: 'validation' as const };
  const done = report?.teachers.filter((teacher) => teacher.state === 'done') ?? [];
  const values = done.map((teacher) => (rows === 'test' ? teacher.testAccuracy : teacher.validationAccuracy));
  const at = report && report.choice.size >= 0 ? report.choice.size : -1;
  const gain = report && at >= 0 ? gainText(report, at, plan.confidence) : null;
  const matched = report && at >= 0 ? matchedText(report, at, plan.confidence) : null;
  const recipe = at >= 0 ? recipeText(run, at) : null;
  const needed = over && curve ? teachersText(curve, plan.margin) : null;
  const learning: Kind[] = ['trial', 'student', 'baseline', 'matched'];
  const studentStatus = run.spans.baseline && !run.spans.student && !over ? (run.spans.trial ? 'being tried' : 'baselines running')
    : stepStatus(run, learning, 'waiting');
  return (
    <aside class="story" aria-label="How it came about">
      <Step title="1. The data" status={over ? data.name : report ? 'done' : 'reading'}>
        <p>{count(data.rows)} rows, {data.columns} columns, {data.classes} classes. The test rows choose nothing: they are scored once, at the end.</p>
        {report && <SplitBar {...report.rows} />}
        {over && <button type="button" id="change-data" onClick={() => { store.choosing.value = true; }}>Change data</button>}
      </Step>
      <Step title={`2. ${capital(inWords(teachers))} ${plural(teachers, 'teacher')}`} status={stepStatus(run, ['teacher'], 'waiting')}>
        <p>Heavy networks, trained apart. Each errs on other rows, so the mean of their answers, the <Term id="ensemble">ensemble</Term>, errs less.</p>
        {over && curve && values.length > 1 && curve.ensembleAccuracy.count > 0
          && <TeacherDots values={values} ensemble={curve.ensembleAccuracy.estimate} rows={rows} />}
        {needed && <p id="teachers-needed">{needed}</p>}
        {over ? <TeacherControls /> : report && (
          <p class="hint">Teachers {teachers}. Shape {plan.teachers.hidden.join(', ')}. {count(report.teacherParameters)} parameters each, {count(report.ensembleParameters)} together.</p>
        )}
      </Step>
      <Step title={`3. Students of ${inWords(sizes)} ${plural(sizes, 'size')}`} status={studentStatus}>
        <p>
          Labels say only what. The ensemble also says how sure. Every student has a twin of the same shape that learns from the labels alone:
          the <Term id="baseline">baseline</Term>. {over ? 'Labels alone sometimes do as well.' : 'It needs no teacher, so it trains meanwhile.'}
        </p>
        {gain && (
          <p class="gain" id="gain">
            At {count(report!.sizes[at]!.parameters)} parameters: {gain.text}.{gain.clear ? '' : ' That is no clear difference.'}
            {matched && <> {matched}: what the ensemble adds to the <Term id="matched">same rows and steps</Term>.</>}
          </p>
        )}
        {recipe && <p id="recipe">{recipe}</p>}
        {over ? <StudentControls /> : report && (
          <p class="hint">Sizes {count(report.sizes[0]!.parameters)} to {count(report.sizes.at(-1)!.parameters)}. Seeds {plan.students.seeds}.</p>
        )}
      </Step>
      <Step title="4. The choice" status={over ? (run.phase === 'finished' ? 'no retraining' : 'not made') : 'waiting'}>
        <p>The smallest student that, at {Math.round(plan.confidence * 100)}% confidence, loses no more than{over ? '' : ` ${points(plan.margin)} to the ensemble.`}</p>
        {over && <MarginControl />}
      </Step>
      {!over && <p class="privacy">Settings are locked while a run goes. Stop keeps what is finished. Training goes on in a hidden tab.</p>}
      {over && <p class="privacy">{privacy}</p>}
    </aside>
  );
}
