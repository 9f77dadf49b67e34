import { basename, dirname, join } from 'node:path';
import { answerOf, curveOf, tableLines, tradeOffTable } from '../answer.js';
import { choice, flag, text, type Values, whole } from '../arguments.js';
import { Autosave } from '../autosave.js';
import { type Brought, broughtFiles, broughtKinds } from '../brought.js';
import { command, packageVersion, quoted } from '../command.js';
import { givenCsvOptions, tableOptions } from '../csv-options.js';
import { type ExitCode, exitCodes, FileError, UsageError } from '../exit-codes.js';
import { plural } from '../figures.js';
import { checkPlace, DataFile, exists, headOf, isSame, standardStream, stem, writeWhole } from '../files.js';
import { checkFormat, endingsHelp, formatted } from '../formats.js';
import { Interrupts } from '../interrupts.js';
import { distil, DistilleryError, fillSchema, isRunFile, type Report, type Run, type RunFile } from '../package.js';
import { planOf, planOptions } from '../plan-options.js';
import { Progress } from '../progress.js';
import { type DataFiles, described, heldData, readData } from '../run-data.js';
import { readRun, writeRun } from '../run-file.js';
import { schemaPathOf, writeSchema } from '../schema-file.js';
import type { Terminal } from '../terminal.js';

const ownOptions = {
  out: text('file', `where the student goes, in the format of its ending: ${endingsHelp}. What its columns mean goes `
    + 'beside it, into a .schema.json', 'o'),
  int8: flag('weights of 8 bits in it'),
  unlabelled: text('more.csv', 'rows without labels, with the columns of the data: the ensemble labels them, and students '
    + 'learn from them too'),
  ensemble: text('answers.csv', 'instead of teachers: what an ensemble of your own says, a row for each of the data, then '
    + 'of --unlabelled, and a column with the probability of each class'),
  run: text('file', 'where the run is kept, finished or not (named after the data, in this folder)'),
  'keep-data': flag('keep the data in it too: then it goes on anywhere, without any other file'),
  overwrite: flag('replace a run file that is not finished'),
  resume: text('file', 'go on with a run; only --keep-data, --out, --int8, --margin, --workers and --json go with it'),
  workers: whole('n', 'threads; the result does not depend on it (as many as there are cores, up to 16)', 1, 256),
  flavour: choice("fast: relaxed SIMD, whose last digits depend on the machine (simd)", ['simd', 'fast']),
  json: flag('the whole report as JSON instead of the answer'),
};
const options = { ...ownOptions, ...planOptions, ...tableOptions };
type Given = Values<typeof options>;

/** A run before its data are read. */
interface Job extends Pick<RunFile, 'csv' | 'plan' | 'flavour' | 'marginChangedLate'> {
  /** null: the run file holds the data. */
  files: DataFiles | null;
  path: string;
  keepData: boolean;
  /** What there is of it already. */
  before: RunFile | undefined;
}

export const distilCommand = command({
  name: 'distil',
  summary: 'train an ensemble on a CSV or Parquet file and distil it into the smallest student that is good enough',
  usage: [
    '<data.csv> [--label <column>] [--out <student.onnx>] [options]',
    '--resume <run.distillery> [<data.csv>] [--out <student.onnx>]',
  ],
  about: [
    'Reads a CSV (also gzipped) or Parquet file (- is standard input), trains teachers and students of several sizes on all cores, '
    + "and prints the smallest size whose accuracy is within the margin of the ensemble's, with what each size costs. "
    + 'The test rows are scored once, at the end.',
    'Ctrl-C keeps what has been trained in the run file and says how to go on; the result is the same, to the byte. '
    + 'Once more ends at once. The file is written every ten seconds, too, so what is killed goes on from there.',
    'Where no size passes, the closest student is written and the exit code is 4.',
  ],
  options,
  groups: { 'What is trained': planOptions, 'How the file is read': tableOptions },
  examples: [
    'distillery distil letter.csv --label letter --out student.onnx',
    'distillery distil data.csv.gz --sizes 4-2,16-8,64-32 --teachers 4 --seed 1 --out student.h --int8',
    'zcat data.csv.gz | distillery distil - --label y --json > report.json',
    'distillery distil data.csv --ensemble answers.csv --unlabelled more.csv --out student.onnx',
    'distillery distil --resume letter.distillery --out student.onnx --margin 0.02',
  ],

  async run({ values, positionals }, terminal) {
    const [dataPath, ...more] = positionals;
    if (more.length > 0)
      throw new UsageError(`One data file is needed, and ${positionals.length} are named. Quote names with `
        + 'spaces.');
    if (values.int8 && values.out === undefined) throw new UsageError('--int8 is about the file of --out: name one.');
    if (values.out !== undefined) {
      checkFormat(values.out, values.int8 ?? false);
      await checkPlace(values.out, '--out');
    }
    const job = values.resume === undefined ? await newJob(values, dataPath)
      : await resumedJob(values, values.resume, dataPath);
    const read = job.files ? [job.files.data, ...Object.values(job.files.brought)] : [];
    const used = [job.path, ...read.flatMap((file) => file?.path ?? [])];
    if (values.out !== undefined && (await Promise.all(used.map((path) => isSame(values.out!, path)))).includes(true))
      throw new UsageError(`--out: ${values.out} is read or written otherwise. Name another file.`);
    const interrupts = new Interrupts();
    try {
      return await work(job, values, terminal, interrupts);
    } finally {
      interrupts.dispose();
    }
  },
});

