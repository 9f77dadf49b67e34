import glue from './distillery-simd.js';
import { DistilleryError } from './errors.js';
import type { Artefact } from './load.js';
import { checked, type Native, Owner, type WholeTable } from './native.js';
import { complete, defaultPlan, type DeepPartial } from './plan.js';
import type { Architecture, Flavour, SoftLoss, Table, TrainOptions } from './types.js';

/** @internal The networks alone. */
export const networks: Artefact<Native> = { name: 'distillery', glue };

export interface EpochStats {
  /** How many epochs are finished. */
  epoch: number;
  /** Mean over the epoch's rows, each on the weights before its step, with dropout. */
  loss: number;
  accuracy: number;
}

/** What a single network learns from. It is scaled to mean 0 and deviation 1 first. */
export interface Samples extends Table {
  /** rows × classes, each row a distribution: what an ensemble says at `temperature`. */
  softTargets?: Float32Array;
}

export interface TrainerOptions {
  training: TrainOptions;
  /** Of the initial weights, the order of rows and the dropout. */
  seed: number;
  temperature: number;
  /** 0: labels alone; 1: soft targets alone. */
  softWeight: number;
  /** How far answers are from soft targets: as `Recipe.loss` and `Recipe.otherWeight`. */
  softLoss: SoftLoss;
  otherWeight: number;
  /** One per class; empty: all count alike. */
  classWeights: number[];
}

/** One instance of the compiled library: tables, trainers, models. Independent of every other: no state is shared. */
export class Distillery {
  /** @internal `loadDistillery` makes one. */
  constructor(protected readonly native: Native, /** Send it to other threads, or load again from it. */
              readonly module: WebAssembly.Module) {}

  /** What was loaded. */
  get flavour(): Flavour {
    return this.native.state().flavour;
  }
  get version(): string {
    return this.native.state().version;
  }
  /** How many things made here await their `dispose`. */
  liveHandles(): number {
    return this.native.state().liveHandles;
  }
  /** Bytes: of the memory as a whole, which never shrinks, and of what is in use in it. */
  memory(): { total: number; used: number } {
    return { total: this.native.HEAPU8.byteLength, used: this.native.state().heapInUse };
  }

  /** A two-dimensional set of two classes. noise: deviation of the normal noise on both coordinates. */
  generate(shape: 'moons' | 'circles' | 'spirals', { rows = 1000, noise = 0.2, seed = 0 } = {}): Table {
    return checked(this.native, this.native.generateTable(shape, rows, noise, seed));
  }
  /** A table as a file, with checksum. */
  saveTable(table: Table): Uint8Array {
    return checked(this.native, this.native.saveTable(usable(table)));
  }
  loadTable(file: Uint8Array): Table {
    return checked(this.native, this.native.loadTable(file));
  }

  /** Opens a model file. */
  loadModel(file: Uint8Array): Model {
    return new Model(this.native, checked(this.native, this.native.loadModel(file)));
  }

  /**
   * Trains one network step by step, on labels, on soft targets, or on both.
   *
   * @throws DistilleryError `shape_mismatch`, `invalid_option`, `invalid_data`, `out_of_memory`.
   * @example
   * ```js
   * const trainer = instance.createTrainer({ inputs: 2, hidden: [8], classes: 2 }, table, { training: { epochs: 3 }, seed: 1 });
   * while (!trainer.finished) {
   *   const { epoch, loss, accuracy } = trainer.runEpoch();
   *   console.log(epoch, loss, accuracy);
   * }
   * trainer.dispose();
   * ```
   */
  createTrainer(architecture: Architecture, samples: Samples, options: DeepPartial<TrainerOptions> = {}): Trainer {
    return this.#trainer(samples, options, { ...architecture, dropout: architecture.dropout ?? [] }, null);
  }
  /**
   * Goes on from a checkpoint, with the same samples and options, to the same bytes.
   *
   * @example
   * ```js
   * const options = { training: { epochs: 2 } };
   * const first = instance.createTrainer({ inputs: 2, hidden: [8], classes: 2 }, table, options);
   * first.advance(100);                                       // about so many rows
   * const second = instance.resumeTrainer(first.checkpoint(), table, options);
   * first.dispose();
   * while (!second.finished) second.runEpoch();
   * second.dispose();
   * ```
   */
  resumeTrainer(checkpoint: Uint8Array, samples: Samples, options: DeepPartial<TrainerOptions> = {}): Trainer {
    return this.#trainer(samples, options, null, checkpoint);
  }

