import { text, texts } from '../arguments.js';
import { command } from '../command.js';
import { formOptions, optionsBySchema, readTable } from '../csv-options.js';
import { exitCodes, FileError, UsageError } from '../exit-codes.js';
import { count, percent, plural } from '../figures.js';
import { checkPlace, DataFile, isSame, standardStream, writeWhole } from '../files.js';
import { openModel } from '../models.js';
import type { CsvSchema, FileTable, ReadCsvOptions } from '../package.js';
import { Progress } from '../progress.js';
import { schemaFor, schemaPathOf } from '../schema-file.js';

const options = {
  out: text('file', 'where the predictions go (- : standard output)', 'o'),
  schema: text('file.json', 'what the columns of the data mean; without it, the .schema.json beside the model'),
  label: text('column', 'the true classes, where they are there: they are no feature, and the accuracy is told'),
  ignore: texts('column', 'leave a column out; may be repeated'),
  ...formOptions,
};

type Model = Awaited<ReturnType<typeof openModel>>['model'];

export const predictCommand = command({
  name: 'predict',
  summary: 'class and probabilities for each row of a CSV or Parquet file',
  usage: ['<student.safetensors> <data.csv> [--out <predictions.csv>] [options]'],
  about: [
    'Writes CSV (RFC 4180): a line for each row of the data, in their order, with the class and the probability of '
    + 'each class. A row that cannot be read is an error: nothing is left out.',
    'With the schema that distil writes beside a student, columns are found by their names, and categories and missing '
    + 'values are read as they were. Without it, the columns must be numbers, the same as the student learned from and '
    + 'in the same order.',
    'The model may also be an MLP of another program, in safetensors or ONNX, or an exported JSON: docs/imports.md.',
    'A class name that a spreadsheet would take for a formula gets an apostrophe before it; numbers do not.',
  ],
  options,
  groups: { 'How the file is read, if it is CSV': formOptions },
  examples: [
    'distillery predict student.safetensors new.csv --out predictions.csv',
    'distillery predict student.safetensors test.csv.gz --label y | head',
    'distillery predict student.safetensors - --schema student.schema.json < new.csv',
  ],

  async run({ values, positionals }, terminal) {
    const [modelPath, dataPath] = positionals, { out = standardStream } = values;
    if (modelPath === undefined || dataPath === undefined || positionals.length > 2)
      throw new UsageError(`A model and a data file are needed; named: ${positionals.join(', ') || 'nothing'}.`);
    if (out !== standardStream) {
      await checkPlace(out, '--out');
      for (const path of positionals)
        if (await isSame(out, path)) throw new UsageError(`--out: ${out} is what is read. Name another file.`);
    }
    const { model } = await openModel(modelPath), { classNames } = model, { inputs } = model.architecture;
    const schema = await schemaFor(modelPath, { inputs, classNames }, values.schema);
    const { schema: _, out: __, label, ...form } = values;
    if (!schema)
      terminal.note(`There is no ${schemaPathOf(modelPath)}: the columns are taken in the order of the file.`);
    const table = await readTable(new DataFile(dataPath), schema ? { ...csvOf(form), ...optionsBySchema(schema, label) }
      : { ...csvOf(form), label: label ?? null }, new Progress(terminal));
    checkTable(table, inputs, schema, label, dataPath);
    terminal.note(...table.warnings);

    const pieces = predictions(model, table);
    if (out !== standardStream) await writeWhole(out, pieces);
    else for (const piece of pieces) if (!terminal.isUnread) await terminal.pass(piece);
    const right = accuracy(model, table), rows = plural(table.labels.length, 'row');
    if (right !== undefined) terminal.note(`Right on ${percent(right)} of ${rows} with their classes.`);
    if (out !== standardStream) terminal.note(`Written: ${out}, ${rows}.`);
    return exitCodes.ok;
  },
});

function csvOf({ quiet: _, 'max-unpacked-bytes': maxUnpackedBytes, ...form }: Record<string, unknown>): ReadCsvOptions {
  return { ...form, ...(maxUnpackedBytes !== undefined && { maxUnpackedBytes: maxUnpackedBytes as number }) };
}

function checkTable(table: FileTable, inputs: number, schema: CsvSchema | undefined, label: string | undefined,
                    path: string): void {
  if (schema && label !== undefined && table.labels[0] === -1)
    throw new UsageError(`--label: ${path} has no column '${label}'.`);
  if (schema) return;
  const remedy = 'Leave columns out by --ignore, name the true classes by --label, or give the schema that distil '
    + 'wrote by --schema.';
  const categorical = table.schema.columns.find(({ kind }) => kind === 'categorical');
  if (categorical)
    throw new FileError(`${path}: '${categorical.name}' holds categories, and a model's file alone does not say which `
      + `it knows. ${remedy}`);
  if (table.columns !== inputs)
    throw new FileError(`${path} has ${plural(table.columns, 'column')} of features, and the network has `
      + `${count(inputs)} inputs. ${remedy}`);
}

const rowsAtATime = 4096;

/** The file of predictions, in pieces. */
function* predictions(model: Model, { features, columns }: FileTable): Generator<string> {
  const { classNames } = model, classes = classNames.length, rows = features.length / columns;
  const named = classNames.map((name) => field(harmless(name)));
  yield line(['class', ...classNames.map((name) => field(`probability of ${name}`))]);
  for (let first = 0; first < rows; first += rowsAtATime) {
    const some = features.subarray(first * columns, (first + rowsAtATime) * columns);
    const logits = model.logits(some), probabilities = model.predictProba(some);
    let piece = '';
    for (let at = 0; at < logits.length; at += classes)
      piece += line([
        named[likeliest(logits, at, classes)]!, ...Array.from(probabilities.subarray(at, at + classes), exact),
      ]);
    yield piece;
  }
}

/** Share of the rows whose class is right, where the classes are there. */
function accuracy(model: Model, { features, columns, labels, classNames }: FileTable): number | undefined {
  if (labels[0] === -1) return undefined;
  const known = model.classNames, classes = known.length;
  let right = 0;
  for (let first = 0; first < labels.length; first += rowsAtATime) {
    const logits = model.logits(features.subarray(first * columns, (first + rowsAtATime) * columns));
    for (let row = 0; row * classes < logits.length; ++row)
      if (known[likeliest(logits, row * classes, classes)] === classNames[labels[first + row]!]) ++right;
  }
  return right / labels.length;
}

/** The first of equals, as everywhere. */
function likeliest(logits: Float32Array, at: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; ++c) if (logits[at + c]! > logits[at + best]!) best = c;
  return best;
}

/** Nine digits tell a float from every other. */
const exact = (value: number): string => String(Number(value.toPrecision(9)));

const line = (fields: string[]): string => `${fields.join(',')}\r\n`;

const field = (text: string): string => /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Spreadsheets compute what begins so, unless it is a number. */
const harmless = (name: string): string =>
  /^[=+\-@\t\r\n＝＋－＠]/.test(name) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(name) ? `'${name}` : name;
