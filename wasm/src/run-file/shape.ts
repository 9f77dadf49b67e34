/** Checks of JSON that was a file meanwhile. Each mirrors a type: the compiler tells where one lacks a field. */

/** Throws an Error that says where the value is not a T. */
export type Shape<T> = (value: unknown, path: string) => asserts value is T;

function require(condition: boolean, path: string, what: string): void {
  if (!condition) throw new Error(`${path} is ${what}`);
}

export const aNumber: Shape<number> = (value, path) => require(Number.isFinite(value), path, 'no number');
export const aText: Shape<string> = (value, path) => require(typeof value === 'string', path, 'no text');
export const aBoolean: Shape<boolean> = (value, path) =>
  require(typeof value === 'boolean', path, 'neither true nor false');

export const oneOf = <T extends string>(...words: T[]): Shape<T> =>
  (value, path) => require(words.includes(value as T), path, `none of ${words.join(', ')}`);

export const orNull = <T>(shape: Shape<T>): Shape<T | null> => (value, path) => {
  if (value !== null) check(shape, value, path);
};

export const listOf = <T>(shape: Shape<T>): Shape<T[]> => (value, path) => {
  require(Array.isArray(value), path, 'no list');
  (value as unknown[]).forEach((item, at) => check(shape, item, `${path}.${at}`));
};

export const mapOf = <T>(shape: Shape<T>): Shape<Record<string, T>> => (value, path) => {
  require(isObject(value), path, 'no object');
  for (const [name, item] of Object.entries(value as object)) check(shape, item, `${path}.${name}`);
};

/** Every field must be there; others may be. */
export function recordOf<T extends object>(fields: { [K in keyof Required<T>]: Shape<T[K]> }): Shape<T> {
  return (value, path) => {
    require(isObject(value), path, 'no object');
    const given = new Map(Object.entries(value as object));
    for (const [name, shape] of Object.entries<Shape<unknown>>(fields))
      check(shape, given.get(name), `${path}.${name}`);
  };
}

/** Assertions need a name with a type written out; shapes that are passed on have none. */
export function check<T>(shape: Shape<T>, value: unknown, path: string): asserts value is T {
  shape(value, path);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