  #trainer(samples: Samples, options: DeepPartial<TrainerOptions>, architecture: Required<Architecture> | null,
           checkpoint: Uint8Array | null): Trainer {
    const given = { ...usable(samples), softTargets: samples.softTargets ?? null };
    return new Trainer(this.native, checked(this.native,
      this.native.createTrainer(given, completeTrainer(options), architecture, checkpoint)));
  }
}

/** @internal Checked as far as its types go. */
export function usable({ features, columns, labels, classNames, ...more }: Table): WholeTable {
  const { unlabelled = null, ensemble = null, groups = null, imputation = 'none' } = more;
  if (!(features instanceof Float32Array) || !(labels instanceof Int32Array) || !Array.isArray(classNames))
    throw new DistilleryError('invalid_data', 'A table needs features (Float32Array), labels (Int32Array) and classNames (an array).');
  for (const [name, given] of Object.entries({ unlabelled, ensemble }))
    if (given !== null && !(given instanceof Float32Array))
      throw new DistilleryError('invalid_data', `A table's ${name} must be a Float32Array.`);
  if (groups !== null && !(groups instanceof Int32Array))
    throw new DistilleryError('invalid_data', "A table's groups must be an Int32Array.");
  return { features, columns, labels, classNames: classNames.map(String), unlabelled, ensemble, groups, imputation };
}

function completeTrainer(options: DeepPartial<TrainerOptions>): TrainerOptions {
  const { training } = defaultPlan().teachers;
  return complete<TrainerOptions>({ training, seed: 0, temperature: 1, softWeight: 0, softLoss: 'divergence', otherWeight: 2, classWeights: [] }, options, 'options');
}

/**
 * A network that can be asked. Takes raw rows: the scaling that it was trained with is part of it.
 *
 * @example
 * ```js
 * const model = instance.loadModel(file);
 * const { inputs, classes } = model.architecture;
 * const row = new Float32Array(inputs), probabilities = new Float32Array(classes);
 * for (let i = 0; i < 100; ++i) {
 *   row[0] = i / 100;
 *   model.predictProba(row, probabilities);   // allocates nothing
 * }
 * const labels = model.predict(table.features);
 * console.log(model.classNames[labels[0]], probabilities[0]);
 * model.dispose();
 * ```
 */
export class Model extends Owner {
  /** Rows per crossing into the library, so that its memory stays small. */
  static readonly #mostRows = 1024;
  readonly #info = this.info<{ inputs: number; hidden: number[]; classes: number; classNames: string[]; parameters: number }>();
  #buffers = { rows: 0, input: 0, output: 0 };

