import { fail } from './fail.js';
import { countsRows, guessLabel } from './guess.js';
import type { ColumnRef, CsvOptions, CsvSchema } from './types.js';

/** What a column of the file is for. */
export interface SourceColumn {
  /** Position in the file, from 0. */
  index: number;
  name: string;
  role: 'numeric' | 'categorical' | 'label' | 'group' | 'ignored';
}

const listed = (items: readonly string[]): string =>
  items.slice(0, 20).join(', ') + (items.length > 20 ? ' and more' : '');
const quoted = (names: readonly string[]): string => listed(names.map((name) => `'${name}'`));

/** Names as they are used from here on: none empty, none twice. */
export function uniqueNames(header: readonly string[], warnings: string[]): string[] {
  const taken = new Set<string>(), copies = new Map<string, number>(), renamed: string[] = [];
  const names = header.map((given, index) => {
    const base = given === '' ? `column ${index + 1}` : given;
    let name = base, copy = copies.get(base) ?? 1;
    while (taken.has(name)) name = `${base}_${++copy}`;
    copies.set(base, copy);
    taken.add(name);
    if (name !== base) renamed.push(`'${name}'`);
    return name;
  });
  if (renamed.length > 0) warnings.push(`Some columns have the same name. They are called ${listed(renamed)} here.`);
  return names;
}

function find(names: string[], ref: ColumnRef, option: string): number {
  const index = typeof ref === 'number' ? ref : names.indexOf(ref);
  if (Number.isInteger(index) && index >= 0 && index < names.length) return index;
  fail('invalid_option', `${option}: there is no column ${typeof ref === 'number' ? ref : `'${ref}'`}. There are `
    + `${names.length}: ${quoted(names)}.`);
}

/** How the columns look in the first rows. */
export interface Look {
  /** Those that are not missing. */
  values(column: number): string[];
  /** 'numeric', 'categorical', or what makes the column neither. */
  kind(column: number): string;
}

/** What each column is for. */
export function assignColumns(header: string[], names: string[], look: Look, options: CsvOptions,
                              warnings: string[]): SourceColumn[] {
  const roles = new Map<number, SourceColumn['role']>();
  for (const ref of options.ignore ?? []) roles.set(find(names, ref, 'ignore'), 'ignored');
  if (options.group !== undefined) roles.set(find(names, options.group, 'group'), 'group');
  for (const [index, name] of header.entries())
    if (name === '' && !roles.has(index) && index === header.length - 1 && look.values(index).length === 0) {
      roles.set(index, 'ignored');
      warnings.push('The last column has neither name nor values, as where lines end in a delimiter: it is left out.');
    }
  if (options.schema) assignBySchema(names, options.schema, roles);
  else {
    const label = options.label === null ? -1
      : options.label === undefined ? guessLabel(names, (index) => !roles.has(index))
      : find(names, options.label, 'label');
    if (roles.has(label)) fail('invalid_option', `label: '${names[label]}' is ignored or the group, too.`);
    if (label >= 0) roles.set(label, 'label');
    assignByLook(names, look, options, roles, warnings);
  }
  return names.map((name, index) => ({ index, name, role: roles.get(index) ?? 'ignored' }));
}

function assignBySchema(names: string[], schema: CsvSchema, roles: Map<number, SourceColumn['role']>): void {
  const indices = new Map(names.map((name, index) => [name, index]));
  const lacking = schema.columns.filter(({ name }) => !indices.has(name)).map(({ name }) => name);
  if (lacking.length > 0)
    fail('invalid_data', `The file lacks columns that its schema has: ${quoted(lacking)}. `
      + `It has ${quoted(names)}.`);
  const label = indices.get(schema.label);
  if (label !== undefined && !roles.has(label)) roles.set(label, 'label');
  for (const { name, kind } of schema.columns) roles.set(indices.get(name)!, kind);
}

function assignByLook(names: string[], look: Look, { types = {}, unusable }: CsvOptions,
                      roles: Map<number, SourceColumn['role']>, warnings: string[]): void {
  for (const name of Object.keys(types)) find(names, name, 'types');
  const reasons: string[] = [], refused: string[] = [];
  for (const [index, name] of names.entries()) {
    if (roles.has(index)) continue;
    const found = look.values(index);
    const kind = Object.hasOwn(types, name) ? types[name]! : look.kind(index);
    if (kind === 'numeric' || kind === 'categorical') roles.set(index, kind);
    else {
      const example = found.length > 0 ? ` ('${found[0]!.slice(0, 40)}')` : '';
      reasons.push(`'${name}' holds ${kind}${example}`);
      refused.push(name);
    }
    if (kind === 'numeric' && countsRows(found))
      warnings.push(`'${name}' only counts the rows: leave it out with ignore unless their order means something.`);
  }
  if (refused.length > 0) refuse(reasons, refused, unusable, warnings);
}

/** Columns that cannot be features: an error, or a warning where they are to be ignored. */
export function refuse(reasons: string[], names: string[], unusable: CsvOptions['unusable'], warnings: string[]): void {
  if (unusable === 'ignore') warnings.push(`Left out: ${listed(reasons)}.`);
  else
    fail('invalid_data', `Columns that cannot be features: ${listed(reasons)}. Leave them out with `
      + `ignore: [${quoted(names)}], or make numbers or a few categories of them.`);
}