async function newJob(values: Given, dataPath: string | undefined): Promise<Job> {
  if (dataPath === undefined) throw new UsageError('Name the data file, or - for standard input.');
  const data = new DataFile(dataPath);
  const path = values.run ?? `${dataPath === standardStream ? 'stdin' : basename(stem(dataPath))}.distillery`;
  const csv = givenCsvOptions(values), plan = await planOf(values);
  if (await isSame(path, dataPath)) throw new UsageError(`--run: ${path} is the data. Name another file.`);
  await checkPlace(path, '--run');
  if (await exists(path)) await checkReplaceable(path, values.overwrite ?? false);
  return {
    files: { data, brought: broughtFiles(values) }, path, csv, plan, flavour: values.flavour ?? 'simd', marginChangedLate: false,
    keepData: values['keep-data'] ?? false, before: undefined,
  };
}

async function checkReplaceable(path: string, overwrite: boolean): Promise<void> {
  if (!isRunFile(await headOf(path))) throw new UsageError(`--run: ${path} is there and is no run. Name another file.`);
  if (!overwrite && !(await readRun(path)).report.finished)
    throw new UsageError(`${path} holds a run that is not finished. Go on with --resume ${quoted(path)}, name another `
      + 'file by --run, or give --overwrite.');
}

const withResume = ['resume', 'keep-data', 'out', 'int8', 'margin', 'workers', 'json', 'quiet'];

async function resumedJob(values: Given, path: string, dataPath: string | undefined): Promise<Job> {
  for (const name of Object.keys(values))
    if (!withResume.includes(name))
      throw new UsageError(`--${name} does not go with --resume: the run goes on as it began. Leave it out, or begin `
        + 'another run.');
  const before = await readRun(path), { csv, flavour } = before, plan = { ...before.plan };
  plan.margin = values.margin ?? plan.margin;
  const isLate = before.report.finished && plan.margin !== before.plan.margin;
  return {
    files: await filesOf(before, path, dataPath), path, csv, plan, flavour, before,
    keepData: values['keep-data'] ?? false, marginChangedLate: before.marginChangedLate || isLate,
  };
}

async function filesOf(before: RunFile, path: string, named: string | undefined): Promise<DataFiles | null> {
  if (!before.savedTable) return { data: await dataOf(before, path, named), brought: await recordedFiles(before, path) };
  if (named !== undefined) throw new UsageError(`${path} holds its data: leave ${named} out.`);
  return null;
}

async function recordedFiles({ brought }: RunFile, path: string): Promise<Brought<DataFile | null>> {
  const files: Partial<Brought<string>> = {};
  for (const kind of broughtKinds) {
    const recorded = brought[kind]?.path;
    if (!recorded) continue;
    files[kind] = join(dirname(path), recorded);
    if (!await exists(files[kind]))
      throw new FileError(`${files[kind]}, which this run reads as --${kind}, is not there. Put it back, or begin another run.`);
  }
  return broughtFiles(files);
}

async function dataOf({ data }: RunFile, path: string, named: string | undefined): Promise<DataFile> {
  const again = `distillery distil <data.csv> --resume ${quoted(path)}`;
  if (named !== undefined) return new DataFile(named);
  if (data.path === null)
    throw new UsageError(`This run read ${data.name}: give its data again, as a file or as -: ${again}`);
  const recorded = join(dirname(path), data.path);
  if (!await exists(recorded))
    throw new FileError(`${recorded}, which this run reads, is not there. Say where it is: ${again}`);
  return new DataFile(recorded);
}

