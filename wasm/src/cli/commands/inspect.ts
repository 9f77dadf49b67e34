import { answerOf, seedsText } from '../answer.js';
import { flag } from '../arguments.js';
import { command } from '../command.js';
import { givenCsvOptions, readTable, tableOptions } from '../csv-options.js';
import { exitCodes, type ExitCode, UsageError } from '../exit-codes.js';
import { bytes, count, plural, widthsText } from '../figures.js';
import { DataFile, headOf, standardStream } from '../files.js';
import { isModel, openModel } from '../models.js';
import { type CsvTable, isRunFile, type ParquetTable } from '../package.js';
import { Progress } from '../progress.js';
import { readRun } from '../run-file.js';
import { schemaFor } from '../schema-file.js';
import type { Terminal } from '../terminal.js';

const options = { json: flag('as JSON'), ...tableOptions };

export const inspectCommand = command({
  name: 'inspect',
  summary: 'what a model, a run, a CSV or a Parquet file holds',
  usage: ['<file> [--json] [options]'],
  about: [
    'Tells shape, classes and parameters of a model; data, plan and answer of a run; columns, classes and what was '
    + 'guessed of a CSV or Parquet file. The file is known by what is in it, whatever its name.',
  ],
  options,
  groups: { 'How a file is read': tableOptions },
  examples: [
    'distillery inspect student.safetensors', 'distillery inspect letter.distillery',
    'distillery inspect data.csv --label y --json',
  ],

  async run({ values, positionals }, terminal) {
    const [path] = positionals;
    if (path === undefined || positionals.length > 1)
      throw new UsageError('One file is needed: a model, a run or a data file.');
    const head = path === standardStream ? new Uint8Array() : await headOf(path);
    const tell = (what: object, lines: string[]): ExitCode => {
      terminal.answer(...(values.json ? [JSON.stringify(what)] : lines));
      return exitCodes.ok;
    };
    if (isRunFile(head)) return tell(...await ofRun(path));
    if (isModel(head)) return tell(...await ofModel(path));
    return tell(...await ofData(path, values, terminal));
  },
});

type Told = [what: object, lines: string[]];

const counted = (names: string[]): string => `${count(names.length)}: ${names.join(', ')}`;

const aligned = (pairs: [string, string][]): string[] => {
  const longest = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(longest)}  ${value}`);
};

async function ofModel(path: string): Promise<Told> {
  const { given, model } = await openModel(path), { architecture, classNames, parameters } = model;
  const schema = await schemaFor(path, { inputs: architecture.inputs, classNames }, undefined);
  const what = { kind: 'model', ...architecture, parameters, bytes: given.length, classNames };
  return [{ ...what, ...(schema && { schema }) }, aligned([
    ['model', path], ['inputs', count(architecture.inputs)], ['hidden layers', widthsText(architecture.hidden)],
    ['classes', counted(classNames)], ['parameters', count(parameters)], ['file', bytes(given.length)],
    ['columns', schema ? schema.columns.map(({ name }) => name).join(', ') : 'not known: there is no schema beside it'],
  ])];
}

async function ofRun(path: string): Promise<Told> {
  const { state, savedTable, ...run } = await readRun(path), { data, table, plan, report } = run, { rows } = report;
  const teachers = report.teachers.filter((one) => one.state === 'done').length;
  const students = report.sizes.reduce((sum, { studentsDone }) => sum + studentsDone, 0);
  return [{ kind: 'run', ...run, stateBytes: state.length, tableBytes: savedTable?.length ?? 0 }, [...aligned([
    ['run', `${path}, made by Distillery ${run.madeBy}`],
    ['data', `${data.name}, ${bytes(data.bytes)}, SHA-256 ${data.sha256}${savedTable ? '; in this file' : ''}`],
    ['rows', `${count(rows.train)} to train, ${count(rows.validation)} to choose, ${count(rows.test)} to test`],
    ['features', counted(table.columnNames)], ['classes', counted(table.classNames)],
    ['teachers', run.brought.ensemble ? `none: ${run.brought.ensemble.name} says what they would`
      : `${count(plan.teachers.count)} of ${widthsText(plan.teachers.hidden)}, ${count(teachers)} done`],
    ['student sizes', plan.students.sizes.map(widthsText).join(', ')],
    ['students', `${seedsText(plan)} per size, ${count(students)} done in all`],
    ['seed', String(plan.seed)], ['flavour', run.flavour],
  ]), '', ...answerOf(report, plan, run.marginChangedLate)]];
}

async function ofData(path: string, values: Parameters<typeof givenCsvOptions>[0], terminal: Terminal): Promise<Told> {
  const table = await readTable(new DataFile(path), givenCsvOptions(values), new Progress(terminal));
  const { features: _, labels, groups, ...what } = table;
  const { schema, format, classNames, classCounts, missing } = table, isParquet = 'parquet' in format;
  const gaps = (name: string): string => missing[name] ? `, ${plural(missing[name]!, 'value')} missing` : '';
  return [{ kind: isParquet ? 'parquet' : 'csv', rows: labels.length, ...what }, [
    ...aligned([
      [isParquet ? 'Parquet' : 'CSV', path], ['rows', count(labels.length)],
      ['label', `${schema.label}, ${plural(classNames.length, 'class', 'classes')}`],
      ['format', formOf(format)],
      ...(groups ? [['groups', count(new Set(groups).size)] satisfies [string, string]] : []),
    ]),
    '', `${plural(schema.columns.length, 'column')} become ${plural(table.columns, 'feature')}:`,
    ...aligned(schema.columns.map((column) => [`  ${column.name}`, (column.kind === 'numeric' ? 'a number'
      : `one of ${[...column.levels, ...(column.other ? ['others'] : [])].join(', ')}`) + gaps(column.name)])),
    '', 'Classes:', ...aligned(classNames.map((name, at) => [`  ${name}`, plural(classCounts[at]!, 'row')])),
    ...(table.warnings.length > 0 ? ['', ...table.warnings] : []),
  ]];
}

function formOf(format: CsvTable['format'] | ParquetTable['format']): string {
  if ('parquet' in format)
    return `version ${format.parquet}, ${plural(format.rowGroups, 'row group')}, `
      + `by ${format.createdBy || 'an unknown program'}`;
  const { delimiter, header, decimal, encoding } = format;
  const signs = `delimiter ${JSON.stringify(delimiter)}, decimal ${decimal}`;
  return `${signs}, ${header ? 'a header' : 'no header'}, ${encoding}`;
}
