import { chance, sample, type Planes } from '../state/planes.ts';
import { zeroLine } from './contour.ts';

export type MapKind = 'ensemble' | 'student' | 'baseline' | 'difference';

export interface MapOptions { kind: MapKind; against: 'student' | 'baseline'; showRows: boolean; side: number; scale: number }

type Colour = [number, number, number];

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function rgb(hex: string): Colour {
  // Style sheets are shortened on the way: #FFFFFF may come back as #fff.
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1);
  const value = Number.parseInt(digits, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

const mix = (a: Colour, b: Colour, part: number): Colour => [0, 1, 2].map((i) => Math.round(a[i]! + (b[i]! - a[i]!) * part)) as Colour;

/** Seven shades between the classes: how sure, without a thousand greys. */
export const shades = 7;

/** Draws one map into a canvas of `side` CSS pixels. */
export function drawMap(canvas: HTMLCanvasElement, planes: Planes, { kind, against, showRows, side, scale }: MapOptions): void {
  const pixels = Math.round(side * scale);
  canvas.width = canvas.height = pixels;
  const context = canvas.getContext('2d');
  if (!context) return;
  const paper = rgb(token('--background')), shade = rgb(token('--class-1')), hatch = rgb(token('--disagreement'));
  const scaleOfShades = Array.from({ length: shades }, (_, i) => mix(paper, shade, i / (shades - 1)));
  const light = mix(paper, shade, 0.35), tint = mix(paper, hatch, 0.22);
  const main = kind === 'difference' ? planes.ensemble : planes[kind], other = planes[against];
  const image = context.createImageData(pixels, pixels);
  for (let row = 0; row < pixels; row++) {
    for (let column = 0; column < pixels; column++) {
      const x = column / (pixels - 1), y = 1 - row / (pixels - 1);
      const odds = sample(main, planes.side, x, y);
      let colour: Colour;
      if (kind === 'difference') {
        const differs = odds > 0 !== sample(other, planes.side, x, y) > 0;
        const stripe = (row + column) % Math.round(7 * scale) < 2.5 * scale;
        colour = differs ? (stripe ? hatch : tint) : odds > 0 ? light : paper;
      } else {
        colour = scaleOfShades[Math.min(shades - 1, Math.floor(chance(odds) * shades))]!;
      }
      const at = (row * pixels + column) * 4;
      image.data.set(colour, at);
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  context.scale(scale, scale);
  context.lineCap = 'round';
  const stroke = (values: Float32Array, colour: string, width: number) => {
    context.beginPath();
    for (const [x0, y0, x1, y1] of zeroLine(values, planes.side)) {
      context.moveTo(x0 * side, (1 - y0) * side);
      context.lineTo(x1 * side, (1 - y1) * side);
    }
    context.strokeStyle = token(colour);
    context.lineWidth = width;
    context.stroke();
  };
  if (kind === 'difference') {
    stroke(planes.ensemble, '--ink', 1.25);
    stroke(other, `--${against}`, 1.25);
  } else {
    stroke(main, kind === 'ensemble' ? '--ink' : `--${kind}`, kind === 'ensemble' ? 2 : 2.25);
    if (showRows) drawRows(context, planes, side);
  }
}

/** At most so many rows are drawn: more would hide the map. */
const most = 400;

function drawRows(context: CanvasRenderingContext2D, { window, rows }: Planes, side: number): void {
  const ink = token('--ink'), paper = token('--background');
  for (let i = 0; i < Math.min(most, rows.labels.length); i++) {
    const x = ((rows.features[2 * i]! - window.x[0]) / (window.x[1] - window.x[0])) * side;
    const y = (1 - (rows.features[2 * i + 1]! - window.y[0]) / (window.y[1] - window.y[0])) * side;
    context.beginPath();
    context.arc(x, y, rows.labels[i] === 1 ? 2.1 : 2.4, 0, 2 * Math.PI);
    context.fillStyle = rows.labels[i] === 1 ? ink : paper;
    context.strokeStyle = rows.labels[i] === 1 ? paper : ink;
    context.lineWidth = 1;
    context.fill();
    context.stroke();
  }
}
