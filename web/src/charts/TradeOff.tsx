import { area, line } from 'd3-shape';
import { capital, count, inWords, percent, plural, points, times } from '../state/format.ts';
import type { Mark, TradeOff } from '../state/tradeoff.ts';
import { boxOf, place, type Label, type Obstacles, type Place, type Point } from './labels.ts';
import { textWidth, wrap } from './measure.ts';
import { scalesFor, tickPercent } from './scales.ts';

interface Props {
  data: TradeOff;
  width: number;
  /** A size that the reader looks at, besides the recommended one. */
  selected: number | null;
  svgRef: (element: SVGSVGElement | null) => void;
  onPoint: (size: number | null) => void;
}

interface Text { label: Label; lines: string[]; size: number; tone: string; boldFirst: boolean }

const lineHeight = 18;

function LabelText({ text }: { text: Text }) {
  const { label, lines, size, tone, boldFirst } = text;
  return (
    <text class={`label ${tone}`} x={label.x} y={label.y} text-anchor={label.anchor} font-size={size}>
      {lines.slice(0, label.lines).map((content, i) => (
        <tspan key={i} x={label.x} dy={i === 0 ? 0 : lineHeight} font-weight={i === 0 && boldFirst ? 650 : 400}>{content}</tspan>
      ))}
    </text>
  );
}

