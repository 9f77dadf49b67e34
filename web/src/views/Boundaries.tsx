import { line } from 'd3-shape';
import { useEffect, useRef, useState } from 'preact/hooks';
import { drawMap, shades, type MapKind } from '../charts/maps.ts';
import { save } from '../charts/save.ts';
import { count, fixed, percent } from '../state/format.ts';
import { chance, sample, type Planes } from '../state/planes.ts';
import type { RunState } from '../state/run.ts';
import { useApp } from './context.ts';
import { Segments } from './Field.tsx';
import { Term } from './Term.tsx';
import { useWidth } from './useWidth.ts';

type Other = 'student' | 'baseline';
interface Cross { x: number; y: number }

function Map({ planes, kind, against, showRows, cross, onPoint }: {
  planes: Planes; kind: MapKind; against: Other; showRows: boolean; cross: Cross; onPoint: (cross: Cross) => void;
}) {
  const { store } = useApp();
  const { ref, width } = useWidth<HTMLDivElement>(304);
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = store.dark.value;
  useEffect(() => {
    if (canvas.current) drawMap(canvas.current, planes, { kind, against, showRows, side: width, scale: Math.min(2, devicePixelRatio || 1) });
  }, [planes, kind, against, showRows, width, dark]);
  const point = (event: PointerEvent & { currentTarget: HTMLDivElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    onPoint({ x: Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)), y: Math.min(1, Math.max(0, 1 - (event.clientY - box.top) / box.height)) });
  };
  return (
    <div class="map" ref={ref} data-map={kind} onPointerDown={point} onPointerMove={(event) => { if (event.pointerType === 'mouse') point(event); }}>
      <canvas ref={canvas} />
      <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
        <path class="cross" d={`M${cross.x * 100 - 2.4} ${100 - cross.y * 100}h4.8m-2.4 -2.4v4.8`} />
      </svg>
    </div>
  );
}

/** Chance of class 1 along the level of the cross. */
function AlongLine({ planes, cross }: { planes: Planes; cross: Cross }) {
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const height = 220, left = 44, right = width - 92, top = 12, bottom = height - 30;
  const x = (share: number) => left + share * (right - left), y = (p: number) => bottom - p * (bottom - top);
  const steps = Array.from({ length: 241 }, (_, i) => i / 240);
  const path = (of: 'ensemble' | Other) => line<number>().x(x).y((share) => y(chance(sample(planes[of], planes.side, share, cross.y))))(steps) ?? '';
  const at = (share: number) => planes.window.x[0] + share * (planes.window.x[1] - planes.window.x[0]);
  const level = planes.window.y[0] + cross.y * (planes.window.y[1] - planes.window.y[0]);
  return (
    <div class="along" ref={ref}>
      <h3>The same three along one line</h3>
      <p class="hint">Probability of class {planes.classNames[1]} along x₂ = {fixed(level, 2)}, through the cross</p>
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true" focusable="false">
        {[0, 0.5, 1].map((p) => (
          <g key={p}>
            <line class="gridline" x1={left} x2={right} y1={y(p)} y2={y(p)} />
            <text class="muted" x={left - 8} y={y(p) + 4.5} text-anchor="end" font-size={13}>{p * 100}%</text>
          </g>
        ))}
        {[0.1, 0.5, 0.9].map((share) => <text key={share} class="muted" x={x(share)} y={height - 8} text-anchor="middle" font-size={13}>{fixed(at(share), 1)}</text>)}
        <text class="muted" x={right} y={height - 8} text-anchor="end" font-size={13}>x₁ →</text>
        <line class="looking" x1={x(cross.x)} x2={x(cross.x)} y1={top} y2={bottom} />
        <path class="curve baseline" d={path('baseline')} />
        <path class="curve ensemble" d={path('ensemble')} />
        <path class="curve student" d={path('student')} />
        {(['Ensemble', 'Student', 'Baseline'] as const).map((name, i) => (
          <text key={name} class={name === 'Ensemble' ? 'ink' : name.toLowerCase()} x={right + 10} y={top + 5 + i * 19} font-size={14} font-weight={650}>{name}</text>
        ))}
      </svg>
    </div>
  );
}

function saveMaps(planes: Planes, against: Other, showRows: boolean): void {
  const side = 400, gap = 16, kinds: MapKind[] = ['ensemble', 'student', 'baseline', 'difference'];
  const sheet = document.createElement('canvas');
  sheet.width = (side * kinds.length + gap * (kinds.length - 1)) * 2;
  sheet.height = side * 2;
  const context = sheet.getContext('2d');
  if (!context) return;
  kinds.forEach((kind, i) => {
    const one = document.createElement('canvas');
    drawMap(one, planes, { kind, against, showRows, side, scale: 2 });
    context.drawImage(one, i * (side + gap) * 2, 0);
  });
  sheet.toBlob((blob) => { if (blob) save('distillery-boundaries.png', 'image/png', blob); });
}

