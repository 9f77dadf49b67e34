import type { FileMetaData, SchemaElement, SchemaTree } from 'hyparquet';
import { parquetMetadata, parquetSchema } from 'hyparquet/src/metadata.js';
import { fail } from '../csv/fail.js';
import { guarded } from './guarded.js';
import { type Meaning, meaningOf } from './values.js';
import type { PartsFile } from './source.js';
import type { ParquetFormat } from '../csv/types.js';

/** A column of the file, at the top level. */
export interface Column {
  name: string;
  /** Or what it holds, where that can be neither a feature nor a class. */
  meaning: Meaning | string;
  /** As the library wants it: the root and the column, whose annotations are left to `meaning`. */
  schemaPath: SchemaTree[];
  /** Which of a row group's chunks is its. */
  chunk: number;
}

/** Where a column's values of one row group lie. */
export interface Chunk { from: number; to: number; codec: string }

export interface RowGroup {
  rows: number;
  /** Throws where the file does not say what it must. */
  chunk(column: Column): Chunk;
}

export interface Footer { columns: Column[]; groups: RowGroup[]; rows: number; format: ParquetFormat }

const magic = 'PAR1', encryptedMagic = 'PARE', tailBytes = 8, maxFooterBytes = 1 << 27;
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

export async function readFooter(file: PartsFile): Promise<Footer> {
  const head = textOf(await file.read(0, Math.min(4, file.size)));
  if (head !== magic && head !== encryptedMagic)
    fail('corrupt_file', 'This is no Parquet file: it does not begin as one.');
  const tail = await file.read(Math.max(4, file.size - tailBytes), file.size), end = textOf(tail.subarray(-4));
  if (head === encryptedMagic || end === encryptedMagic)
    fail('invalid_data', 'This Parquet file is encrypted. Write it without encryption.');
  if (tail.length < tailBytes || end !== magic)
    fail('corrupt_file', 'This Parquet file is not whole: its end is missing. Fetch it again.');
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true), from = file.size - tailBytes - length;
  if (from < 4) fail('corrupt_file', `This Parquet file is damaged: its footer would have ${length} bytes.`);
  if (length > maxFooterBytes)
    fail('invalid_data', `The footer of this Parquet file has ${length} bytes, which are too many.`);
  const bytes = await file.read(from, file.size);
  return guarded('its footer', () => understand(parquetMetadata(bytes, { geoparquet: false }), from));
}

/** `end`: where the data end and the footer begins. */
function understand(metadata: FileMetaData, end: number): Footer {
  const root = parquetSchema(metadata);
  let leaves = 0;
  const columns = root.children.map((tree): Column => {
    const chunk = leaves;
    leaves += leavesOf(tree);
    const { converted_type: _, logical_type: __, ...element } = tree.element;
    return {
      name: nameOf(tree.element), meaning: whatIsNested(tree) ?? meaningOf(tree.element), chunk,
      schemaPath: [root, { ...tree, element }],
    };
  });
  const groups = metadata.row_groups.map((group): RowGroup => {
    const rows = wholeOf(group.num_rows);
    return { rows, chunk: (column) => chunkOf(group.columns[column.chunk], column, rows, end) };
  });
  const rows = wholeOf(metadata.num_rows);
  if (groups.reduce((sum, group) => sum + group.rows, 0) !== rows)
    fail('corrupt_file', 'This Parquet file is damaged: its row groups do not have as many rows as it says.');
  const { version, created_by: createdBy = '' } = metadata;
  return { columns, groups, rows, format: { parquet: version, createdBy, rowGroups: groups.length } };
}

const leavesOf = ({ children }: SchemaTree): number =>
  (children.length === 0 ? 1 : children.reduce((sum, child) => sum + leavesOf(child), 0));

function nameOf({ name }: SchemaElement): string {
  if (typeof name !== 'string') fail('corrupt_file', 'This Parquet file is damaged: a column has no name.');
  return name;
}

function whatIsNested({ element, children }: SchemaTree): string | undefined {
  const kind = element.converted_type ?? element.logical_type?.type;
  if (element.repetition_type === 'REPEATED' || kind === 'LIST') return 'lists';
  if (kind === 'MAP' || kind === 'MAP_KEY_VALUE') return 'maps';
  return children.length > 0 || element.num_children !== undefined ? 'structures' : undefined;
}

/** A count as files give it. */
function wholeOf(value: bigint | undefined): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    fail('corrupt_file', 'This Parquet file is damaged: a count is wrong.');
  return number;
}

function chunkOf(chunk: FileMetaData['row_groups'][number]['columns'][number] | undefined, column: Column, rows: number,
                 end: number): Chunk {
  const { name, schemaPath: [, leaf] } = column;
  const damaged = (): never =>
    fail('corrupt_file', `This Parquet file is damaged: what it says of '${name}' cannot be.`);
  if (chunk?.file_path) fail('invalid_data', `The values of '${name}' are in another file, '${chunk.file_path}'.`);
  if (chunk?.crypto_metadata || chunk?.encrypted_column_metadata)
    fail('invalid_data', `'${name}' is encrypted. Write it without encryption, or leave it out with `
      + `ignore: ['${name}'].`);
  const { meta_data: data } = chunk ?? {};
  if (!data || data.type !== leaf!.element.type || data.path_in_schema.join() !== leaf!.path.join())
    return damaged();
  const first = wholeOf(data.data_page_offset), dictionary = wholeOf(data.dictionary_page_offset ?? 0n);
  const from = dictionary > 0 && dictionary < first ? dictionary : first;
  const to = from + wholeOf(data.total_compressed_size);
  if (from < 4 || to > end || wholeOf(data.num_values) !== rows) damaged();
  return { from, to, codec: data.codec ?? 'an unknown method' };
}
