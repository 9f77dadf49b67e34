import { parseArgs } from 'node:util';
import { UsageError } from './exit-codes.js';

/** One option of a command. Help and messages are made of it, so they cannot say anything else. */
export interface Option<T> {
  /** How the help calls its value; without one it is a flag. */
  value?: string;
  short?: string;
  help: string;
  /** What the value must be, to complete "--seed needs …". */
  needs: string;
  /** May be given more than once. */
  many?: boolean;
  /** The option's value; before: what it was, where it may be given more than once. undefined: it cannot be. */
  read(text: string, before: T | undefined): T | undefined;
}

export type Options = Record<string, Option<any>>;
export type Values<O extends Options> = { [K in keyof O]?: O[K] extends Option<infer T> ? T : never };

export const flag = (help: string, short?: string): Option<true> =>
  ({ help, needs: 'no value', ...(short && { short }), read: () => true });

export const text = (value: string, help: string, short?: string): Option<string> =>
  ({ value, help, needs: 'a text', ...(short && { short }), read: (given) => given || undefined });

export const texts = (value: string, help: string): Option<string[]> =>
  ({ value, help, many: true, needs: 'a text', read: (given, before = []) => given ? [...before, given] : undefined });

/** Whole numbers are written with digits alone: 1e3 or 0x10 are more likely a mistake. */
export const whole = (value: string, help: string, least: number, most = Number.MAX_SAFE_INTEGER): Option<number> => ({
  value, help,
  needs: `a whole number from ${least} ${most < Number.MAX_SAFE_INTEGER ? `to ${most}` : 'on'}`,
  read: (given) => within(/^\d{1,16}$/.test(given), Number(given), least, most),
});

export const number = (value: string, help: string, least: number, most: number): Option<number> => ({
  value, help, needs: `a number from ${least} to ${most}`,
  read: (given) => within(/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given), Number(given), least, most),
});

const within = (isWritten: boolean, value: number, least: number, most: number): number | undefined =>
  isWritten && value >= least && value <= most ? value : undefined;

/** One of a few words, each of which stands for itself or for a value. */
export function choice<T extends string>(help: string, words: readonly T[]): Option<T>;
export function choice<T>(help: string, words: Record<string, T>): Option<T>;
export function choice(help: string, words: readonly string[] | Record<string, unknown>): Option<unknown> {
  const meanings = new Map(Array.isArray(words) ? words.map((word: string) => [word, word]) : Object.entries(words));
  const names = [...meanings.keys()];
  return { value: names.join('|'), help, needs: `one of ${names.join(', ')}`, read: (given) => meanings.get(given) };
}

/** Widths of hidden layers: 64-32. */
export function widthsOf(given: string): number[] | undefined {
  const widths = given.split('-');
  return widths.every((width) => /^[1-9]\d{0,4}$/.test(width)) ? widths.map(Number) : undefined;
}

export const sizes = (value: string, help: string): Option<number[][]> => ({
  value, help, needs: 'widths of hidden layers, such as 4-2,16-8,64-32',
  read(given) {
    const list = given.split(',').map(widthsOf);
    return list.every((widths) => widths !== undefined) ? list : undefined;
  },
});

export const widths = (value: string, help: string): Option<number[]> =>
  ({ value, help, needs: 'widths of hidden layers, such as 256-128-64', read: widthsOf });

export interface Arguments<O extends Options> { values: Values<O>; positionals: string[] }

/** What was given, or a UsageError about the first thing that cannot be. */
export function readArguments<O extends Options>(options: O, given: readonly string[]): Arguments<O> {
  const { tokens } = parseArgs({
    args: [...given], strict: false, allowPositionals: true, tokens: true,
    options: Object.fromEntries(Object.entries(options).map(([name, { value, short }]) =>
      [name, { type: value ? 'string' as const : 'boolean' as const, multiple: true, ...(short && { short }) }])),
  });
  const values: Record<string, unknown> = {}, positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value = '', inlineValue } = token;
    if (!Object.hasOwn(options, name)) {
      const known = Object.keys(options).map((option) => `--${option}`);
      throw new UsageError(`There is no option ${rawName}.${meant(rawName, known)}`);
    }
    const option = options[name]!;
    if (!option.value && inlineValue) throw new UsageError(`${rawName} takes no value: leave '=${value}' out.`);
    if (option.value && !inlineValue && (token.value === undefined || value.startsWith('--')))
      throw new UsageError(`${rawName} needs ${option.needs}, and none follows.`
        + (value.startsWith('--') ? ` If '${value}' is meant: ${rawName}=${value}.` : ''));
    if (values[name] !== undefined && !option.many) throw new UsageError(`${rawName} is given twice: leave one out.`);
    values[name] = option.read(value, values[name]);
    if (values[name] === undefined) throw new UsageError(`${rawName} needs ${option.needs}, not '${value}'.`);
  }
  return { values: values as Values<O>, positionals };
}

/** " Is … meant?" where something known is near. */
export function meant(given: string, known: readonly string[]): string {
  const [nearest] = known.map((name) => ({ name, distance: editDistance(given, name) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= 2 + given.length / 10 ? ` Is ${nearest.name} meant?` : '';
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; ++i) {
    const next = [i];
    for (let j = 1; j <= b.length; ++j)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
