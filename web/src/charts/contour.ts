/** The line where values change sign, as segments in 0 … 1 from the bottom left (marching squares). */
export function zeroLine(values: Float32Array, side: number): [number, number, number, number][] {
  const segments: [number, number, number, number][] = [];
  const last = side - 1;
  for (let row = 0; row < last; row++) {
    for (let column = 0; column < last; column++) {
      const at = row * side + column;
      const a = values[at]!, b = values[at + 1]!, c = values[at + side + 1]!, d = values[at + side]!;
      const crossings: [number, number][] = [];
      const cut = (from: number, to: number, x: number, y: number, dx: number, dy: number) => {
        if (from > 0 === to > 0) return;
        const part = from / (from - to);
        crossings.push([(column + x + dx * part) / last, (row + y + dy * part) / last]);
      };
      cut(a, b, 0, 0, 1, 0);
      cut(b, c, 1, 0, 0, 1);
      cut(d, c, 0, 1, 1, 0);
      cut(a, d, 0, 0, 0, 1);
      for (let i = 0; i + 1 < crossings.length; i += 2) segments.push([...crossings[i]!, ...crossings[i + 1]!]);
    }
  }
  return segments;
}