/** Whatever else becomes of it: reads, trains, keeps. */
async function work(job: Job, values: Given, terminal: Terminal, interrupts: Interrupts): Promise<ExitCode> {
  const { path, csv, flavour, plan, marginChangedLate, before } = job, progress = new Progress(terminal);
  const { whole, ...data } = job.files ? await readData({ ...job, files: job.files }, progress, interrupts.signal)
    : await heldData(before!, before!.savedTable!, path);
  terminal.note(...described({ whole, ...data }));
  const run = distil(whole, plan, { workers: values.workers, flavour, resume: before?.state });
  /** The run as it is now. */
  const snapshot = async (): Promise<RunFile> => {
    const state = await run.save();
    return {
      madeBy: packageVersion(), csv, flavour, plan, ...data, schema: data.schema && fillSchema(data.schema, run.fills()),
      marginChangedLate,
      report: run.setMargin(plan.margin),   // trains nothing, and gives the report of this moment
      state,
    };
  };
  const autosave = new Autosave(async () => writeRun(path, await snapshot()),
    (error) => terminal.note(`The run goes on, but cannot be kept: ${error instanceof Error ? error.message : String(error)}`));
  try {
    const drawn = follow(run, progress, autosave);
    if (await Promise.race([run.report, interrupts.first]) === 'interrupted') {
      progress.end();
      run.pause();
      await autosave.end();
      await writeRun(path, await snapshot());
      terminal.note(`Interrupted. What has been trained is in ${path}; go on with:`, resumption(job, values));
      return exitCodes.interrupted;
    }
    await drawn;
    await autosave.end();
    return await finish(run, await snapshot(), path, values, terminal);
  } catch (error) {
    progress.end();
    await autosave.end();
    if (isWorthKeeping(error)) {
      const kept = await snapshot().then((snapshot) => writeRun(path, snapshot)).then(() => true, () => false);
      if (kept) terminal.note(`What has been trained is in ${path}; to go on from there:`, resumption(job, values));
    }
    throw error;
  } finally {
    await autosave.end();
    run.dispose();
  }
}

/** Failures of the machine, not of what was asked of it. */
const isWorthKeeping = (error: unknown): boolean =>
  error instanceof DistilleryError && (error.code === 'worker_failed' || error.code === 'out_of_memory');

function resumption({ files, path, keepData }: Job, { out, int8 }: Given): string {
  const isPiped = files?.data.path === standardStream && !keepData;
  return ['  distillery distil', ...(isPiped ? ['-'] : []), `--resume ${quoted(path)}`,
    ...(out === undefined ? [] : [`--out ${quoted(out)}`]), ...(int8 ? ['--int8'] : []),
    ...(isPiped ? ['< the same data'] : [])].join(' ');
}

async function follow(run: Run, progress: Progress, autosave: Autosave): Promise<void> {
  for await (const event of run) {
    progress.event(event);
    autosave.event(event);
  }
}

async function finish(run: Run, kept: RunFile, path: string, values: Given, terminal: Terminal): Promise<ExitCode> {
  const { report, plan, marginChangedLate, table, schema } = kept, { out } = values;
  const files: Record<string, string> = { run: path };
  await writeRun(path, kept);  // first, so that nothing is lost where the student cannot be written
  if (out !== undefined && report.choice.size >= 0) {
    const content = formatted(out, run.chosen(), values.int8 ?? false, table.columnNames);
    await writeWhole(out, content);
    files.student = out;
    if (schema) await writeSchema(files.schema = schemaPathOf(out), schema);
  }
  const answer = answerOf(report, plan, marginChangedLate);
  if (values.json) {
    const { state: _, savedTable: __, madeBy, ...rest } = kept;
    terminal.answer(JSON.stringify({ format: 'distillery-report', version: 1, madeBy, answer, ...rest, files }));
  } else {
    const { curve, rows } = curveOf(report);
    const lines = tableLines(tradeOffTable(report, plan, curve));
    terminal.answer(...answer, '', `On ${plural(curve.rows, `${rows} row`)}:`, ...lines, '',
      ...filesSaid(files, report, path));
  }
  return report.choice.status === 'chosen' ? exitCodes.ok : exitCodes.noSize;
}

function filesSaid(files: Record<string, string>, report: Report, path: string): string[] {
  const lines = files.student !== undefined
    ? [`Written: ${files.student}, ${files.schema ? `what its columns mean in ${files.schema}, ` : ''}the run in ${path}.`]
    : [`Written: the run, ${path}.`];
  if (files.student === undefined && report.choice.size >= 0)
    lines.push(`To get the student: distillery distil --resume ${quoted(path)} --out student.onnx`);
  return [...lines, `To see it drawn: distillery report ${quoted(path)} --out report.html`];
}
