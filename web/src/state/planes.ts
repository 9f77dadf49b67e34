/** Decisions over a plane, for data of two columns and two classes. Pure numbers; the charts draw them. */

export interface Window { x: [number, number]; y: [number, number] }

export interface Planes {
  /** Points along each side. */
  side: number;
  window: Window;
  /** Log-odds of class 1, row by row from the bottom: positive means class 1. */
  ensemble: Float32Array;
  student: Float32Array;
  baseline: Float32Array;
  /** Share of the points where the answer is the ensemble's. */
  agreement: { student: number; baseline: number };
  /** Which size was drawn. */
  size: number;
  classNames: readonly string[];
  /** Test rows, drawn over the maps. */
  rows: { features: Float32Array; labels: Int32Array };
}

/** A square around all rows, with a margin: boundaries matter most just beyond the rows. */
export function windowAround(features: Float32Array): Window {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (let i = 0; i < features.length; i++) {
    const axis = i % 2, value = features[i]!;
    if (value < low[axis]!) low[axis] = value;
    if (value > high[axis]!) high[axis] = value;
  }
  const side = Math.max(high[0]! - low[0]!, high[1]! - low[1]!, 1e-6) * 1.16;
  const around = (axis: 0 | 1): [number, number] => {
    const middle = (low[axis]! + high[axis]!) / 2;
    return [middle - side / 2, middle + side / 2];
  };
  return { x: around(0), y: around(1) };
}

/** The features of all grid points, from the bottom left corner to the top right one. */
export function gridPoints(window: Window, side: number): Float32Array {
  const points = new Float32Array(side * side * 2);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const at = (row * side + column) * 2;
      points[at] = window.x[0] + ((window.x[1] - window.x[0]) * column) / (side - 1);
      points[at + 1] = window.y[0] + ((window.y[1] - window.y[0]) * row) / (side - 1);
    }
  }
  return points;
}

/** Log-odds of class 1 by the mean of the networks' logits, two per point. */
export function meanLogOdds(logits: readonly Float32Array[]): Float32Array {
  const odds = new Float32Array((logits[0]?.length ?? 0) / 2);
  for (const one of logits) for (let i = 0; i < odds.length; i++) odds[i]! += (one[2 * i + 1]! - one[2 * i]!) / logits.length;
  return odds;
}

export function agreement(a: Float32Array, b: Float32Array): number {
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i]! > 0 === b[i]! > 0) same++;
  return a.length ? same / a.length : 1;
}

/** The value between grid points; x and y in 0 … 1 from the bottom left corner. */
export function sample(values: Float32Array, side: number, x: number, y: number): number {
  const column = Math.min(Math.max(x * (side - 1), 0), side - 1), row = Math.min(Math.max(y * (side - 1), 0), side - 1);
  const left = Math.min(Math.floor(column), side - 2), low = Math.min(Math.floor(row), side - 2);
  const right = column - left, up = row - low;
  const at = low * side + left;
  return (values[at]! * (1 - right) + values[at + 1]! * right) * (1 - up)
    + (values[at + side]! * (1 - right) + values[at + side + 1]! * right) * up;
}

export const chance = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));
