/** Numbers as the page prints them. A true minus sign, grouped thousands, decimal kilobytes. */

const grouped = new Intl.NumberFormat('en');

export const count = (n: number): string => grouped.format(n);

/** 0.977 → "97.7%". Never rounds up to "100%" what is not. */
export function percent(share: number): string {
  const one = (share * 100).toFixed(1);
  if (share < 1 && one === '100.0') return `${(Math.floor(share * 1e4) / 100).toFixed(2)}%`;
  return `${one}%`;
}

/** 0.977 → "97.7", for the ends of an interval. */
export const bare = (share: number): string => percent(share).slice(0, -1);

/** A difference of shares in points, signed: −0.0012 → "−0.1". */
export function signedPoints(difference: number): string {
  const text = (Math.abs(difference) * 100).toFixed(1);
  if (text === '0.0') return '0.0';
  return `${difference < 0 ? '−' : '+'}${text}`;
}

/** 0.01 → "1 point", 0.005 → "0.5 points". */
export function points(share: number): string {
  const value = Number((share * 100).toFixed(2));
  return `${value} ${value === 1 ? 'point' : 'points'}`;
}

export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  if (n < 1e6) return `${(n / 1000).toFixed(1)} kB`;
  return `${(n / 1e6).toFixed(1)} MB`;
}

export function duration(seconds: number): string {
  const microseconds = seconds * 1e6;
  if (microseconds < 10) return `${microseconds.toFixed(1)} µs`;
  if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
  if (microseconds < 1e6) return `${(microseconds / 1000).toFixed(1)} ms`;
  return spent(seconds);
}

/** How long something took. */
export function spent(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** How long something will take, as roughly as it is known. */
export function about(seconds: number): string {
  if (seconds < 1.5) return 'about 1 second';
  if (seconds < 20) return `about ${Math.round(seconds)} seconds`;
  if (seconds < 90) return `about ${Math.round(seconds / 5) * 5} seconds`;
  return `about ${Math.round(seconds / 60)} minutes`;
}

const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

export const inWords = (n: number): string => words[n] ?? count(n);

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const plural = (n: number, one: string, many = `${one}s`): string => (n === 1 ? one : many);

/** 0.91 → "91", −0.12 → "−12": whole percents, without the sign of percent. */
export const wholePercent = (share: number): string => Math.round(share * 100).toString().replace('-', '−');

/** A number with so many decimals and a true minus sign. */
export const fixed = (value: number, decimals: number): string => value.toFixed(decimals).replace('-', '−');

/** How many times smaller, rounded but never to 0. */
export function times(ratio: number): string {
  if (ratio >= 10) return count(Math.round(ratio));
  return Number(ratio.toFixed(1)).toString();
}

export const probability = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.01 ? 3 : 2)}`);
