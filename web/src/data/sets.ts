/** The data on offer. Rows, columns and classes are facts of the shipped files, printed before any is fetched. */

export type ShapeName = 'moons' | 'circles' | 'spirals';

/** Generated rows, to the number. */
export interface MadeRows { shape: ShapeName; rows: number; noise: number; seed: number }

/** What a set needs otherwise than the defaults. */
export interface Usual {
  teachers?: number;
  teacherShape?: readonly number[];
  teacherEpochs?: number;
  dropout?: readonly number[];
  sizes?: readonly (readonly number[])[];
  seeds?: number;
  studentEpochs?: number;
  /** Share of the rows that are not test rows. */
  validation?: number;
}

export interface SetFacts {
  id: string;
  name: string;
  rows: number;
  columns: number;
  classes: number;
  /** What it is good for, in a few words. */
  note: string;
  usual?: Usual;
}

export interface ShippedSet extends SetFacts {
  kind: 'shipped';
  file: string;
  /** The last so many rows are the test rows, as the donors say; 0: drawn by seed. */
  officialTestRows: number;
  citation?: { text: string; doi: string };
}

export interface MadeSet extends SetFacts { kind: 'made' }

/** Made rows that nobody has to choose: the first minute. */
export interface PresetSet extends SetFacts { kind: 'preset'; made: MadeRows; testRows: number }

/** A file of the reader's own. What is in it is known once it has been read, and stands in the store. */
export interface OwnSet extends SetFacts { kind: 'own' }

export type DataSet = ShippedSet | MadeSet | PresetSet | OwnSet;

export const ownSet: OwnSet = { kind: 'own', id: 'own', name: 'Your own file', rows: 0, columns: 1, classes: 2, note: '' };

export const sets: readonly DataSet[] = [
  {
    // Rows are free here, so most of them choose and test: then few networks and a minute's patience give a sure answer.
    kind: 'preset', id: 'quick', name: 'Two spirals', rows: 16_000, columns: 2, classes: 2,
    note: 'the quickest answer', made: { shape: 'spirals', rows: 16_000, noise: 0.06, seed: 1 }, testRows: 8000,
    usual: {
      teachers: 4, teacherEpochs: 30, dropout: [], sizes: [[4], [8, 4], [16, 8], [24, 12], [32, 16]], seeds: 3, studentEpochs: 50,
      validation: 0.5,
    },
  },
  {
    kind: 'shipped', id: 'tutorial', name: 'Tutorial data', rows: 5000, columns: 20, classes: 2,
    note: 'the published experiment', file: 'tutorial.csv.gz', officialTestRows: 1000,
  },
  {
    kind: 'shipped', id: 'letter', name: 'Letters', rows: 20000, columns: 16, classes: 26,
    note: 'the widest gap to close', file: 'letter.csv.gz', officialTestRows: 4000,
    usual: { seeds: 3 },   // with all five it takes minutes
    citation: {
      text: 'Slate, D. (1991). Letter Recognition [Dataset]. UCI Machine Learning Repository.',
      doi: 'https://doi.org/10.24432/C5ZP40',
    },
  },
  {
    kind: 'shipped', id: 'satellite', name: 'Satellite soils', rows: 6435, columns: 36, classes: 6,
    note: 'soils seen from space', file: 'satellite.csv.gz', officialTestRows: 2000,
    citation: {
      text: 'Srinivasan, A. (1993). Statlog (Landsat Satellite) [Dataset]. UCI Machine Learning Repository.',
      doi: 'https://doi.org/10.24432/C55887',
    },
  },
  {
    kind: 'shipped', id: 'magic', name: 'Gamma rays', rows: 19020, columns: 10, classes: 2,
    note: 'the most rows', file: 'magic.csv.gz', officialTestRows: 0,
    usual: { seeds: 3 },
    citation: {
      text: 'Bock, R. (2004). MAGIC Gamma Telescope [Dataset]. UCI Machine Learning Repository.',
      doi: 'https://doi.org/10.24432/C52C8B',
    },
  },
  {
    kind: 'shipped', id: 'digits', name: 'Handwritten digits', rows: 1797, columns: 64, classes: 10,
    note: '8 by 8 pixels a row', file: 'digits.csv.gz', officialTestRows: 0,
    citation: {
      text: 'Alpaydin, E., Kaynak, C. (1998). Optical Recognition of Handwritten Digits [Dataset]. ' +
        'UCI Machine Learning Repository.',
      doi: 'https://doi.org/10.24432/C50P49',
    },
  },
  {
    kind: 'made', id: 'shapes', name: 'Two moons, circles, spirals', rows: 2000, columns: 2, classes: 2,
    note: 'see the boundaries',
    // Two inputs carry too little to drop units, and curved boundaries take longer than the tutorial's.
    usual: { dropout: [], teacherEpochs: 60, studentEpochs: 100 },
  },
];

export const findSet = (id: string): DataSet => [...sets, ownSet].find((set) => set.id === id) ?? sets[0]!;

/** The last fifth of made rows are test rows: classes alternate and rows are drawn apart, so any part is like any other. */
export const madeTestRows = (rows: number): number => Math.max(1, Math.round(rows / 5));
