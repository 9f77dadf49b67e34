/** Widths of text as this browser sets it. */
let context: CanvasRenderingContext2D | null = null;

export function textWidth(text: string, size: number, bold = false): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * size * 0.58;
  context.font = `${bold ? 650 : 400} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return context.measureText(text).width;
}

/** Breaks text into lines no wider than `most`. */
export function wrap(text: string, size: number, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line ? `${line} ${word}` : word;
    if (line && textWidth(longer, size) > most) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line ? [...lines, line] : lines;
}
