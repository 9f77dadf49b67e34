import { decompress as unzstd } from 'fzstd';
import type { DecodedArray, PageHeader } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { snappyUncompress } from 'hyparquet/src/snappy.js';
import { readVarInt } from 'hyparquet/src/thrift.js';
import { fail } from '../csv/fail.js';
import type { Chunk, Column } from './footer.js';
import { blame, guarded } from './guarded.js';
import type { PartsFile } from './source.js';
import type { Stored } from './values.js';

/** What may still be unpacked. */
export class Budget {
  #left: number;

  constructor(readonly bytes: number) {
    this.#left = bytes;
  }

  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0)
      fail('invalid_data', `The Parquet file unpacks to more than ${this.bytes} bytes. If you trust it, raise `
        + 'maxUnpackedBytes.');
  }
}

export interface Page {
  /** One a row; null: no value. What is undefined is a fault of the file. */
  values: ArrayLike<Stored | null | undefined>;
  /** Equal values are the same object. */
  fromDictionary: boolean;
}

/** The library's arrays hold 8 bytes a value. */
const maxPageValues = 1 << 24;

/**
 * The pages of a column in one row group, one after another: `rows` values in all. The library decodes a page; its
 * header is checked here before, for the library trusts it.
 */
export async function* pagesOf(file: PartsFile, column: Column, { from, to, codec }: Chunk, rows: number,
                               budget: Budget): AsyncGenerator<Page> {
  const { name, schemaPath } = column, { element } = schemaPath[1]!;
  const bytes = await file.read(from, to), reader = { view: viewOf(bytes), offset: 0 };
  const decoder = {
    pathInSchema: [element.name], element, schemaPath, type: element.type, utf8: false, codec: 'UNCOMPRESSED',
  } as Decoder;
  const required = withoutNulls(decoder);
  const where = `a page of '${name}'`;
  const damaged = (what: string): never => fail('corrupt_file', `This Parquet file is damaged: ${what} of '${name}'.`);
  /** Without one, or with an empty one, nothing can be looked up in it. */
  let dictionary: DecodedArray = [], left = rows;
  while (left > 0) {
    if (reader.offset >= bytes.length) damaged('it lacks values');
    const header = guarded(where, () => parquetHeader(reader)), start = reader.offset;
    const { compressed_page_size: packedSize } = header;
    const values = countOf(header), most = header.type === 'DICTIONARY_PAGE' ? Infinity : left;
    if (!isCount(packedSize, bytes.length - start) || !isCount(header.uncompressed_page_size, Infinity)
        || !isCount(values, most)) damaged('a page');
    if (values > maxPageValues)
      fail('invalid_data', `A page of '${name}' has ${values} values, more than ${maxPageValues}. Write smaller pages.`);
    reader.offset += packedSize;
    if (header.type === 'INDEX_PAGE') continue;
    budget.take(header.uncompressed_page_size);
    const page = await unpack(bytes.subarray(start, start + packedSize), header, codec, name)
      .catch((error: unknown) => blame(where, error)) ?? damaged('a page');
    const { data } = guarded(where, () => {
      const begin = header.type === 'DICTIONARY_PAGE' || decoder === required ? 0 : valuesFrom(page, header, values);
      const content = page.subarray(begin);
      return readPage({ view: viewOf(content), offset: 0 }, unpackedHeader(header, content.length, begin > 0),
        begin > 0 ? required : decoder, dictionary, undefined, 0);
    });
    if (header.type === 'DICTIONARY_PAGE') {
      dictionary = data ?? [];
      continue;
    }
    if (data?.length !== values) damaged('a page');
    left -= values;
    const { encoding } = (header.data_page_header ?? header.data_page_header_v2)!;
    yield { values: data as Page['values'], fromDictionary: encoding.endsWith('_DICTIONARY') };
  }
}

const viewOf = (bytes: Uint8Array): DataView<ArrayBuffer> =>
  new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);

