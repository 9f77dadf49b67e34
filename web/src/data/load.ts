import type { Table } from 'distillery';

/** Fetches one shipped set, from this page's own host and only when it is chosen. */
export async function fetchSet(file: string, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(new URL(`data/${file}`, document.baseURI), { signal });
  if (!response.ok) throw new Error(`The data could not be fetched (${response.status}).`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The rows that are drawn over a map: those from `first` on. */
export function lastRows(table: Table, first: number): { features: Float32Array; labels: Int32Array } {
  return { features: table.features.slice(first * table.columns), labels: table.labels.slice(first) };
}
