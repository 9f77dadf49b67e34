import { text } from '../arguments.js';
import { command } from '../command.js';
import { exitCodes, UsageError } from '../exit-codes.js';
import { checkPlace, isSame, standardStream, writeWhole } from '../files.js';
import { reportPage } from '../report-page.js';
import { readRun } from '../run-file.js';

const options = { out: text('file.html', 'where it goes (- : standard output)', 'o') };

export const reportCommand = command({
  name: 'report',
  summary: 'a run as one HTML page: the answer, the trade-off drawn, tables',
  usage: ['<run.distillery> --out <report.html>'],
  about: [
    'The page needs no script and fetches nothing, is light or dark as its reader wants, and prints. It is made of the '
    + 'run file alone; of the data it tells the names of columns and classes, but no row.',
  ],
  options,
  examples: ['distillery report letter.distillery --out report.html'],

  async run({ values, positionals }, terminal) {
    const [path] = positionals;
    if (path === undefined || positionals.length > 1)
      throw new UsageError('One run is needed, a file that distil has made.');
    const { out } = values;
    if (out === undefined)
      throw new UsageError('--out is needed: the page, such as report.html, or - for standard output.');
    if (out !== standardStream) await checkPlace(out, '--out');
    if (await isSame(path, out)) throw new UsageError(`--out: ${out} is the run. Name another file.`);
    const page = reportPage(await readRun(path));
    if (out === standardStream) await terminal.pass(page);
    else {
      await writeWhole(out, page);
      terminal.note(`Written: ${out}`);
    }
    return exitCodes.ok;
  },
});
