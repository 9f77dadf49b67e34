import { text } from '../arguments.js';
import { command } from '../command.js';
import { exitCodes, UsageError } from '../exit-codes.js';
import { checkPlace, isSame, standardStream, stem, writeWhole } from '../files.js';
import { reportPage } from '../report-page.js';
import { readRun } from '../run-file.js';

const options = { out: text('file.html', 'where it goes (beside the run, named as it; - : standard output)', 'o') };

export const reportCommand = command({
  name: 'report',
  summary: 'a run as one HTML page: the answer, the trade-off drawn, tables',
  usage: ['<run.distillery> [--out <report.html>]'],
  about: ['The page needs no script and fetches nothing, is light or dark as its reader wants, and prints. It needs the run file alone, not the data; '
    + 'of the data it tells the names of columns and classes, but no row.'],
  options,
  examples: ['distillery report letter.distillery --out report.html'],

  async run({ values, positionals }, terminal) {
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) throw new UsageError('One run is needed, a file that distil has made.');
    const { out = `${stem(path)}.html` } = values;
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
