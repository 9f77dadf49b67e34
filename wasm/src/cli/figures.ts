/** Numbers as people read them. */
import type { Interval } from './package.js';

const grouped = new Intl.NumberFormat('en');
export const count = (n: number): string => grouped.format(n);

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** 0.9774 → "97.7%". What is not all is never rounded up to it. */
export function percent(share: number): string {
  const digits = share < 1 && share > 0.9995 ? 3 : 1;
  return `${(Math.min(share, share < 1 ? 0.99999 : 1) * 100).toFixed(digits)}%`;
}

/** A difference of shares in points: −0.012 → "−1.2". */
export function points(difference: number): string {
  const text = Math.abs(difference * 100).toFixed(1);
  return text === '0.0' ? text : `${difference < 0 ? '−' : '+'}${text}`;
}

/** 0.01 → "1 point". */
export function margin(share: number): string {
  const text = String(Number((share * 100).toFixed(3)));
  return `${text} ${text === '1' ? 'point' : 'points'}`;
}

/** 0.95 → "95% interval". */
export const intervalName = (confidence: number): string => `${Number((confidence * 100).toFixed(2))}% interval`;

/** "95% interval −0.9 to +0.5", of a difference. */
export const pointsInterval = ({ lower, upper }: Interval, confidence: number): string =>
  `${intervalName(confidence)} ${points(lower)} to ${points(upper)}`;

export const probability = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.01 ? 3 : 2)}`);

export function bytes(n: number): string {
  const [value, unit] = n < 1000 ? [n, 'B'] : n < 1e6 ? [n / 1e3, 'kB'] : n < 1e9 ? [n / 1e6, 'MB'] : [n / 1e9, 'GB'];
  return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`;
}

/** 160.4 → "160", 3.24 → "3.2". */
export const times = (ratio: number): string =>
  (ratio >= 10 ? count(Math.round(ratio)) : String(Number(ratio.toFixed(1))));

/** As roughly as it is known. */
export function about(seconds: number): string {
  if (seconds < 20) return `about ${plural(Math.max(1, Math.round(seconds)), 'second')}`;
  if (seconds < 90) return `about ${plural(5 * Math.round(seconds / 5), 'second')}`;
  if (seconds < 5400) return `about ${plural(Math.round(seconds / 60), 'minute')}`;
  return `about ${plural(Number((seconds / 3600).toFixed(1)), 'hour')}`;
}

export const widthsText = (hidden: number[]): string => hidden.join('-') || 'none';
