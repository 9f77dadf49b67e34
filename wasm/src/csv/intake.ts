import { fail } from './fail.js';
import { notNumeric, whyNotNumeric } from './guess.js';
import { type Feature, type Layout, maxDifferent, type Special } from './layout.js';
import type { Missing } from './missing.js';
import { imputes } from './schema.js';
import { decode, type Texts } from './text.js';
import { maxTextBytes } from './tokenizer.js';
import type { CsvOptions, MissingPolicy, SkippedRow } from './types.js';

const maxSkippedRows = 100;

/** The row that is to be taken in. */
export interface Fields {
  /** NaN where a column's field spells no number, infinite where no float is that large. */
  number(column: number): number;
  /** As a string of bytes. */
  text(column: number): string;
}

/** Takes rows in, one by one, whatever file they come from: what its layout has is filled, or the row is left out. */
export class Intake {
  readonly skipped: { count: number; rows: SkippedRow[] } = { count: 0, rows: [] };
  /** The line, or the number, of the row in hand. */
  #at = 0;

  constructor(readonly layout: Layout, readonly options: CsvOptions & { missing: MissingPolicy },
              readonly missing: Missing) {}

  /** Takes the row in, or says why not. `at`: its line or number, from 1. */
  take(fields: Fields, at: number): void {
    const { features, label, group, rows } = this.layout;
    this.#at = at;
    const gaps = this.#features(fields);
    if (gaps === false) return;
    const labelCode = label ? this.#member(label, fields, this.options.maxClasses ?? 1000) : 0;
    const groupCode = group ? this.#member(group, fields, Infinity) : 0;
    if (labelCode === false || groupCode === false) return;

    // From here on the row counts.
    const { block, at: first } = rows;
    for (let i = 0; i < features.length; ++i) {
      const { texts } = features[i]!;
      if (texts !== null && block[first + i]! >= 0) ++texts.counts[block[first + i]!]!;
    }
    if (gaps) for (const feature of gaps) ++feature.missing;
    label?.add(labelCode);
    group?.add(groupCode);
    rows.commit();
  }

  /** Leaves out a row that is bad as a whole. */
  leaveOut(why: string, at: number): void {
    this.#at = at;
    this.#skip(-1, why);
  }

  /** Fails where no row came of it all. */
  checkRows(at: number): void {
    if (this.layout.rows.count > 0) return;
    const { place } = this.layout, { count, rows: [first] } = this.skipped;
    this.#at = at;
    this.#fail(first ? `none of ${count} rows can be used; the first, in ${place} ${first.line}, for ${first.reason}`
      : 'there is no row');
  }

  #fail(why: string, remedy = ''): never {
    fail('invalid_data', `${this.layout.place === 'line' ? 'Line' : 'Row'} ${this.#at}: ${why}.${remedy}`);
  }

  /** Writes what a row's features have. Returns those without a value, if any, or false where the row is skipped. */
  #features(fields: Fields): Feature[] | null | false {
    const { features, rows: { block, at } } = this.layout;
    let gaps: Feature[] | null = null;
    for (let i = 0; i < features.length; ++i) {
      const feature = features[i]!, { index, texts } = feature;
      if (texts === null) {
        const value = fields.number(index);
        block[at + i] = value;
        if (value - value === 0) continue;  // finite
        const text = fields.text(index);
        if (!this.missing.isNumber(text))
          return this.#skip(index, show(text), whyNotNumeric(text, this.layout.decimal));
        block[at + i] = feature.fill;
      } else {
        const code = this.#code(fields.text(index), texts, maxDifferent);
        block[at + i] = code;
        if (code >= 0) continue;
        if (code === tooLong) return this.#skip(index, 'the field', tooLongThere);
        if (code === tooMany && this.options.unusable === 'ignore') continue;
        if (code === tooMany)
          this.#fail(`'${feature.name}' has more than ${maxDifferent} different texts, so it is no category`,
            ` Leave it out with ignore: ['${feature.name}'].`);
      }
      (gaps ??= []).push(feature);
      if (imputes(this.options)) continue;
      ++feature.missing;
      return this.#skip(index, 'the field', noValueThere);
    }
    return gaps;
  }

  /** The number of the row's class or group, or false where the row is skipped for it. */
  #member({ index, texts }: Special, fields: Fields, most: number): number | false {
    const code = this.#code(fields.text(index), texts, most);
    if (code >= 0) return code;
    if (code === tooMany)
      this.#fail(`'${this.layout.columns[index]!.name}' has more than ${most} classes`,
        ' It looks like a quantity to be predicted: name another column as label, or raise maxClasses.');
    const why = code === tooLong ? tooLongThere : 'is empty, which a label or group must not be';
    return this.#skip(index, 'the field', why);
  }

  #code(text: string, texts: Texts, most: number): number {
    const known = texts.codes.get(text);
    if (known !== undefined) return known;
    if (this.missing.isText(text)) return noValue;
    if (text.length > maxTextBytes) return tooLong;
    return texts.texts.length < most ? texts.add(text, this.#at) : tooMany;
  }

  /** Leaves the row out, or stops for it. index: of the column that is to blame, −1 for the row. */
  #skip(index: number, what: string, why = ''): false {
    const column = this.layout.columns[index], isMissing = why === noValueThere;
    const reason = column ? `${what} in column '${column.name}' ${why}` : what;
    const { badRows, missing } = this.options;
    if (isMissing && missing === 'stop')
      this.#fail(reason, " Choose missing: 'skip' (the row), 'mean' or 'median', or ignore the column.");
    if (!isMissing && badRows !== 'skip')
      this.#fail(reason, ` Correct it, ${why === notNumeric ? 'see the options types and missingValues, ' : ''}`
        + "or leave such rows out with badRows: 'skip'.");
    if (this.skipped.count++ < maxSkippedRows)
      this.skipped.rows.push({ line: this.#at, column: index + 1, name: column?.name ?? '', reason });
    return false;
  }
}

const noValueThere = 'has no value', tooLongThere = `is longer than ${maxTextBytes} bytes`;
const show = (text: string): string => `'${decode([text]).texts[0]!.slice(0, 40)}'`;

/** Instead of the number of a text. */
const noValue = -1, tooLong = -2, tooMany = -3;
