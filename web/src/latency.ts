import type { Distillery, Model, Table } from 'distillery';

type Loader = Pick<Distillery, 'loadModel'>;
type Network = Pick<Model, 'predictProba' | 'dispose'>;

/** Milliseconds, short enough that the page answers in between. */
export const slice = 8;
const slices = 24;
/** Where many networks are measured, one after the other. */
export const quickSlices = 9;

const rest = () => new Promise<void>((done) => { setTimeout(done, 0); });

/** Median seconds per row over short slices, so that neither a warming engine nor a busy machine decides. */
export async function timeOf(networks: readonly Network[], table: Table, givenUp: () => boolean, times = slices): Promise<number | null> {
  const rows = Math.min(table.labels.length, 256);
  const row = Array.from({ length: rows }, (_, i) => table.features.slice(i * table.columns, (i + 1) * table.columns));
  const out = new Float32Array(table.classNames.length);
  const measured: number[] = [];
  let next = 0;
  for (let i = 0; i < times; i++) {
    await rest();
    if (givenUp()) return null;
    const began = performance.now();
    let calls = 0, passed = 0;
    do {
      // Clocks in browsers are coarse: many rows per reading.
      for (let k = 0; k < 16; k++) {
        for (const network of networks) network.predictProba(row[next]!, out);
        next = (next + 1) % rows;
      }
      calls += 16;
      passed = performance.now() - began;
    } while (passed < slice);
    measured.push(passed / calls / 1000);
  }
  return measured.sort((a, b) => a - b)[measured.length >> 1]!;
}

/** Seconds per row, one row at a time, of the student and of all teachers together, here and now. */
export async function measureLatency(
  loader: Loader, teachers: readonly Uint8Array[], student: Uint8Array, table: Table, givenUp: () => boolean,
): Promise<{ student: number; ensemble: number } | null> {
  const networks: Network[] = [];
  try {
    const one = loader.loadModel(student);
    networks.push(one);
    const many = teachers.map((bytes) => {
      const network = loader.loadModel(bytes);
      networks.push(network);
      return network;
    });
    const ofStudent = await timeOf([one], table, givenUp);
    const ofEnsemble = ofStudent === null ? null : await timeOf(many, table, givenUp);
    return ofStudent === null || ofEnsemble === null ? null : { student: ofStudent, ensemble: ofEnsemble };
  } finally {
    for (const network of networks) network.dispose();
  }
}
