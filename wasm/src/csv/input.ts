import { fail } from './fail.js';
import type { CsvProgress, Encoding } from './types.js';

export type CsvSource = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>;

/** Turns what comes into bytes in which ASCII is ASCII, without a byte order mark: UTF-16 becomes UTF-8. */
export class Transcoder {
  byteOrderMark = false;
  /** Which UTF-16 it is, if it is. */
  utf16: 'utf-16le' | 'utf-16be' | undefined;
  #head: Uint8Array | null = new Uint8Array();
  #decoder: TextDecoder | undefined;

  constructor(readonly wanted: Encoding | undefined) {}

  push(chunk: Uint8Array, last: boolean): Uint8Array {
    if (this.#head) {
      this.#head = joined(this.#head, chunk);
      if (this.#head.length < 3 && !last) return new Uint8Array();
      chunk = this.#begin(this.#head);
      this.#head = null;
    }
    if (!this.#decoder) return chunk;
    try {
      return new TextEncoder().encode(this.#decoder.decode(chunk, { stream: !last }));
    } catch (error) {
      fail('corrupt_file', 'By its first bytes or by the option encoding this is UTF-16, but it is not.', error);
    }
  }

  #begin(head: Uint8Array): Uint8Array {
    const [a, b, c] = head;
    const marked = a === 0xef && b === 0xbb && c === 0xbf ? 'utf-8' : a === 0xff && b === 0xfe ? 'utf-16le'
      : a === 0xfe && b === 0xff ? 'utf-16be' : undefined;
    const encoding = this.wanted ?? marked;
    if (encoding === 'utf-16le' || encoding === 'utf-16be') {
      this.utf16 = encoding;
      this.#decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    }
    this.byteOrderMark = marked !== undefined && marked === encoding;
    return this.byteOrderMark ? head.subarray(this.utf16 ? 2 : 3) : head;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

const pieceBytes = 1 << 22;

/** What can be read from any place, as a stream of pieces between which a page can draw and cancel. */
function streamOf(size: number, read: (from: number, to: number) => Promise<Uint8Array>): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (at > 0) await new Promise((resolve) => setTimeout(resolve));
      if (at < size) controller.enqueue(await read(at, at = Math.min(size, at + pieceBytes)));
      if (at === size) controller.close();
    },
  }, { highWaterMark: 0 });
}

export function checkSource(source: CsvSource): void {
  const kinds = [Uint8Array, ArrayBuffer, Blob, ReadableStream];
  if (!kinds.some((kind) => source instanceof kind))
    fail('invalid_option', 'A file comes as a Uint8Array, an ArrayBuffer, a Blob such as a File, or a ReadableStream.');
}

function open(source: CsvSource): { stream: ReadableStream<Uint8Array>; totalBytes: number | null } {
  checkSource(source);
  if (source instanceof ReadableStream) return { stream: source, totalBytes: null };
  if (source instanceof Blob) {
    const slice = async (from: number, to: number): Promise<ArrayBuffer> => source.slice(from, to).arrayBuffer();
    const stream = streamOf(source.size, async (from, to) => new Uint8Array(await slice(from, to)));
    return { stream, totalBytes: source.size };
  }
  const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
  return { stream: streamOf(bytes.length, async (from, to) => bytes.subarray(from, to)), totalBytes: bytes.length };
}

export const broken = 'The file could not be read to its end. Open it again.';

interface InputOptions {
  signal: AbortSignal | undefined;
  maxUnpackedBytes: number;
  /** Gets the bytes of the text, in pieces. */
  push(piece: Uint8Array): void;
  progress(read: Omit<CsvProgress, 'rows'>): void;
}

/** Reads a source to its end, and unpacks it where it is gzip. */
export async function readAll(source: CsvSource, options: InputOptions): Promise<void> {
  const { signal, maxUnpackedBytes, push, progress } = options;
  const { stream, totalBytes } = open(source);
  const file = stream.getReader();
  let bytes = 0, fault: unknown;
  async function next(): Promise<Uint8Array | undefined> {
    const { value } = await file.read().catch((error: unknown) => {
      fault = error;
      return fail('invalid_data', broken, error);
    });
    if (value && !(value instanceof Uint8Array)) fail('invalid_option', 'The stream must give its bytes as Uint8Arrays.');
    bytes += value?.length ?? 0;
    return value;
  }
  const cancel = (): void => { file.cancel().catch(() => {}); };  // ends a read that waits, too
  const checkSignal = (): void => {
    if (signal?.aborted) fail('aborted', 'Reading the file was aborted.', signal.reason);
  };

  signal?.addEventListener('abort', cancel);
  let text: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    checkSignal();
    let piece: Uint8Array | undefined = new Uint8Array(), advance = next;
    for (let more; piece.length < 2 && (more = await next());) piece = joined(piece, more);
    checkSignal();
    const packed = piece[0] === 0x1f && piece[1] === 0x8b;
    if (packed) {
      const unpacking = text = gunzip(piece, next).getReader();
      advance = () => unpacking.read().then(({ value }) => value, (error: unknown) => {
        checkSignal();
        if (fault) fail('invalid_data', broken, fault);
        fail('corrupt_file', 'This gzip file is damaged or not whole. Fetch it again.', error);
      });
      piece = await advance();
    }
    for (let total = 0; piece; piece = await advance()) {
      checkSignal();
      total += piece.length;
      if (packed && total > maxUnpackedBytes)
        fail('invalid_data', `The gzip file unpacks to more than ${maxUnpackedBytes} bytes. If you trust it, raise `
          + 'maxUnpackedBytes.');
      push(piece);
      progress({ bytes, totalBytes });
    }
    checkSignal();
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
    text?.cancel().catch(() => {});
  }
}

function gunzip(head: Uint8Array, next: () => Promise<Uint8Array | undefined>): ReadableStream<Uint8Array> {
  const packed = new ReadableStream<BufferSource>({
    start: (controller) => controller.enqueue(head as Uint8Array<ArrayBuffer>),
    async pull(controller) {
      const piece = await next();
      if (piece) controller.enqueue(piece as Uint8Array<ArrayBuffer>);
      else controller.close();
    },
  });
  return packed.pipeThrough(new DecompressionStream('gzip'));
}
