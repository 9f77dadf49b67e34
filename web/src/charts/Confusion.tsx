import { count, percent } from '../state/format.ts';
import type { Cell } from '../state/answers.ts';
import { textWidth } from './measure.ts';

interface Props {
  names: readonly string[];
  matrices: Record<Cell['network'], Uint32Array>;
  wrong: Record<Cell['network'], number>;
  width: number;
  selected: Cell | null;
  onSelect: (cell: Cell) => void;
  svgRef: (element: SVGSVGElement | null) => void;
}

const networks = ['ensemble', 'student'] as const;
/** Below this a number would not fit. */
const leastCell = 30;
const head = 64, how = 'down: label, across: answer';

/** Shortened, so that it takes no more than `most`. */
function fitted(text: string, most: number): string {
  if (textWidth(text, 13) <= most) return text;
  let end = text.length;
  while (end > 1 && textWidth(`${text.slice(0, end)}…`, 13) > most) end--;
  return `${text.slice(0, end)}…`;
}

/** How often each class is taken for which: ensemble and student side by side, or one above the other. */
export function Confusion({ names, matrices, wrong, width, selected, onSelect, svgRef }: Props) {
  const classes = names.length;
  const side = Math.min(96, Math.ceil(Math.max(...names.map((name) => textWidth(name, 13))))) + 10;
  const room = (columns: number) => Math.floor(((width - (columns - 1) * 40) / columns - side) / classes);
  const columns = room(2) >= leastCell && width >= 400 ? 2 : 1;
  const cell = Math.max(leastCell, Math.min(classes > 4 ? 48 : 72, room(columns)));
  const one = { width: Math.max(side + classes * cell, Math.ceil(textWidth(how, 13)), 180), height: head + classes * cell };
  const total = { width: columns * one.width + (columns - 1) * 40, height: columns === 2 ? one.height : 2 * one.height + 24 };
  const ofLabel = (label: number) => {
    let rows = 0;
    for (let answer = 0; answer < classes; answer++) rows += matrices.student[label * classes + answer]!;
    return rows;
  };
  const share = (network: Cell['network'], label: number, answer: number) => matrices[network][label * classes + answer]! / (ofLabel(label) || 1);
  // One scale for both: what is darker is worse, in either.
  let worst = 0.1;
  for (const network of networks) for (let l = 0; l < classes; l++) for (let a = 0; a < classes; a++) if (l !== a) worst = Math.max(worst, share(network, l, a));

  const at = selected ?? { network: 'ensemble' as const, label: 0, answer: 0 };
  const key = (event: KeyboardEvent, { network, label, answer }: Cell) => {
    const moves: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const move = moves[event.key];
    let next: Cell | null = null;
    if (event.key === 'Enter' || event.key === ' ') next = { network, label, answer };
    else if (move) {
      let across = answer + move[1], to: Cell['network'] = network;
      // To the side the other matrix follows.
      if (across >= classes && network === 'ensemble') [to, across] = ['student', 0];
      else if (across < 0 && network === 'student') [to, across] = ['ensemble', classes - 1];
      next = { network: to, label: Math.min(classes - 1, Math.max(0, label + move[0])), answer: Math.min(classes - 1, Math.max(0, across)) };
    }
    if (!next) return;
    event.preventDefault();
    onSelect(next);
    const { network: to, label: down, answer: across } = next;
    const svg = (event.currentTarget as Element).closest('svg');
    svg?.querySelector<SVGGElement>(`[data-cell="${to}-${down}-${across}"]`)?.focus();
  };
  return (
    <svg ref={svgRef} class="confusion" viewBox={`0 0 ${total.width} ${total.height}`} width={total.width} height={total.height} role="group"
      aria-label="Confusion matrices of ensemble and student. The arrow keys go from cell to cell.">
      {networks.map((network, i) => (
        <g key={network} transform={columns === 2 ? `translate(${i * (one.width + 40)} 0)` : `translate(0 ${i * (one.height + 24)})`}>
          <text class={network === 'student' ? 'student' : 'ink'} x="0" y="14" font-size="14" font-weight="650">{`${network === 'student' ? 'Student' : 'Ensemble'}, ${count(wrong[network])} wrong`}</text>
          <text class="muted" x="0" y="32" font-size="13">{how}</text>
          {names.map((name, c) => (
            <g key={c} aria-hidden="true">
              <text class="muted" x={side + (c + 0.5) * cell} y={head - 8} text-anchor="middle" font-size="13">{fitted(name, cell - 2)}</text>
              <text class="muted" x={side - 8} y={head + (c + 0.5) * cell + 4.5} text-anchor="end" font-size="13">{fitted(name, side - 10)}</text>
            </g>
          ))}
          {Array.from(matrices[network], (rows, index) => {
            const label = Math.floor(index / classes), answer = index % classes, part = share(network, label, answer);
            const on = selected?.network === network && selected.label === label && selected.answer === answer;
            const here = { network, label, answer };
            const x = side + answer * cell, y = head + label * cell, two = cell >= 44;
            const shade = label === answer ? 0.12 : rows === 0 ? 0 : part / worst;
            return (
              <g key={index} class={on ? 'cell on' : 'cell'} role="button" aria-pressed={on} data-cell={`${network}-${label}-${answer}`} data-rows={rows}
                tabindex={at.network === network && at.label === label && at.answer === answer ? 0 : -1}
                aria-label={`${network}: label ${names[label]}, answer ${names[answer]}, rows: ${count(rows)}, ${percent(part)} of the label`}
                onClick={() => onSelect(here)} onKeyDown={(event) => key(event, here)}>
                <rect class="paper" x={x + 1} y={y + 1} width={cell - 2} height={cell - 2} />
                <rect class="shade" x={x + 1} y={y + 1} width={cell - 2} height={cell - 2} style={{ fillOpacity: `calc(var(--darkest) * ${shade.toFixed(3)})` }} />
                {rows > 0 && <text class="ink" x={x + cell / 2} y={y + cell / 2 + (two ? -1 : 4.5)} text-anchor="middle" font-size={two ? 16 : 12} font-weight={label === answer ? 400 : 650}>{count(rows)}</text>}
                {' '}
                {rows > 0 && two && <text class="muted" x={x + cell / 2} y={y + cell / 2 + 16} text-anchor="middle" font-size="12">{percent(part)}</text>}
              </g>
            );
          })}
        </g>
      ))}
    </svg>
  );
}
