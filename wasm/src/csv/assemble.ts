import { DistilleryError } from '../errors.js';
import { refuse } from './columns.js';
import { mostlyUnique } from './guess.js';
import { type Feature, type Layout, maxDifferent } from './layout.js';
import { allocate } from './rows.js';
import { encodeLevel, featureNames, widthOf } from './schema.js';
import { byCodePoint, decode, type Texts } from './text.js';
import type { CsvColumn, CsvOptions, CsvTable } from './types.js';

interface Rest extends Pick<CsvTable, 'skipped' | 'warnings'> {
  options: CsvOptions;
  utf16: 'utf-16le' | 'utf-16be' | undefined;
  byteOrderMark: boolean;
}

/** A feature's column of the file, and what each of its texts stands for: a level, or −1 for another one. */
interface Encoded { feature: Feature; position: number; column: CsvColumn; levels: Int32Array }

const wholeNumber = /^-?\d+$/;

/** Makes the table of what was read. */
export function assemble(layout: Layout, { options, utf16, byteOrderMark, skipped, warnings }: Rest): CsvTable {
  const { features: sources, label, group, rows } = layout;
  const sets = [...sources.flatMap(({ texts }) => texts ?? []), ...(label ? [label.texts] : [])];
  const { texts, encoding } = decode(sets.flatMap((set) => set.texts), utf16 ? 'utf-8' : layout.encoding ?? options.encoding);
  let decoded = 0;
  const words = new Map(sets.map((set) => [set, texts.slice(decoded, decoded += set.texts.length)]));
  if (encoding === 'windows-1252' && options.encoding === undefined)
    warnings.push('The file is not UTF-8: its texts were read as windows-1252. If letters are wrong, set the option encoding.');

  const classes = classesOf(label?.texts, label ? words.get(label.texts)! : [], layout, options, warnings);
  const encoded = encodeColumns(layout, words, options, warnings);
  const columns = encoded.map(({ column }) => column);
  const features = fill(layout, encoded);
  const width = columns.reduce((sum, column) => sum + widthOf(column), 0), names = featureNames(columns);
  warnOfConstants(features, width, names, warnings);
  if (skipped.count > 0) warnings.push(`Rows left out: ${skipped.count}. The first is in line ${skipped.rows[0]!.line}: ${skipped.rows[0]!.reason}.`);

  const labels = label ? label.codes.map(classes.codes) : new Int32Array(rows.count).fill(-1);
  const { missing = 'stop', missingValues = options.schema?.missingValues } = options;
  return {
    features, columns: width, labels, classNames: classes.names, columnNames: names, classCounts: classes.counts,
    ...(group && { groups: group.codes.map(inOrderOfAppearance(group.texts)) }),
    format: { encoding: utf16 ?? encoding, byteOrderMark, ...layout.format },
    schema: options.schema ?? {
      version: 1, columns, label: layout.columns[label!.index]!.name, classNames: classes.names, missing, ...(missingValues && { missingValues }),
    },
    missing: Object.fromEntries(sources.filter((source) => source.missing > 0).map((source) => [source.name, source.missing])),
    skipped, warnings,
  };
}

interface Classes { names: string[]; counts: number[]; codes: Int32Array }

/** By value where all are whole numbers, else by code point. */
function classesOf(texts: Texts | undefined, words: string[], layout: Layout, { schema }: CsvOptions, warnings: string[]): Classes {
  const used = words.filter((_, code) => texts!.counts[code]! > 0);
  if (schema) {
    const unknown = words.findIndex((word, code) => texts!.counts[code]! > 0 && !schema.classNames.includes(word));
    if (unknown >= 0)
      throw new DistilleryError('invalid_data', `Line ${texts!.lines[unknown]}: the class '${words[unknown]!.slice(0, 40)}' is not among those of the schema. `
        + 'Ignore the label column to read the features alone.');
  } else if (mostlyUnique(used.length, layout.rows.count)) {
    throw new DistilleryError('invalid_data', `Most rows have a class of their own (${used.length} classes): the label '${
      layout.columns[layout.label!.index]!.name}' looks like a quantity to be predicted or an identifier, not a class. Name another column as label.`);
  } else if (used.length === 1) {
    warnings.push(`All rows are of the class '${used[0]}': there is nothing to learn.`);
  }
  const names = schema?.classNames ?? used.sort(used.every((name) => wholeNumber.test(name)) ? (a, b) => Number(a) - Number(b) : byCodePoint);
  const index = new Map(names.map((name, at) => [name, at]));
  const codes = Int32Array.from(words, (word) => index.get(word) ?? -1), counts = names.map(() => 0);
  codes.forEach((at, code) => { if (at >= 0) counts[at]! += texts!.counts[code]!; });
  return { names, counts, codes };
}

