import { fail } from './fail.js';
import { parseNumber } from './number.js';
import { Missing } from './missing.js';
import { encode } from './text.js';
import type { CsvColumn, CsvSchema, MissingPolicy } from './types.js';

// What goes on after the file: the schema that came of it, and what is done with it.

/** How many features a column becomes. */
export const widthOf = (column: CsvColumn): number =>
  (column.kind === 'numeric' ? 1 : column.levels.length + (column.other ? 1 : 0));

/** The names of the features that columns become, as in `CsvTable.columnNames`. */
export const featureNames = (columns: CsvColumn[]): string[] =>
  columns.flatMap((column) => column.kind === 'numeric' ? [column.name]
  : [...column.levels.map((level) => `${column.name}=${level}`), ...(column.other ? [`${column.name}: other`] : [])]);

export const policies = ['stop', 'skip', 'mean', 'median'];

const isText = (value: unknown): value is string => typeof value === 'string';
const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every(isText) && new Set(value).size === value.length;

function isColumn(value: unknown): value is CsvColumn {
  const column = value as Partial<Record<string, unknown>> | null;
  if (!column || !isText(column.name)) return false;
  if (column.kind === 'categorical') return areTexts(column.levels) && typeof column.other === 'boolean';
  return column.kind === 'numeric' && (column.fill === undefined || Number.isFinite(column.fill));
}

/** Throws invalid_option where it is no schema: it may have been a file meanwhile. */
export function checkSchema(value: CsvSchema): CsvSchema {
  const { version, columns, label, classNames, missing, missingValues = [] } = (value ?? {}) as Partial<CsvSchema>;
  if (version !== 1 || !policies.includes(missing!) || !areTexts(missingValues) || !Array.isArray(columns)
      || columns.length === 0 || !columns.every(isColumn) || !areTexts(columns.map(({ name }) => name))
      || !isText(label) || !areTexts(classNames))
    fail('invalid_option', "schema: this is not what readCsv gave as a table's schema.");
  return value;
}

/** Writes the features of one category: 1 for its level. */
export function encodeLevel(features: Float32Array, at: number, column: CsvColumn & { kind: 'categorical' },
                            level: number): void {
  if (level >= 0) features[at + level] = 1;
  else if (column.other) features[at + column.levels.length] = 1;
}

/**
 * The features of rows that are objects by column name, as `readCsv` would have made them of a file: rows × features.
 * Numbers may be texts. What has no value (null, undefined, the schema's spellings of it) is filled where `fillSchema`
 * has noted what with.
 */
export function encodeRows(schema: CsvSchema, rows: readonly Readonly<Record<string, unknown>>[]): Float32Array {
  const { columns, missingValues } = checkSchema(schema), missing = new Missing(missingValues);
  const width = columns.reduce((sum, column) => sum + widthOf(column), 0);
  const features = new Float32Array(rows.length * width);
  const levels = columns.map((column) => (column.kind === 'numeric' ? [] : column.levels))
    .map((names) => new Map(names.map((level, index) => [level, index])));
  let at = 0;
  for (const [row, values] of rows.entries())
    for (const [index, column] of columns.entries()) {
      const value = values[column.name], text = value == null ? '' : String(value).trim();
      const refuse = (why: string): never =>
        fail('invalid_data', `Row ${row + 1}: '${column.name}' needs ${why}, and is '${text.slice(0, 40)}'.`);
      if (column.kind === 'numeric') {
        const bytes = new TextEncoder().encode(text);
        let number = parseNumber(bytes, 0, bytes.length, 46);
        if (Number.isNaN(number) && missing.isNumber(encode(text))) number = column.fill ?? NaN;
        features[at] = Number.isFinite(number) ? number : refuse('a number that a float can hold');
      } else if (!missing.isText(encode(text))) {
        encodeLevel(features, at, column, levels[index]!.get(text) ?? -1);
      } else if (!imputes(schema)) {
        refuse('a category');
      }
      at += widthOf(column);
    }
  return features;
}

export const imputes = ({ missing }: { missing: MissingPolicy }): boolean => missing === 'mean' || missing === 'median';

/**
 * Notes in the schema of a table what stands for a missing value, so that new rows are filled as those of the run were:
 * `fills` is what `Run.fills` or `Workbench.fills` gives, a number for each feature. Where the schema fills nothing it is
 * given back as it is.
 */
export function fillSchema(schema: CsvSchema, fills: Float32Array): CsvSchema {
  if (!imputes(schema)) return schema;
  let at = 0;
  const columns = schema.columns.map((column): CsvColumn => {
    const fill = fills[at]!;
    at += widthOf(column);
    return column.kind === 'numeric' ? { ...column, fill } : column;
  });
  if (at !== fills.length) fail('shape_mismatch', `fills: ${fills.length} numbers are given for ${at} features.`);
  return { ...schema, columns };
}
