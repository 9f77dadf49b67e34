import { choice, type Option, text, texts, type Values, whole } from './arguments.js';
import { FileError, UsageError } from './exit-codes.js';
import { DataFile } from './files.js';
import {
  type CsvSchema, type CsvTable, DistilleryError, type ParquetTable, type ReadCsvOptions, readTable as read,
} from './package.js';
import type { Progress } from './progress.js';

/** How a file is read: docs/csv.md has what is guessed where nothing is said. Parquet has no form to speak of. */
type Given = Omit<ReadCsvOptions, 'signal' | 'progress' | 'schema'>;

const yesOrNo = { yes: true, no: false };

const kinds: Option<Record<string, 'numeric' | 'categorical'>> = {
  value: 'column=numeric|categorical', help: 'read a column as that; may be repeated', many: true,
  needs: 'a column and its kind, such as zip=categorical',
  read(given, before = {}) {
    const [, name, kind] = /^(.+)=(numeric|categorical)$/s.exec(given) ?? [];
    return name ? { ...before, [name]: kind as 'numeric' } : undefined;
  },
};

/** Any one sign of ASCII; the reader is stricter. */
const delimiter: Option<string> = {
  value: 'sign', help: 'what separates fields: a sign, or tab (guessed)', needs: 'one sign, or tab',
  read: (given) => given === 'tab' || given === '\\t' ? '\t' : /^[\t -~]$/.test(given) ? given : undefined,
};

const quote: Option<string> = {
  value: 'sign|none', help: 'what fields are quoted with (")', needs: 'one sign, or none',
  read: (given) => given === 'none' ? '' : given || undefined,
};

/** Of the file's form, wherever a CSV file is read. */
export const formOptions = {
  delimiter,
  quote,
  header: choice('whether the first line holds names (guessed)', yesOrNo),
  encoding: choice('of texts (guessed)', ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
  decimal: choice('sign of fractions (guessed)', ['.', ',']),
  'max-unpacked-bytes': whole('bytes', 'what a gzip file may unpack to (10^9)', 1),
};

/** Of what becomes of its columns and rows. */
export const tableOptions = {
  label: text('column', 'the column of the classes (guessed: label, class, target …, else the last)'),
  group: text('column', 'rows with the same value there stay together: all teach, choose or test (none)'),
  ignore: texts('column', 'leave a column out; may be repeated'),
  ...formOptions,
  type: kinds,
  missing: choice('where a feature has no value: an error, leave the row out, or fill it by the training rows (stop)',
    ['stop', 'skip', 'mean', 'median']),
  'missing-value': texts('text', 'a spelling of no value; may be repeated (NA, NaN, ? …)'),
  'bad-rows': choice('rows that cannot be read: an error, or leave them out (stop)', ['stop', 'skip']),
  unusable: choice('columns of dates, identifiers, free text (stop)', ['stop', 'ignore']),
  'max-levels': whole('n', 'categories of a column that become features (20)', 1),
  'rare-levels': choice('further categories: one feature, or an error (other)', ['other', 'stop']),
  'max-classes': whole('n', 'more classes are an error (1000)', 1, 1000),
};

/** As the reader calls them. */
const readerNames: Record<string, keyof Given> = {
  type: 'types', 'missing-value': 'missingValues', 'max-unpacked-bytes': 'maxUnpackedBytes', 'bad-rows': 'badRows',
  'max-levels': 'maxLevels', 'rare-levels': 'rareLevels', 'max-classes': 'maxClasses',
};

export function givenCsvOptions(values: Values<typeof tableOptions>): Given {
  return Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(tableOptions, name))
    .map(([name, value]) => [readerNames[name] ?? name, value]));
}

/** For rows that have to be read as those of another table were. None is left out: answers would not fit them. */
export const optionsBySchema = (schema: CsvSchema, label = schema.label): ReadCsvOptions =>
  ({ schema: { ...schema, label }, missing: schema.missing === 'skip' ? 'stop' : schema.missing });

/** Reads a table, CSV or Parquet, with progress. Throws what `readTable` throws, in terms of the command line and naming the file. */
export async function readTable(data: DataFile, options: ReadCsvOptions, progress: Progress):
    Promise<CsvTable | ParquetTable> {
  const { stream, totalBytes } = await data.stream();
  try {
    return await read(stream, {
      ...options, progress: ({ bytes, rows }) => progress.reading(data.name, bytes, totalBytes, rows),
    });
  } catch (error) {
    if (!(error instanceof DistilleryError) || error.code === 'aborted') throw error;
    const message = `${data.name}: ${inOptions(error.message)}`;
    throw error.code === 'invalid_option' ? new UsageError(message, { cause: error })
      : error.code === 'out_of_memory' ? error : new FileError(message, { cause: error });
  } finally {
    data.close();
    progress.end();
  }
}

/** The reader names its options as programs give them: badRows: 'skip' is --bad-rows skip here. */
function inOptions(message: string): string {
  const own = new Map(Object.entries(readerNames).map(([option, name]): [string, string] => [name, option]));
  const options = Object.keys(tableOptions).map((option) => readerNames[option] ?? option).join('|');
  const optionOf = (name: string): string => `--${own.get(name) ?? name}`;
  return message
    .replace(new RegExp(`\\b(${options}): \\[((?:'[^']*'(?:, )?)+)[^\\]]*\\]`, 'g'), (_, name: string, list: string) =>
      [...list.matchAll(/'[^']*'/g)].map((item) => `${optionOf(name)} ${item}`).join(' '))
    .replace(new RegExp(`\\b(${options}): '([^' ]*)'`, 'g'),
      (_, name: string, value: string) => `${optionOf(name)} ${value || 'none'}`)
    .replace(new RegExp(`^(${options}): `), (_, name: string) => `${optionOf(name)}: `)
    .replace(new RegExp(`\\b(${[...own.keys()].join('|')})\\b`, 'g'), (_, name: string) => optionOf(name));
}
