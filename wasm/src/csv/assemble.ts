import { fail } from './fail.js';
import { encodeColumns, writeFeatures } from './features.js';
import { mostlyUnique } from './guess.js';
import type { Layout } from './layout.js';
import { featureNames, imputes } from './schema.js';
import { byCodePoint, decode, type Texts } from './text.js';
import type { CsvOptions, CsvSchema, Encoding, FileTable, MissingPolicy } from './types.js';

interface Rest extends Pick<FileTable, 'skipped' | 'warnings'> {
  options: CsvOptions & { missing: MissingPolicy };
  /** Of the texts, where it is known. */
  encoding: Encoding | undefined;
}

/** Makes the table of what was read, and says what the texts were. */
export function assemble(layout: Layout, { options, encoding: known, skipped, warnings }: Rest):
    FileTable & { encoding: 'utf-8' | 'windows-1252' } {
  const { columns, features: sources, label, group, rows } = layout;
  const sets = [...sources.flatMap(({ texts }) => texts ?? []), ...(label ? [label.texts] : [])];
  const { texts, encoding } = decode(sets.flatMap((set) => set.texts), known);
  let decoded = 0;
  const words = new Map(sets.map((set) => [set, texts.slice(decoded, decoded += set.texts.length)]));
  if (encoding === 'windows-1252' && options.encoding === undefined)
    warnings.push('The file is not UTF-8: its texts were read as windows-1252. If letters are wrong, set encoding.');

  const classes: Classes = label
    ? classesOf(label.texts, words.get(label.texts)!, columns[label.index]!.name, layout, options)
    : { names: options.schema?.classNames ?? [], counts: [], codes: new Int32Array() };
  const encoded = encodeColumns(layout, words, options, warnings);
  const schema: CsvSchema = options.schema ?? {
    version: 1, columns: encoded.map(({ column }) => column),
    label: label ? columns[label.index]!.name : '', classNames: classes.names,
    missing: options.missing, ...(options.missingValues && { missingValues: options.missingValues }),
  };
  const columnNames = featureNames(schema.columns), features = writeFeatures(layout, encoded, columnNames.length);

  warnOfConstants(features, columnNames, warnings);
  const withRows = classes.counts.filter((count) => count > 0).length;
  if (label && withRows === 1) warnings.push('All rows are of the same class: there is nothing to learn.');
  const [first] = skipped.rows;
  if (first)
    warnings.push(`Rows left out: ${skipped.count}. The first is in ${layout.place} ${first.line}: ${first.reason}.`);
  return {
    features, columns: columnNames.length, columnNames, schema, skipped, warnings,
    labels: label ? label.codes.map(classes.codes) : new Int32Array(rows.count).fill(-1),
    classNames: classes.names, classCounts: classes.counts,
    ...(group && { groups: group.codes.map(inOrderOfAppearance(group.texts)) }),
    ...(imputes(options) && !options.schema && { imputation: options.missing as 'mean' | 'median' }),
    encoding,
    missing: Object.fromEntries(sources.filter(({ missing }) => missing > 0).map(({ name, missing }) => [name, missing])),
  };
}

/** codes: which class each text of the label is. */
interface Classes { names: string[]; counts: number[]; codes: Int32Array }

const wholeNumber = /^-?\d+$/;

function classesOf({ counts, lines }: Texts, words: string[], label: string, { place, rows }: Layout,
                   { schema }: CsvOptions): Classes {
  const used = words.filter((_, code) => counts[code]! > 0);
  if (!schema && mostlyUnique(used.length, rows.count))
    fail('invalid_data', `Most rows have a class of their own (${used.length} classes): the label '${label}' looks `
      + 'like a quantity to be predicted or an identifier, not a class. Name another column as label.');
  const names = schema?.classNames ?? inOrder(used), index = new Map(names.map((name, at) => [name, at]));
  const unknown = words.findIndex((word, code) => counts[code]! > 0 && !index.has(word));
  if (unknown >= 0)
    fail('invalid_data', `${place === 'line' ? 'Line' : 'Row'} ${lines[unknown]}: the class '${words[unknown]!.slice(0, 40)}' is not among those of the `
      + 'schema. Ignore the label column to read the features alone.');
  const codes = Int32Array.from(words, (word) => index.get(word) ?? -1), rowsOf = names.map(() => 0);
  for (const [code, at] of codes.entries()) if (at >= 0) rowsOf[at]! += counts[code]!;
  return { names, counts: rowsOf, codes };
}

/** By value where all are whole numbers, else by code point. */
const inOrder = (classes: string[]): string[] =>
  classes.sort(classes.every((name) => wholeNumber.test(name)) ? (a, b) => Number(a) - Number(b) : byCodePoint);

function inOrderOfAppearance({ counts }: Texts): Int32Array {
  let groups = 0;
  return Int32Array.from(counts, (count) => (count > 0 ? groups++ : -1));
}

function warnOfConstants(features: Float32Array, names: string[], warnings: string[]): void {
  const width = names.length;
  const constant = names.filter((_, column) => {
    for (let at = column + width; at < features.length; at += width)
      if (features[at] !== features[column]) return false;
    return true;
  });
  if (constant.length === 0) return;
  const some = constant.slice(0, 5).map((name) => `'${name}'`).join(', ') + (constant.length > 5 ? ' …' : '');
  warnings.push(`Features that are the same in all rows: ${constant.length} (${some}). They do no harm.`);
}
