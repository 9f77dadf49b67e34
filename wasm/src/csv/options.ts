import { fail } from './fail.js';
import { checkSchema, policies } from './schema.js';
import type { CsvOptions, MissingPolicy, ReadCsvOptions } from './types.js';

const isWhole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isOneOf = (...values: unknown[]) => (value: unknown): boolean => values.includes(value);
/** One ASCII character that means nothing else. */
const isSign = (value: unknown): boolean =>
  typeof value === 'string' && /^[\t!-~]$/.test(value) && !/[\w.+-]/.test(value);
const isRef = (value: unknown): boolean =>
  typeof value === 'string' || (Number.isInteger(value) && (value as number) >= 0);
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every((text) => typeof text === 'string');
const isKinds = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(isOneOf('numeric', 'categorical'));

const checks: { [K in keyof Required<ReadCsvOptions>]: (value: unknown) => boolean } = {
  delimiter: isSign,
  quote: (value) => value === '' || isSign(value),
  header: isBoolean,
  encoding: isOneOf('utf-8', 'utf-16le', 'utf-16be', 'windows-1252'),
  decimal: isOneOf('.', ','),
  label: (value) => value === null || isRef(value),
  group: isRef,
  ignore: (value) => Array.isArray(value) && value.every(isRef),
  types: isKinds,
  missing: isOneOf(...policies),
  missingValues: areTexts,
  badRows: isOneOf('stop', 'skip'),
  unusable: isOneOf('stop', 'ignore'),
  maxLevels: isWhole,
  rareLevels: isOneOf('other', 'stop'),
  maxClasses: isWhole,
  schema: (value) => Boolean(checkSchema(value as never)),
  signal: () => true,
  progress: (value) => typeof value === 'function',
  maxUnpackedBytes: isWhole,
};

/** `reader`: the function whose options these are. */
export function checkOptions<O extends CsvOptions>(options: O, reader = 'readCsv'): O {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name)) fail('invalid_option', `${reader} has no option '${name}'.`);
    if (value !== undefined && !checks[name as keyof ReadCsvOptions](value))
      fail('invalid_option', `${name}: ${typeof value === 'string' ? `'${value.slice(0, 40)}'` : 'this'} cannot be.`);
  }
  const { delimiter, decimal, quote = '"' } = options;
  if (delimiter !== undefined && (delimiter === decimal || delimiter === quote))
    fail('invalid_option', 'delimiter, decimal and quote must differ.');
  return options;
}

/** What happens where a feature has no value: as the options say, else as the schema does. */
export const withPolicy = <O extends CsvOptions>(options: O): O & { missing: MissingPolicy } =>
  ({ ...options, missing: options.missing ?? options.schema?.missing ?? 'stop' });