export function Boundaries({ run }: { run: RunState }) {
  const { store } = useApp();
  const planes = store.planes.value;
  const report = run.report;
  const [cross, setCross] = useState<Cross>({ x: 0.5, y: 0.5 });
  const [showRows, setShowRows] = useState(true);
  const [against, setAgainst] = useState<Other>('student');
  const [table, setTable] = useState(false);
  if (run.phase !== 'finished' || !report || run.data.columns !== 2 || run.data.classes !== 2 || report.choice.size < 0) return null;
  const head = (
    <>
      <p class="state-line">{run.data.name}{run.data.made ? `, ${run.data.made}` : ''}.</p>
      <h2 id="boundaries-title">Do they draw the same line?</h2>
    </>
  );
  if (!planes) return <section class="boundaries below" aria-labelledby="boundaries-title">{head}<p class="lead">The plane is being asked, point by point.</p></section>;
  const size = report.sizes[planes.size]!;
  const differs = 1 - planes.agreement[against];
  const key = (event: KeyboardEvent) => {
    const by = event.shiftKey ? 0.1 : 0.02;
    const moves: Record<string, [number, number]> = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    setCross({ x: Math.min(1, Math.max(0, cross.x + move[0])), y: Math.min(1, Math.max(0, cross.y + move[1])) });
  };
  const at = (of: 'ensemble' | Other) => {
    const p = chance(sample(planes[of], planes.side, cross.x, cross.y));
    return `class ${planes.classNames[p > 0.5 ? 1 : 0]}, ${Math.round(Math.max(p, 1 - p) * 100)}%`;
  };
  const place = (axis: 'x' | 'y') => fixed(planes.window[axis][0] + cross[axis] * (planes.window[axis][1] - planes.window[axis][0]), 2);
  const parameters = `${count(size.parameters)} parameters`;
  const baselineAccuracy = report.test.sizes[planes.size]!.baseline.accuracy;
  const panels: { kind: MapKind; title: string; tone: string; facts: string }[] = [
    { kind: 'ensemble', title: 'Ensemble', tone: 'ink', facts: `${count(report.ensembleParameters)} parameters, ${percent(report.test.ensembleAccuracy.estimate)} right` },
    { kind: 'student', title: 'Student', tone: 'student', facts: `${parameters}, ${percent(report.choice.testAccuracy)} right` },
    { kind: 'baseline', title: 'Baseline', tone: 'baseline', facts: baselineAccuracy.count > 0 ? `${parameters}, ${percent(baselineAccuracy.estimate)} right on average` : parameters },
    { kind: 'difference', title: `${against === 'student' ? 'Student' : 'Baseline'} ≠ ensemble`, tone: 'disagreement', facts: `${percent(differs)} of the plane, hatched` },
  ];
  const shared = { planes, against, showRows, cross, onPoint: setCross };
  return (
    <section class="boundaries below" aria-labelledby="boundaries-title">
      {head}
      <p class="lead" id="plane-agreement" data-student={planes.agreement.student} data-baseline={planes.agreement.baseline}>
        The student answers as the ensemble on {percent(planes.agreement.student)} of the plane. Its twin, taught by the labels alone, on {percent(planes.agreement.baseline)}.
      </p>
      <div class="maps" tabIndex={0} role="application" aria-label="Maps of the plane. The arrow keys move the cross, whose answers are read out below." aria-describedby="cross-read-out" onKeyDown={key}>
        {panels.map(({ kind, title, tone, facts }) => (
          <figure key={kind}>
            <figcaption><b class={tone}>{title}</b><span>{facts}</span></figcaption>
            <Map {...shared} kind={kind} />
          </figure>
        ))}
      </div>
      <div class="legend">
        <span class="sure">sure: class {planes.classNames[0]} <span class="shades" aria-hidden="true">{Array.from({ length: shades }, (_, i) => <i key={i} class={`shade-${i}`} />)}</span> sure: class {planes.classNames[1]}</span>
        <span>○ row of class {planes.classNames[0]}</span>
        <span>● row of class {planes.classNames[1]}</span>
        <label class="check"><input type="checkbox" checked={showRows} onChange={(event) => setShowRows(event.currentTarget.checked)} /> Show test rows</label>
        <span class="compare">Compare with <Segments name="against" legend="Compare the ensemble with" value={against} options={[{ value: 'student', text: 'student' }, { value: 'baseline', text: 'baseline' }]} onChange={setAgainst} /></span>
        <button type="button" class="link" aria-pressed={table} onClick={() => setTable(!table)}>Table</button>
        <button type="button" class="link" id="save-png" onClick={() => saveMaps(planes, against, showRows)}>PNG</button>
      </div>
      <p class="read-out" id="cross-read-out" aria-live="polite">
        <b>At x₁ {place('x')}, x₂ {place('y')}</b>
        <span class="ink">Ensemble: {at('ensemble')}</span>
        <span class="student">Student: {at('student')}</span>
        <span class="baseline">Baseline: {at('baseline')}</span>
        <span class="muted">Hover, touch, or move the cross with the arrow keys</span>
      </p>
      {table && (
        <div class="scroll">
          <table>
            <caption>Answers over {count(planes.side * planes.side)} points of the plane</caption>
            <thead><tr><th scope="col">Network</th><th scope="col">As the ensemble</th><th scope="col">Otherwise</th></tr></thead>
            <tbody>{(['student', 'baseline'] as const).map((of) => <tr key={of}><th scope="row">{of}</th><td>{percent(planes.agreement[of])}</td><td>{percent(1 - planes.agreement[of])}</td></tr>)}</tbody>
          </table>
        </div>
      )}
      <div class="pair">
        <AlongLine planes={planes} cross={cross} />
        <div class="why">
          <h3>Why this matters</h3>
          <p>Accuracy counts rows; this counts the space between them, where tomorrow’s rows fall. A student that draws the <Term id="ensemble">ensemble</Term>’s line will mostly err where it errs.</p>
          <p class="hint">Where no rows lie, all of them guess: differences there cost little.</p>
        </div>
      </div>
    </section>
  );
}
