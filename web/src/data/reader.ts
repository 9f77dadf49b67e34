/** The worker that reads the reader's own file, so that the page stays awake. */
import { readTable, type ReadCsvOptions } from 'distillery';
import type { Findings, Outcome, ReadingOptions, ReadTable } from '../state/own.ts';
import type { FromReader, ToReader } from './read.ts';

const tell = (message: FromReader, transfer: Transferable[] = []): void => { self.postMessage(message, { transfer }); };
const progress: ReadCsvOptions['progress'] = (read) => tell({ progress: read });

/** By name: a class of another copy of the package would have none in common. */
const isRefusal = (error: unknown): error is Error => error instanceof Error && error.name === 'DistilleryError';

/** Looks through a file that was refused: all that is wrong with it, not only the first. */
async function examine(file: Blob, { label: asked, ignore, delimiter, decimal }: ReadingOptions): Promise<Findings | null> {
  for (const candidate of asked === undefined ? [undefined, null] : [asked, undefined, null]) {
    try {
      // 'mean' keeps rows without a value, so that those that are skipped are bad ones.
      const { schema, skipped, missing, format } = await readTable(file, {
        ...(candidate !== undefined && { label: candidate }), ignore: [...ignore], delimiter, decimal,
        badRows: 'skip', missing: 'mean', unusable: 'ignore', progress,
      });
      const columns = schema.columns.map(({ name }) => name);
      const { label } = schema;
      return { label, columns: label === '' ? columns : [label, ...columns], skipped, missing, format };
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return null;
}

const isParquet = async (file: Blob): Promise<boolean> => /^PAR[1E]/.test(await file.slice(0, 4).text());

async function read(file: Blob, options: ReadingOptions): Promise<Outcome> {
  const place = await isParquet(file).catch(() => false) ? 'Row' : 'Line';
  try {
    return { kind: 'read', table: await readTable(file, { ...options, ignore: [...options.ignore], progress }), place };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { kind: 'refused', reason: error.message, findings: await examine(file, options), place };
  }
}

const buffersOf = ({ features, labels, groups }: ReadTable): Transferable[] => [features, labels, groups].flatMap((array) => array?.buffer ?? []);

self.onmessage = async ({ data: { file, options } }: MessageEvent<ToReader>) => {
  try {
    const outcome = await read(file, options);
    tell({ outcome }, outcome.kind === 'read' ? buffersOf(outcome.table) : []);
  } catch (error) {
    tell({ failure: error instanceof Error ? error.message : String(error) });
  }
};
