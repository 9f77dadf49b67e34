import { fail } from './fail.js';

const firstBlockBytes = 1 << 12, blockBytes = 1 << 20;

/** Rows of floats, in blocks, for their number is not known before the last has come. */
export class Rows {
  count = 0;
  /** Where the next row is to be written: in `block`, from `at` on. */
  block: Float32Array = new Float32Array();
  at = 0;
  readonly #blocks: Float32Array[] = [];

  constructor(readonly width: number) {
    this.#allocate();
  }

  /** The row at `at` is whole. */
  commit(): void {
    ++this.count;
    this.at += this.width;
    if (this.at === this.block.length) this.#allocate();
  }

  /** Hands out all rows in order, block by block, and lets go of each: `length` floats of the block are rows. */
  *drain(): Generator<{ block: Float32Array; length: number }> {
    const last = this.#blocks.length - 1;
    for (let index = 0; index <= last; ++index) {
      const block = this.#blocks[index]!;
      this.#blocks[index] = this.block = new Float32Array();
      yield { block, length: index === last ? this.at : block.length };
      // Its memory is free at once where the engine knows this, else when it collects garbage.
      (block.buffer as { transfer?(length: 0): void }).transfer?.(0);
    }
  }

  #allocate(): void {
    const bytes = Math.min(firstBlockBytes * 2 ** this.#blocks.length, blockBytes);
    this.block = allocate(Math.max(1, Math.floor(bytes / (4 * this.width))) * this.width);
    this.#blocks.push(this.block);
    this.at = 0;
  }
}

export function allocate(length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (error) {
    fail('out_of_memory', `There is no memory for ${length} numbers. Leave columns out, or read fewer rows.`, error);
  }
}

/** Whole numbers whose number is not known before. */
export class Numbers {
  #values = new Int32Array(1024);
  count = 0;

  push(value: number): void {
    if (this.count === this.#values.length) {
      const longer = new Int32Array(2 * this.count);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.count++] = value;
  }

  /** What each stands for. */
  map(meaning: Int32Array): Int32Array {
    return this.#values.slice(0, this.count).map((value) => meaning[value]!);
  }
}