const isCount = (value: unknown, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;

/** How many values a page says that it has; NaN where it does not. */
function countOf({ type, data_page_header: first, data_page_header_v2: second, dictionary_page_header: dictionary }:
                 PageHeader): number {
  switch (type) {
    case 'DATA_PAGE': return first?.num_values ?? NaN;
    case 'DATA_PAGE_V2': return isCount(second?.num_nulls, second?.num_values ?? -1) ? second!.num_values : NaN;
    case 'DICTIONARY_PAGE': return dictionary?.num_values ?? NaN;
    case 'INDEX_PAGE': return 0;
    default: return NaN;
  }
}

type Decoder = Parameters<typeof readPage>[2];

/** A column in which every row has a value: its pages need no levels, and take a fraction of the time. */
function withoutNulls(decoder: Decoder): Decoder {
  const { element, schemaPath: [root, column] } = decoder;
  if (element.repetition_type === 'REQUIRED') return decoder;
  const required = { ...element, repetition_type: 'REQUIRED' as const };
  return { ...decoder, element: required, schemaPath: [root!, { ...column!, element: required }] };
}

const levelBytes = (header: NonNullable<PageHeader['data_page_header_v2']>): number =>
  header.repetition_levels_byte_length + header.definition_levels_byte_length;

/** Where the values begin in a page whose levels say that all are there; 0 where they do not, or not in one run. */
function valuesFrom(page: Uint8Array, { data_page_header_v2: second }: PageHeader, values: number): number {
  if (second) return second.num_nulls === 0 ? levelBytes(second) : 0;
  const reader = { view: viewOf(page), offset: 4 }, length = reader.view.getUint32(0, true), run = readVarInt(reader);
  const isOne = (run & 1) === 0 && run >>> 1 >= values && page[reader.offset] === 1;
  return isOne && reader.offset + 1 === 4 + length ? 4 + length : 0;
}

/** The header of a page as if it had never been compressed, nor had levels where they are left out. */
const unpackedHeader = (header: PageHeader, size: number, lacksLevels: boolean): PageHeader => ({
  ...header, compressed_page_size: size, uncompressed_page_size: size,
  ...(header.data_page_header_v2 && {
    data_page_header_v2: {
      ...header.data_page_header_v2, is_compressed: false,
      ...(lacksLevels && { repetition_levels_byte_length: 0, definition_levels_byte_length: 0 }),
    },
  }),
});

/** A page's bytes, uncompressed; undefined where they are not what the header promises. */
async function unpack(bytes: Uint8Array, header: PageHeader, codec: string, name: string):
    Promise<Uint8Array | undefined> {
  const { uncompressed_page_size: size, data_page_header_v2: second } = header;
  // Levels come first, and in the second version uncompressed.
  const levels = header.type === 'DATA_PAGE_V2' ? levelBytes(second!) : 0;
  if (header.type === 'DATA_PAGE_V2' && !(isCount(second!.repetition_levels_byte_length, bytes.length)
      && isCount(levels, Math.min(bytes.length, size)))) return undefined;
  const isPacked = codec !== 'UNCOMPRESSED' && second?.is_compressed !== false && size > levels;
  if (!isPacked) return bytes.length === size || size === levels ? bytes.subarray(0, size) : undefined;
  const page = new Uint8Array(size);
  page.set(bytes.subarray(0, levels));
  return await inflate(codec, bytes.subarray(levels), page.subarray(levels), name) ? page : undefined;
}

/** Whether the bytes fill the page. */
async function inflate(codec: string, bytes: Uint8Array, page: Uint8Array, name: string): Promise<boolean> {
  switch (codec) {
    case 'SNAPPY':
      snappyUncompress(bytes, page);
      return true;
    case 'ZSTD': return unzstd(bytes, page).length === page.length;
    case 'GZIP': return gunzip(bytes, page);
    default:
      return fail('invalid_data', `'${name}' is compressed by ${codec}, which is not read here. Write the file with `
        + `snappy, gzip, zstd or no compression, or leave the column out with ignore: ['${name}'].`);
  }
}

async function gunzip(bytes: Uint8Array, page: Uint8Array): Promise<boolean> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  let at = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return at === page.length;
      if (at + value.length > page.length) return false;
      page.set(value, at);
      at += value.length;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