/** Accuracy over parameters, in units of one CSS pixel: what is drawn is what the figures say. */
export function TradeOffChart({ data, width, selected, svgRef, onPoint }: Props) {
  const phone = width < 560;
  const size = phone ? 12 : 14;
  const height = phone ? 320 : 404;
  const frame = { left: 52, right: width - (phone ? 8 : 12), top: phone ? 44 : 56, bottom: height - 46 };
  frame.left = 10 + Math.ceil(Math.max(32, ...scalesFor(data, frame).yTicks.map((tick) => textWidth(tickPercent(tick), phone ? 12 : 13))));
  const { x, y, xTicks, yTicks } = scalesFor(data, frame);
  const ensemble = data.ensemble;
  const { choice } = data;
  const chosen = data.finished && choice.size >= 0 ? choice.size : -1;
  const recommended = chosen >= 0 && choice.status === 'chosen';
  const chosenMark = chosen >= 0 ? data.student.find((mark) => mark.size === chosen) : undefined;
  const parametersOf = (index: number) => data.sizes[index]!.parameters;
  const ensembleY = ensemble ? y(ensemble.value) : frame.top;
  const ensembleX = ensemble ? x(ensemble.parameters) : frame.right;

  const path = line<Mark>().x((mark) => x(mark.parameters)).y((mark) => y(mark.value));
  const band = area<Mark>().x((mark) => x(mark.parameters)).y0((mark) => y(mark.lower)).y1((mark) => y(mark.upper));
  const pointsOf = (marks: Mark[]): Point[] => marks.map((mark) => [x(mark.parameters), y(mark.value)]);
  const edges = (marks: Mark[]): Point[][] => [
    marks.map((mark): Point => [x(mark.parameters), y(mark.lower)]), marks.map((mark): Point => [x(mark.parameters), y(mark.upper)]),
  ];

  // ---- Labels: the most important first -----------------------------------
  const obstacles: Obstacles = {
    boxes: [], paths: [pointsOf(data.student), pointsOf(data.baseline)],
    bounds: { x: frame.left, y: 4, width: frame.right - frame.left, height: frame.bottom - 6 },
  };
  const texts: Text[] = [];
  const put = (lines: string[], places: Place[], tone: string, options: { bold?: boolean; size?: number; onlyIfFree?: boolean } = {}) => {
    const fontSize = options.size ?? size;
    const widths = lines.map((content, i) => textWidth(content, fontSize, i === 0 && options.bold !== false));
    const label = place(places, widths, obstacles, lineHeight, fontSize, options.onlyIfFree);
    if (label) texts.push({ label, lines, size: fontSize, tone, boldFirst: options.bold !== false });
  };
  const bracketY = Math.min(ensembleY, chosenMark ? y(chosenMark.value) : ensembleY, frame.top + 20) - (phone ? 24 : 30);
  const bracket = chosenMark && ensemble && ensembleX - x(chosenMark.parameters) > 40;
  if (bracket) {
    const middle = (x(chosenMark.parameters) + ensembleX) / 2;
    put([`${times(ensemble.parameters / chosenMark.parameters)} times smaller`], [
      { x: middle, y: bracketY - 7, anchor: 'middle' }, { x: ensembleX, y: bracketY - 7, anchor: 'end' },
    ], 'ink', { size: size + 1 });
    obstacles.paths.push([[x(chosenMark.parameters), y(chosenMark.value)], [x(chosenMark.parameters), bracketY], [ensembleX, bracketY], [ensembleX, ensembleY]]);
  }
  if (chosenMark) obstacles.paths.push([[x(chosenMark.parameters), y(chosenMark.value)], [x(chosenMark.parameters), frame.bottom]]);
  if (ensemble) obstacles.paths.push([[frame.left, ensembleY], [ensembleX + 6, ensembleY]]);
  if (data.teacher) obstacles.paths.push([[frame.left, y(data.teacher.value)], [x(data.teacher.parameters) + 5, y(data.teacher.value)]]);

  if (ensemble) {
    const name = ensemble.provisional
      ? `Ensemble of the ${ensemble.teachers} finished so far, ${percent(ensemble.value)}`
      : `${phone ? 'Ensemble' : `Ensemble of ${ensemble.teachers}`}, ${percent(ensemble.value)}`;
    put([name], [
      { x: ensembleX - 12, y: ensembleY - 8, anchor: 'end' }, { x: frame.right, y: ensembleY - 10, anchor: 'end' },
      { x: frame.right, y: ensembleY + size + 8, anchor: 'end' }, { x: frame.left + 8, y: ensembleY - 8, anchor: 'start' },
    ], 'ink');
  }
  if (data.teacher) {
    const at = { x: x(data.teacher.parameters), y: y(data.teacher.value) };
    put([phone ? `Teacher ${percent(data.teacher.value)}` : `One teacher, ${percent(data.teacher.value)} on average`], [
      { x: at.x + 10, y: at.y + 5, anchor: 'start' }, { x: at.x + 10, y: at.y + 18, anchor: 'start' },
      { x: frame.right, y: at.y + 18, anchor: 'end' }, { x: frame.right, y: at.y + 34, anchor: 'end' },
      { x: at.x - 40, y: at.y + 34, anchor: 'end' },
    ], 'muted', { bold: false });
  }
  const bands = [...edges(data.student), ...edges(data.baseline)];
  if (chosen >= 0 && chosenMark) {
    const atX = x(chosenMark.parameters);
    const story = !recommended
      ? `No size’s whole interval stays within ${points(data.margin)} of the ensemble.`
      : `The smallest whose whole interval stays within ${points(data.margin)} of the ensemble. Chosen on the validation rows, ${choice.confirmed ? 'confirmed on these test rows.' : 'not confirmed by these test rows.'}`;
    const rightRoom = frame.right - atX - 14, leftRoom = atX - frame.left - 14;
    const toRight = rightRoom >= Math.min(180, leftRoom);
    const most = Math.min(330, toRight ? rightRoom : leftRoom);
    const name = `${count(chosenMark.parameters)} parameters`;
    const longHead = `${!recommended ? 'Closest' : choice.confirmed ? 'Recommended' : 'Chosen'}: ${name}`;
    const head = textWidth(longHead, size, true) <= most ? longHead : name;
    const lines = [head, ...(phone && most < 170 ? [] : wrap(story, size, most))];
    const tall = (lines.length - 1) * lineHeight;
    const places: Place[] = [];
    for (let up = 20; up < frame.bottom - frame.top - tall; up += 14) {
      places.push({ x: toRight ? atX + 14 : atX - 14, y: frame.bottom - tall - up, anchor: toRight ? 'start' : 'end' });
    }
    places.sort((a, b) => Math.abs(a.y - (frame.bottom - tall - 92)) - Math.abs(b.y - (frame.bottom - tall - 92)));
    obstacles.paths.push(...bands);
    put(lines, places, 'ink');
    obstacles.paths.splice(-bands.length, bands.length);
  }
  if (data.running && !data.over) {
    const here = (marks: Mark[]) => marks.find((one) => one.size === data.running!.size);
    const mark = here(data[data.running.kind]) ?? here(data.baseline) ?? here(data.student);
    const atX = x(parametersOf(data.running.size)), atY = mark ? y(mark.value) : frame.bottom - 24;
    put([`now: ${count(parametersOf(data.running.size))} parameters, seed ${data.running.seed + 1} of ${data.seeds}`], [
      { x: atX + 14, y: atY + 5, anchor: 'start' }, { x: atX + 14, y: atY + 24, anchor: 'start' }, { x: atX - 14, y: atY + 24, anchor: 'end' },
      { x: atX - 14, y: atY - 12, anchor: 'end' }, { x: frame.right, y: frame.bottom - 40, anchor: 'end' },
    ], data.running.kind, { bold: false });
  }
  const beside = (marks: Mark[], above: boolean): Place[] => {
    const order = marks.map((_, i) => i).sort((a, b) => Math.abs(a - marks.length * 0.3) - Math.abs(b - marks.length * 0.3));
    return [0, 14, 28].flatMap((away) => order.map((i): Place => {
      const mark = marks[i]!;
      return above
        ? { x: x(mark.parameters) - 10, y: y(mark.upper) - (phone ? 8 : 8 + lineHeight) - away, anchor: 'end' }
        : { x: x(mark.parameters) + 10, y: y(mark.lower) + size + 6 + away, anchor: 'start' };
    }));
  };
  obstacles.paths.push(...bands);
  if (data.student.length > 0) {
    put(['Student', ...(phone ? [] : ['taught by the ensemble'])], [...beside(data.student, true), ...beside(data.student, false)], 'student');
  } else if (!data.over && ensemble) {
    put(['Student', ensemble.provisional ? 'starts when the last teacher is done' : 'learns from the ensemble now'], [
      { x: frame.left + 8, y: ensembleY + 26, anchor: 'start' }, { x: frame.left + 8, y: ensembleY - 30, anchor: 'start' },
    ], 'student');
  }
  if (data.baseline.length > 0) {
    put(['Baseline', ...(phone ? [] : ['same shape, labels alone'])], [...beside(data.baseline, false), ...beside(data.baseline, true)], 'baseline');
  }
  if (ensemble && data.finished) {
    const zoneY = y(ensemble.value - data.margin);
    put([phone ? `within ${points(data.margin)}` : `within ${points(data.margin)} of the ensemble`], [
      { x: frame.left + 4, y: zoneY + size + 2, anchor: 'start' }, { x: frame.right - 4, y: zoneY + size + 2, anchor: 'end' }, { x: frame.left + 4, y: (zoneY + ensembleY) / 2 + 5, anchor: 'start' },
      { x: frame.left + 4, y: ensembleY - 6, anchor: 'start' },
    ], 'muted', { bold: false, size: phone ? 12 : 13, onlyIfFree: true });
  }
  if (data.pending.length > 0 && !data.finished) {
    const middle = data.pending[data.pending.length >> 1]!;
    const left = data.pending.length;
    put([data.over ? `${left} ${plural(left, 'size')} without a result` : `${left} ${plural(left, 'size')} still to come`], [
      { x: x(parametersOf(middle)), y: frame.bottom - 16, anchor: 'middle' }, { x: frame.right - 6, y: frame.bottom - 16, anchor: 'end' },
      { x: x(parametersOf(middle)), y: frame.bottom - 40, anchor: 'middle' }, { x: frame.right - 6, y: frame.bottom - 40, anchor: 'end' },
    ], 'muted', { bold: false, onlyIfFree: true });
  }

  // ---- Axes ---------------------------------------------------------------
  const marked = [...(chosenMark ? [chosenMark.parameters] : []), ...(selected !== null ? [parametersOf(selected)] : [])];
  const markedBoxes = marked.map((value) => boxOf({ x: x(value), y: frame.bottom + 20, anchor: 'middle' }, textWidth(count(value), 13, true) + 10, 1, 18, 13));
  const hidden = (tick: number) => {
    const box = boxOf({ x: x(tick), y: frame.bottom + 20, anchor: 'middle' }, textWidth(count(tick), 13), 1, 18, 13);
    return markedBoxes.some((other) => box.x < other.x + other.width && other.x < box.x + box.width)
      || box.x < 0 || box.x + box.width > width;
  };
  const looking = selected !== null && selected !== chosen ? selected : null;
  const showChosenNumber = chosenMark && !(looking !== null && Math.abs(x(parametersOf(looking)) - x(chosenMark.parameters)) < (markedBoxes[0]?.width ?? 0));

  const pick = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * width;
    let best = 0;
    data.sizes.forEach((one, i) => {
      if (Math.abs(x(one.parameters) - at) < Math.abs(x(data.sizes[best]!.parameters) - at)) best = i;
    });
    onPoint(best);
  };

  return (
    <svg
      ref={svgRef} class="tradeoff" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true" focusable="false"
      data-rows={data.rows} onPointerDown={pick} onPointerMove={(event) => { if (event.pointerType === 'mouse') pick(event); }}
      onPointerLeave={(event) => { if (event.pointerType === 'mouse') onPoint(null); }}
    >
      <defs>
        <clipPath id="plot"><rect x={frame.left} y={frame.top} width={frame.right - frame.left} height={frame.bottom - frame.top} /></clipPath>
      </defs>
      {ensemble && data.finished && (
        <rect class="zone" x={frame.left} y={ensembleY} width={frame.right - frame.left} height={Math.max(0, Math.min(frame.bottom, y(ensemble.value - data.margin)) - ensembleY)} />
      )}
      {yTicks.map((tick) => (
        <g key={tick} class="tick" data-axis="y" data-value={tick} data-position={y(tick)}>
          <line class="gridline" x1={frame.left} x2={frame.right} y1={y(tick)} y2={y(tick)} />
          <text class="muted" x={frame.left - 8} y={y(tick) + 4.5} text-anchor="end" font-size={phone ? 12 : 13}>{tickPercent(tick)}</text>
        </g>
      ))}
      <line class="axis" x1={frame.left} x2={frame.right} y1={frame.bottom} y2={frame.bottom} />
      {xTicks.map((tick) => (
        <g key={tick} class="tick" data-axis="x" data-value={tick} data-position={x(tick)}>
          <line class="axis" x1={x(tick)} x2={x(tick)} y1={frame.bottom} y2={frame.bottom + 5} />
          {!hidden(tick) && <text class="muted" x={x(tick)} y={frame.bottom + 20} text-anchor="middle" font-size={phone ? 12 : 13}>{count(tick)}</text>}
        </g>
      ))}
      {!data.finished && data.sizes.map((one, i) => (
        <line key={i} class={`size-tick ${data.pending.includes(i) ? 'pending' : 'done'}`} x1={x(one.parameters)} x2={x(one.parameters)} y1={frame.bottom - 9} y2={frame.bottom} />
      ))}
      <text class="muted" x={frame.right} y={frame.bottom + 40} text-anchor="end" font-size={phone ? 12 : 13}>
        {`parameters, ${xTicks.every((tick) => Number.isInteger(Math.log10(tick))) ? 'each label 10 times more' : 'on a logarithmic scale'}${phone ? '' : ' →'}`}
      </text>
      <g clip-path="url(#plot)">
        {data.baseline.length > 1 && <path class="band baseline" d={band(data.baseline) ?? ''} />}
        {data.student.length > 1 && <path class="band student" d={band(data.student) ?? ''} />}
      </g>
      {looking !== null && <line class="looking" x1={x(parametersOf(looking))} x2={x(parametersOf(looking))} y1={frame.top - 30} y2={frame.bottom} />}
      {data.teacher && (
        <g data-series="teacher">
          <line class="teacher-line" x1={frame.left} x2={x(data.teacher.parameters)} y1={y(data.teacher.value)} y2={y(data.teacher.value)} />
          <circle class="teacher-dot" cx={x(data.teacher.parameters)} cy={y(data.teacher.value)} r={4} data-series="teacher" />
        </g>
      )}
      {ensemble && (
        <g>
          <line class={`ensemble-line ${ensemble.provisional ? 'provisional' : ''}`} x1={frame.left} x2={ensembleX} y1={ensembleY} y2={ensembleY} />
          <circle class={`ensemble-dot ${ensemble.provisional ? 'provisional' : ''}`} cx={ensembleX} cy={ensembleY} r={5.5} data-series="ensemble" />
        </g>
      )}
      {bracket && (
        <path class="bracket" d={`M${x(chosenMark.parameters)} ${y(chosenMark.value) - 10}V${bracketY}H${ensembleX}V${ensembleY - 8}`} />
      )}
      {chosenMark && <line class={recommended ? 'recommended-line' : 'closest-line'} x1={x(chosenMark.parameters)} x2={x(chosenMark.parameters)} y1={y(chosenMark.value)} y2={frame.bottom} />}
      <path class="curve baseline" d={path(data.baseline) ?? ''} />
      <path class="curve student" d={path(data.student) ?? ''} />
      {data.baseline.map((mark) => (
        <circle key={mark.size} class="dot baseline" cx={x(mark.parameters)} cy={y(mark.value)} r={mark.size === looking ? 5 : 3.25} data-series="baseline" data-size={mark.size} />
      ))}
      {data.student.map((mark) => (
        <circle key={mark.size} class={`dot student ${mark.size === chosen ? 'chosen' : ''}`} cx={x(mark.parameters)} cy={y(mark.value)} r={mark.size === chosen ? 7.5 : mark.size === looking ? 5 : 3.25} data-series="student" data-size={mark.size} />
      ))}
      {looking !== null && data.student.filter((mark) => mark.size === looking).map((mark) => (
        <circle key="ring" class="ring" cx={x(mark.parameters)} cy={y(mark.value)} r={10} />
      ))}
      {data.running && !data.over && data[data.running.kind].filter((mark) => mark.size === data.running!.size).map((mark) => (
        <circle key="running" class={`running ${data.running!.kind}`} cx={x(mark.parameters)} cy={y(mark.value)} r={7} />
      ))}
      {texts.map((text) => <LabelText key={text.lines[0]} text={text} />)}
      {chosenMark && showChosenNumber && (
        <text class={recommended ? 'student' : 'ink'} x={x(chosenMark.parameters)} y={frame.bottom + 20} text-anchor="middle" font-size={13} font-weight={650}>{count(chosenMark.parameters)}</text>
      )}
      {looking !== null && (
        <text class="ink" x={x(parametersOf(looking))} y={frame.bottom + 20} text-anchor="middle" font-size={13} font-weight={650}>{count(parametersOf(looking))}</text>
      )}
      {data.student.length === 0 && data.baseline.length === 0 && !ensemble && (
        <text class="muted" x={(frame.left + frame.right) / 2} y={(frame.top + frame.bottom) / 2} text-anchor="middle" font-size={size}>
          {data.over ? 'Nothing had finished.' : `${capital(inWords(data.sizes.length))} sizes will appear here.`}
        </text>
      )}
    </svg>
  );
}
