/** The worker that fills in missing values. */
import { impute, loadPlanner, type FileTable } from 'distillery';
import { othersThan, withLast } from '../state/filling.ts';
import type { FromFiller, ToFiller } from './fill.ts';

async function filled({ table, plan, module }: ToFiller): Promise<FileTable> {
  const library = await loadPlanner({ wasm: module });
  // Which rows test hangs on labels, seed and equal rows, not on what will stand in the gaps.
  const bench = library.createWorkbench({ ...table, features: table.features.map((value) => (Number.isNaN(value) ? 0 : value)) }, plan);
  const testRows = bench.testRows();
  bench.dispose();
  return withLast(impute(table, othersThan(testRows, table.labels.length)), testRows);
}

const tell = (message: FromFiller, transfer: Transferable[] = []): void => { self.postMessage(message, { transfer }); };

self.onmessage = async ({ data }: MessageEvent<ToFiller>) => {
  try {
    const table = await filled(data);
    tell({ table }, [table.features.buffer, table.labels.buffer]);
  } catch (error) {
    tell({ failure: error instanceof Error ? error.message : String(error) });
  }
};