  get architecture(): Omit<Architecture, 'dropout'> {
    const { inputs, hidden, classes } = this.#info;
    return { inputs, hidden: [...hidden], classes };
  }
  get classNames(): string[] {
    return [...this.#info.classNames];
  }
  get parameters(): number {
    return this.#info.parameters;
  }
  /** Its file, in the safetensors format. */
  save(): Uint8Array {
    return checked(this.native, this.native.save(this.handle));
  }

  /** A model of its own, to be disposed of by itself. */
  clone(): Model {
    return new Model(this.native, checked(this.native, this.native.loadModel(this.save())));
  }

  /**
   * The likeliest class of each row, the first of equals, as an index into `classNames`.
   *
   * @param features one raw row, or many: rows × inputs, finite.
   * @param into where the answers go, for nothing to be allocated; without it, a new array.
   * @throws DistilleryError `shape_mismatch`, where either array has another length; `invalid_data`, where a value is not
   * finite or much too far from the training rows.
   */
  predict(features: Float32Array, into?: Int32Array): Int32Array {
    const rows = this.#rowsOf(features), { classes } = this.#info;
    const answers = withRoom(into ?? new Int32Array(rows), rows);
    for (let row = 0; row < rows; row += Model.#mostRows) {
      const count = Math.min(rows - row, Model.#mostRows);
      const output = this.#compute(false, features, row, count), heap = this.native.HEAPF32;
      for (let i = 0; i < count; ++i) answers[row + i] = likeliest(heap, output + i * classes, classes);
    }
    return answers;
  }
  /** Probability of each class: rows × classes. A row costs less than a microsecond. See `predict` for what it takes. */
  predictProba(features: Float32Array, into?: Float32Array): Float32Array {
    return this.#answer(true, features, into);
  }
  /** What the probabilities are the softmax of: rows × classes. See `predict` for what it takes. */
  logits(features: Float32Array, into?: Float32Array): Float32Array {
    return this.#answer(false, features, into);
  }

  #answer(asProbabilities: boolean, features: Float32Array, into?: Float32Array): Float32Array {
    const rows = this.#rowsOf(features), { classes } = this.#info;
    const answers = withRoom(into ?? new Float32Array(rows * classes), rows * classes);
    for (let row = 0; row < rows; row += Model.#mostRows) {
      const count = Math.min(rows - row, Model.#mostRows);
      const output = this.#compute(asProbabilities, features, row, count), heap = this.native.HEAPF32;
      if (rows === 1) for (let c = 0; c < classes; ++c) answers[c] = heap[output + c]!;
      else answers.set(heap.subarray(output, output + count * classes), row * classes);
    }
    return answers;
  }

  #rowsOf(features: Float32Array): number {
    if (!(features instanceof Float32Array))
      throw new DistilleryError('invalid_data', 'The rows to answer must be a Float32Array.');
    const rows = features.length / this.#info.inputs;
    if (Number.isInteger(rows)) return rows;
    throw new DistilleryError('shape_mismatch',
      `${features.length} numbers are no whole rows: the network has ${this.#info.inputs} inputs.`);
  }

  /** Answers on `count` rows from number `row` on. They lie in HEAPF32 from the number given back on, until the next call. */
  #compute(asProbabilities: boolean, features: Float32Array, row: number, count: number): number {
    const { handle, native } = this, { inputs } = this.#info;
    if (count > this.#buffers.rows) this.#reserve(count);
    const input = this.#buffers.input / 4, heap = native.HEAPF32;
    // To make a view takes as long as a small network's answer.
    if (count === 1) for (let i = 0, from = row * inputs; i < inputs; ++i) heap[input + i] = features[from + i]!;
    else if (features.length === count * inputs) heap.set(features, input);
    else heap.set(features.subarray(row * inputs, (row + count) * inputs), input);
    if (!native._answer(handle, count, +asProbabilities)) checked(native, null);
    return this.#buffers.output / 4;
  }

  #reserve(rows: number): void {
    this.#buffers = { rows, ...checked(this.native, this.native.reserve(this.handle, rows)) };
  }
}

function withRoom<T extends Float32Array | Int32Array>(into: T, length: number): T {
  if (into.length === length) return into;
  throw new DistilleryError('shape_mismatch', `into has room for ${into.length} numbers; the answers are ${length}.`);
}

/** Index of the largest of `classes` numbers, the first of equals. */
function likeliest(numbers: Float32Array, first: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; ++c) if (numbers[first + c]! > numbers[first + best]!) best = c;
  return best;
}

/** Trains one network. You own the loop, so pause, progress and checkpoints are yours. */
export class Trainer extends Owner {
  get finished(): boolean {
    return this.info<{ finished: boolean }>().finished;
  }
  /** The rest of the current epoch. */
  runEpoch(): EpochStats {
    const mostRows = 2 ** 32 - 1;
    checked(this.native, this.native.advance(this.handle, mostRows));
    return this.#stats();
  }
  /** A slice: at least `rows` rows, or what is left of the epoch; its figures when it has ended. */
  advance(rows: number): EpochStats | undefined {
    return checked(this.native, this.native.advance(this.handle, rows)) ? this.#stats() : undefined;
  }
  /** All that is needed to go on. */
  checkpoint(): Uint8Array {
    return checked(this.native, this.native.save(this.handle));
  }
  /** The network as it is now; after divergence as it was at the end of the last good epoch. */
  model(): Model {
    return new Model(this.native, checked(this.native, this.native.trainedModel(this.handle)));
  }

  #stats(): EpochStats {
    const { epoch, loss, accuracy } = this.info<EpochStats>();
    return { epoch, loss, accuracy };
  }
}
