import { optionsBySchema, readTable } from './csv-options.js';
import { FileError, UsageError } from './exit-codes.js';
import { plural } from './figures.js';
import { DataFile, standardStream } from './files.js';
import type { FileTable } from './package.js';
import type { Progress } from './progress.js';

/** What may go beside the data: rows that nobody labelled, and what an ensemble of the user's says of all rows. */
export const broughtKinds = ['unlabelled', 'ensemble'] as const;
export type Brought<T> = { [kind in (typeof broughtKinds)[number]]: T };

export function broughtFiles(paths: Partial<Brought<string>>): Brought<DataFile | null> {
  const open = (kind: keyof typeof paths): DataFile | null => {
    const path = paths[kind];
    if (path === standardStream) throw new UsageError(`--${kind}: standard input is for the data. Name a file.`);
    return path === undefined ? null : new DataFile(path);
  };
  return { unlabelled: open('unlabelled'), ensemble: open('ensemble') };
}

/** The arrays that a table gets of them. */
export async function readBrought({ unlabelled, ensemble }: Brought<DataFile | null>, table: FileTable,
                                  progress: Progress): Promise<Partial<Brought<Float32Array>>> {
  const more = unlabelled && await readTable(unlabelled, optionsBySchema(table.schema), progress);
  if (!ensemble) return more ? { unlabelled: more.features } : {};
  if (table.skipped.count > 0)
    throw new UsageError(`--ensemble: ${plural(table.skipped.count, 'row')} of the data were left out, so its answers would `
      + 'belong to other rows. Mend the data, or leave --bad-rows and --missing at stop.');
  const answers = await readTable(ensemble, { label: null, ignore: ['class'], unusable: 'ignore' }, progress);
  const rows = table.labels.length + (more?.labels.length ?? 0);
  if (answers.labels.length !== rows)
    throw new FileError(`${ensemble.name} has ${plural(answers.labels.length, 'row')} of answers; the data${
      more ? ' and the unlabelled rows have' : ' has'} ${rows}.`);
  return { ...(more && { unlabelled: more.features }), ensemble: probabilitiesOf(answers, table.classNames, ensemble.name) };
}

/** The column of each class, by its name, as such or as `predict` writes it. */
function probabilitiesOf({ features, columns, columnNames, labels }: FileTable, classNames: string[], file: string): Float32Array {
  const places = classNames.map((name) => {
    const at = [name, `probability of ${name}`].map((title) => columnNames.indexOf(title)).find((place) => place >= 0);
    if (at === undefined)
      throw new FileError(`${file} has no column '${name}' or 'probability of ${name}'. It needs one of numbers for each class, as `
        + '`distillery predict` writes it.');
    return at;
  });
  const probabilities = new Float32Array(labels.length * places.length);
  for (let row = 0, to = 0; row < labels.length; ++row)
    for (const place of places) probabilities[to++] = features[row * columns + place]!;
  return probabilities;
}
