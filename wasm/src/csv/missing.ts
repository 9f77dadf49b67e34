import { encode } from './text.js';
import type { CsvOptions } from './types.js';

/** Spellings of no value, whatever their case. */
export class Missing {
  readonly #spellings: Set<string>;
  /** A lone minus sign is a fine category or class; where a number is expected it stands for none. */
  readonly #minus: boolean;

  constructor(spellings?: string[]) {
    const all = ['', ...spellings ?? ['NA', 'N/A', 'NaN', 'null', '?']];
    this.#spellings = new Set(all.map((text) => encode(text.trim()).toLowerCase()));
    this.#minus = spellings === undefined;
  }

  static of({ missingValues, schema }: CsvOptions): Missing {
    return new Missing(missingValues ?? schema?.missingValues);
  }

  isText(text: string): boolean {
    return this.#spellings.has(text.toLowerCase());
  }
  isNumber(text: string): boolean {
    return this.isText(text) || (this.#minus && text === '-');
  }
}
