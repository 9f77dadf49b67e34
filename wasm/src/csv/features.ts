import { refuse } from './columns.js';
import { fail } from './fail.js';
import { mostlyUnique } from './guess.js';
import { type Feature, type Layout, maxDifferent } from './layout.js';
import { allocate } from './rows.js';
import { encodeLevel, imputes, widthOf } from './schema.js';
import { byCodePoint, type Texts } from './text.js';
import type { CsvColumn, CsvOptions, MissingPolicy } from './types.js';

type Categorical = CsvColumn & { kind: 'categorical' };

/** A column, where its fields are among those that were read, and which level each of its texts is, −1 for another one. */
export interface Encoded { column: CsvColumn; position: number; levels: Int32Array }

/** Decides what features the columns become, in their order, now that all their texts are known. */
export function encodeColumns({ features, rows, place }: Layout, words: Map<Texts, string[]>,
                              options: CsvOptions & { missing: MissingPolicy }, warnings: string[]): Encoded[] {
  const known = new Map(options.schema?.columns.map((column) => [column.name, column]));
  const encoded = new Map<string, Encoded>(), reasons: string[] = [], refused: string[] = [];
  for (const [position, feature] of features.entries()) {
    const { name, texts } = feature, own = texts ? words.get(texts)! : [], column = known.get(name);
    const why = column ? '' : whyUnusable(feature, own, rows.count, imputes(options));
    if (why === '') encoded.set(name, { position, ...encodeColumn(feature, own, column, place, options, warnings) });
    else {
      reasons.push(`'${name}' ${why}`);
      refused.push(name);
    }
  }
  if (refused.length > 0) refuse(reasons, refused, options.unusable, warnings);
  if (encoded.size === 0) fail('invalid_data', 'No column is left to be a feature.');
  // A schema has an order of its own.
  return options.schema ? options.schema.columns.map(({ name }) => encoded.get(name)!) : [...encoded.values()];
}

/** `kept`: whether rows without a value are among the rows. */
function whyUnusable({ texts, missing }: Feature, words: string[], rows: number, kept: boolean): string {
  if (kept && missing === rows) return 'has no value in any row';
  const different = texts ? texts.counts.filter((count) => count > 0).length : 0;
  return words.length >= maxDifferent || mostlyUnique(different, rows)
    ? `holds identifiers or free text ('${words[0]!.slice(0, 40)}')` : '';
}

function encodeColumn({ name, texts }: Feature, words: string[], known: CsvColumn | undefined, place: Layout['place'],
                      options: CsvOptions, warnings: string[]): Omit<Encoded, 'position'> {
  if (!texts) return { column: known ?? { name, kind: 'numeric' }, levels: new Int32Array() };
  const column = (known as Categorical | undefined) ?? categories(name, words, texts, options, warnings);
  const index = new Map(column.levels.map((level, at) => [level, at]));
  if (known && !column.other) warnOfUnknown(name, words, texts, index, place, warnings);
  return { column, levels: Int32Array.from(words, (word) => index.get(word) ?? -1) };
}

/** The most frequent texts, of equally frequent ones the first by code point; then all of them by code point. */
function categories(name: string, words: string[], { counts }: Texts, { maxLevels = 20, rareLevels }: CsvOptions,
                    warnings: string[]): Categorical {
  const used = words.map((word, code) => ({ word, count: counts[code]! })).filter(({ count }) => count > 0);
  used.sort((a, b) => b.count - a.count || byCodePoint(a.word, b.word));
  const rare = used.splice(maxLevels);
  if (rare.length > 0) {
    const what = `'${name}' has ${used.length + rare.length} categories, more than maxLevels (${maxLevels})`;
    if (rareLevels === 'stop')
      fail('invalid_data', `${what}. Raise it, ignore the column, or choose rareLevels: 'other'.`);
    const rows = rare.reduce((sum, { count }) => sum + count, 0);
    warnings.push(`${what}: the ${rare.length} rarest, in ${rows} rows, share one feature.`);
  }
  return { name, kind: 'categorical', levels: used.map(({ word }) => word).sort(byCodePoint), other: rare.length > 0 };
}

function warnOfUnknown(name: string, words: string[], { counts, lines }: Texts, known: Map<string, number>,
                       place: Layout['place'], warnings: string[]): void {
  const unknown = words.findIndex((word, code) => counts[code]! > 0 && !known.has(word));
  if (unknown < 0) return;
  warnings.push(`'${name}' has categories that the schema does not know, such as '${words[unknown]!.slice(0, 40)}' `
    + `in ${place} ${lines[unknown]}: none of its features is 1 there.`);
}

/** All features, row by row; the blocks that they are read from are let go one by one. */
export function writeFeatures(layout: Layout, encoded: Encoded[], width: number): Float32Array {
  const { rows, features: { length: stride } } = layout, features = allocate(rows.count * width);
  const asTheyAre = stride === width
    && encoded.every(({ column, position }, at) => column.kind === 'numeric' && position === at);
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
        if (column.kind === 'numeric') features[at] = value;
        else if (value >= 0) encodeLevel(features, at, column, levels[value]!);
        at += widthOf(column);
      }
  }
  return features;
}
