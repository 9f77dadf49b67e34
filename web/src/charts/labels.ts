/** Finds places for labels: on what they name, off everything else. Pure geometry. */

export interface Box { x: number; y: number; width: number; height: number }
export type Point = readonly [number, number];
export type Anchor = 'start' | 'middle' | 'end';

/** y is the baseline of the first line. */
export interface Place { x: number; y: number; anchor: Anchor }

export interface Label extends Place { lines: number; box: Box }

export interface Obstacles { boxes: Box[]; paths: (readonly Point[])[]; bounds: Box }

export function boxOf(place: Place, width: number, lines: number, lineHeight: number, size: number): Box {
  const x = place.anchor === 'start' ? place.x : place.anchor === 'end' ? place.x - width : place.x - width / 2;
  return { x, y: place.y - size, width, height: size * 1.25 + (lines - 1) * lineHeight };
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Length of the part of a segment inside a box (Liang and Barsky). */
function inside(box: Box, [x0, y0]: Point, [x1, y1]: Point): number {
  let from = 0, to = 1;
  const dx = x1 - x0, dy = y1 - y0;
  for (const [p, q] of [[-dx, x0 - box.x], [dx, box.x + box.width - x0], [-dy, y0 - box.y], [dy, box.y + box.height - y0]] as const) {
    if (p === 0) {
      if (q < 0) return 0;
    } else if (p < 0) {
      from = Math.max(from, q / p);
    } else {
      to = Math.min(to, q / p);
    }
  }
  return from < to ? (to - from) * Math.hypot(dx, dy) : 0;
}

/** What it costs to lie on another label. */
const covered = 60;

function cost(box: Box, { boxes, paths, bounds }: Obstacles): number {
  let total = 0;
  const within = overlap(box, bounds) / (box.width * box.height || 1);
  total += (1 - within) * 2000;
  for (const other of boxes) total += overlap(box, other) > 0 ? covered + overlap(box, other) / 10 : 0;
  for (const path of paths) {
    for (let i = 1; i < path.length; i++) {
      const length = inside(box, path[i - 1]!, path[i]!);
      if (length > 0) total += 20 + length;
    }
  }
  return total;
}

/**
 * The first place that is free; else one without the further lines; else the least bad, or none if only a free one will do.
 * Earlier places are better. What is placed becomes an obstacle.
 */
export function place(
  places: readonly Place[], widths: readonly number[], obstacles: Obstacles, lineHeight: number, size: number, onlyIfFree = false,
): Label | null {
  let best: Label | null = null, least = Infinity;
  const tries = widths.length > 1 ? [widths.length, 1] : [widths.length];
  for (const lines of tries) {
    const width = Math.max(...widths.slice(0, lines));
    for (const [i, candidate] of places.entries()) {
      const box = boxOf(candidate, width, lines, lineHeight, size);
      const padded = { x: box.x - 3, y: box.y - 1, width: box.width + 6, height: box.height + 2 };
      const score = cost(padded, obstacles) + i * 0.01 + (lines < widths.length ? 15 : 0);
      if (score < least) {
        least = score;
        best = { ...candidate, lines, box: padded };
      }
    }
  }
  if (onlyIfFree && least >= covered) return null;
  if (best) obstacles.boxes.push(best.box);
  return best;
}
