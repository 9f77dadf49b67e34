import { DistilleryError } from '../errors.js';
import { countsRows, guessKind, guessLabel } from './guess.js';
import type { ColumnRef, CsvOptions, CsvSchema } from './types.js';

/** What a column of the file is for. */
export interface SourceColumn {
  /** Position in the file, from 0. */
  index: number;
  name: string;
  role: 'numeric' | 'categorical' | 'label' | 'group' | 'ignored';
}

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** Names as they are used from here on: none empty, none twice. */
export function uniqueNames(header: readonly string[], warnings: string[]): string[] {
  const taken = new Set<string>();
  return header.map((given, index) => {
    const base = given === '' ? `column ${index + 1}` : given;
    let name = base;
    for (let copy = 2; taken.has(name); ++copy) name = `${base}_${copy}`;
    taken.add(name);
    if (name !== base) warnings.push(`Two columns are called '${base}': the one at position ${index + 1} is called '${name}' here.`);
    return name;
  });
}

function find(names: string[], ref: ColumnRef, option: string): number {
  const index = typeof ref === 'number' ? ref : names.indexOf(ref);
  if (Number.isInteger(index) && index >= 0 && index < names.length) return index;
  throw new DistilleryError('invalid_option', `${option}: there is no column ${typeof ref === 'number' ? ref : `'${ref}'`}. There are `
    + `${names.length}: ${quoted(names.slice(0, 20))}${names.length > 20 ? ' …' : ''}.`);
}

/** What each column is for. `values` gives those of the first rows that are not missing. */
export function assignColumns(header: string[], names: string[], values: (column: number) => string[], options: CsvOptions,
                              warnings: string[]): SourceColumn[] {
  const roles = new Map<number, SourceColumn['role']>();
  for (const ref of options.ignore ?? []) roles.set(find(names, ref, 'ignore'), 'ignored');
  if (options.group !== undefined) roles.set(find(names, options.group, 'group'), 'group');
  for (const [index, name] of header.entries())
    if (name === '' && !roles.has(index) && index === header.length - 1 && values(index).length === 0) {
      roles.set(index, 'ignored');
      warnings.push(`The last column has neither name nor values, as where lines end in a delimiter: it is left out.`);
    }
  if (options.schema) assignBySchema(names, options.schema, roles);
  else {
    const label = options.label === undefined ? guessLabel(names, (index) => !roles.has(index)) : find(names, options.label, 'label');
    if (roles.has(label)) throw new DistilleryError('invalid_option', `label: '${names[label]}' is ignored or the group, too.`);
    if (label >= 0) roles.set(label, 'label');
    assignByLook(names, values, options, roles, warnings);
  }
  return names.map((name, index) => ({ index, name, role: roles.get(index) ?? 'ignored' }));
}

function assignBySchema(names: string[], schema: CsvSchema, roles: Map<number, SourceColumn['role']>): void {
  const lacking = schema.columns.filter(({ name }) => !names.includes(name)).map(({ name }) => name);
  if (lacking.length > 0)
    throw new DistilleryError('invalid_data', `Line 1: the file lacks columns that its schema has: ${quoted(lacking.slice(0, 20))}. `
      + `It has ${quoted(names.slice(0, 20))}.`);
  for (const { name, kind } of schema.columns) roles.set(names.indexOf(name), kind);
  const label = names.indexOf(schema.label);
  if (label >= 0 && !roles.has(label)) roles.set(label, 'label');
}

function assignByLook(names: string[], values: (column: number) => string[], { types = {}, unusable }: CsvOptions,
                      roles: Map<number, SourceColumn['role']>, warnings: string[]): void {
  for (const name of Object.keys(types)) find(names, name, 'types');
  const reasons: string[] = [], refused: string[] = [];
  for (const [index, name] of names.entries()) {
    if (roles.has(index)) continue;
    const found = values(index);
    const kind = Object.hasOwn(types, name) ? types[name]! : guessKind(found);
    if (kind === 'numeric' || kind === 'categorical') roles.set(index, kind);
    else {
      reasons.push(`'${name}' holds ${kind} ('${found[0]?.slice(0, 40)}')`);
      refused.push(name);
    }
    if (kind === 'numeric' && countsRows(found))
      warnings.push(`'${name}' only counts the rows: leave it out with ignore unless their order means something.`);
  }
  if (refused.length > 0) refuse(reasons, refused, unusable, warnings);
}

/** Columns that cannot be features: an error, or a warning where they are to be ignored. */
export function refuse(reasons: string[], names: string[], unusable: CsvOptions['unusable'], warnings: string[]): void {
  if (unusable === 'ignore') warnings.push(...reasons.map((reason) => `${reason}: it is left out.`));
  else
    throw new DistilleryError('invalid_data', `Columns that cannot be features: ${reasons.slice(0, 20).join(', ')}. Leave them out with `
      + `ignore: [${quoted(names.slice(0, 20))}]${names.length > 20 ? ' and so on' : ''}, or make numbers or a few categories of them.`);
}