function encodeColumns({ features, rows, format }: Layout, words: Map<Texts, string[]>, options: CsvOptions, warnings: string[]): Encoded[] {
  const { schema, unusable } = options;
  const schemaColumns = new Map(schema?.columns.map((column) => [column.name, column]));
  const reasons: string[] = [], refused: string[] = [];
  const encoded: Encoded[] = [];
  for (const [position, feature] of features.entries()) {
    const { name, texts } = feature;
    const known = schemaColumns.get(name);
    let why = '';
    if (!known && feature.missing === rows.count) why = 'has no value in any row';
    if (!texts) encoded.push({ feature, position, column: known ?? { name, kind: 'numeric' }, levels: new Int32Array() });
    else {
      const own = words.get(texts)!, different = texts.counts.filter((count) => count > 0).length;
      if (!known && (own.length >= maxDifferent || mostlyUnique(different, rows.count))) why = `holds identifiers or free text ('${own[0]?.slice(0, 40)}')`;
      const column = known?.kind === 'categorical' ? known : categories(name, own, texts, options, warnings);
      const index = new Map(column.levels.map((level, at) => [level, at]));
      encoded.push({ feature, position, column, levels: Int32Array.from(own, (word) => index.get(word) ?? -1) });
      if (known) warnOfUnknown(name, own, texts, index, column.other, warnings);
    }
    if (why === '') continue;
    encoded.pop();
    reasons.push(`'${name}' ${why}`);
    refused.push(name);
  }
  if (refused.length > 0) refuse(reasons, refused, unusable, warnings);
  if (encoded.length === 0) throw new DistilleryError('invalid_data', `Line ${format.header ? 2 : 1}: no column is left to be a feature.`);
  // A schema has an order of its own.
  const byName = new Map(encoded.map((each) => [each.feature.name, each]));
  return schema ? schema.columns.map(({ name }) => byName.get(name)!) : encoded;
}

/** The most frequent texts, of equally frequent ones the first by code point; then all of them in order of code points. */
function categories(name: string, words: string[], texts: Texts, { maxLevels = 20, rareLevels }: CsvOptions, warnings: string[]): CsvColumn & { kind: 'categorical' } {
  const used = words.map((word, code) => ({ word, count: texts.counts[code]! })).filter(({ count }) => count > 0);
  used.sort((a, b) => b.count - a.count || byCodePoint(a.word, b.word));
  const rare = used.splice(maxLevels);
  if (rare.length > 0) {
    const what = `'${name}' has ${used.length + rare.length} categories, more than maxLevels (${maxLevels})`;
    if (rareLevels === 'stop') throw new DistilleryError('invalid_data', `${what}. Raise it, ignore the column, or choose rareLevels: 'other'.`);
    const rowsOf = rare.reduce((sum, { count }) => sum + count, 0);
    warnings.push(`${what}: the ${rare.length} rarest, in ${rowsOf} rows, share one feature.`);
  }
  return { name, kind: 'categorical', levels: used.map(({ word }) => word).sort(byCodePoint), other: rare.length > 0 };
}

function warnOfUnknown(name: string, words: string[], texts: Texts, known: Map<string, number>, other: boolean, warnings: string[]): void {
  if (other) return;
  const unknown = words.findIndex((word, code) => texts.counts[code]! > 0 && !known.has(word));
  if (unknown >= 0) warnings.push(`'${name}' has categories that the schema does not know, such as '${words[unknown]!.slice(0, 40)}' in line ${
    texts.lines[unknown]}: none of its features is 1 there.`);
}

function inOrderOfAppearance({ counts }: Texts): Int32Array {
  let groups = 0;
  return Int32Array.from(counts, (count) => (count > 0 ? groups++ : -1));
}

/** The features, row by row; blocks are let go as they are read. */
function fill({ rows, features: { length: stride } }: Layout, encoded: Encoded[]): Float32Array {
  const width = encoded.reduce((sum, { column }) => sum + widthOf(column), 0);
  const features = allocate(rows.count * width);
  const asTheyAre = width === stride && encoded.every(({ column, position }, at) => column.kind === 'numeric' && position === at);
  let at = 0;
  for (const { block, length } of rows.drain()) {
    if (asTheyAre) {
      features.set(block.subarray(0, length), at);
      at += length;
      continue;
    }
    for (let row = 0; row < length; row += stride)
      for (const { column, position, levels } of encoded) {
        const value = block[row + position]!;
        if (column.kind === 'numeric') features[at++] = value;
        else {
          if (value >= 0) encodeLevel(features, at, column, levels[value]!);
          at += widthOf(column);
        }
      }
  }
  return features;
}

function warnOfConstants(features: Float32Array, width: number, names: string[], warnings: string[]): void {
  const constant = names.filter((_, column) => {
    for (let at = column + width; at < features.length; at += width) if (features[at] !== features[column]) return false;
    return true;
  });
  if (constant.length > 0)
    warnings.push(`${constant.length === 1 ? 'One feature is' : `${constant.length} features are`} the same in all rows: ${
      constant.slice(0, 5).map((name) => `'${name}'`).join(', ')}${constant.length > 5 ? ' …' : ''}. They teach nothing, and do no harm.`);
}
