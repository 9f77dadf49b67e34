import { batch } from '@preact/signals';
import type { Plan, Report, RunEvent, Table } from 'distillery';
import { findSet } from './data/sets.ts';
import { fetchSet, lastRows } from './data/load.ts';
import { openPanel, type Panel } from './asking.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { kept, newId, type Origin } from './state/kept.ts';
import {
  activeTime, apply, begin, fail, isOver, pause, resume, stop, withMargin, type Before, type RunData, type RunState,
} from './state/run.ts';
import { decided, rowsOf } from './state/answers.ts';
import { plainText } from './state/own.ts';
import { agreement, gridPoints, meanLogOdds, windowAround } from './state/planes.ts';
import { count, spent } from './state/format.ts';
import { isFileTable } from './state/take.ts';
import { madeRows, splitOf, toPlan, type DataChoice, type Settings } from './state/settings.ts';
import type { Store } from './state/store.ts';
import { asText, evidence, headline, timeLeft } from './state/words.ts';
import { measureLatency } from './latency.ts';
import { claim, type Storage } from './storage.ts';

/** The part of the package that the page uses, so that this file can be tested without it. */
export type Engine = Pick<typeof import('distillery'), 'loadPlanner' | 'distil' | 'predict' | 'readCsv' | 'fillSchema'>;
export type Library = Awaited<ReturnType<Engine['loadPlanner']>>;
type Run = ReturnType<Engine['distil']>;

export interface Actions {
  load(): Promise<void>;
  /** The engine, loaded once. */
  library(): Promise<Library>;
  start(): Promise<void>;
  togglePause(): void;
  stop(): void;
  setMargin(margin: number): void;
  /** Reads the list of earlier runs anew. */
  listRuns(): Promise<void>;
  /** Goes on with an earlier run, or shows it again. */
  openRun(id: string): Promise<void>;
  removeRun(id: string): Promise<void>;
  /** Writes the run at hand to the storage now. */
  keep(): Promise<void>;
  /** The recommended student's model file; null as long as there is none. */
  takeStudent(): Uint8Array | null;
  /** What a finished run has to be asked; null as long as there is none. */
  finished(): Finished | null;
  /** All its networks, to be asked about single rows, and to be closed. */
  openPanel(): Promise<Panel | null>;
}

/** A finished run: its networks are there, and stay the same. */
export interface Finished {
  report: Report;
  table: Table;
  model: Run['model'];
  testRows: Run['testRows'];
}

/** The run at hand: its parts come one after the other. */
interface AtWork { run: Run | null; abort: AbortController; table: Table | null; keeper: Keeper | null; release: (() => void) | null }

interface Setup {
  mine: number;
  origin: Origin;
  data: RunData;
  plan: Plan;
  settings: Settings;
  table: (signal: AbortSignal) => Promise<Table>;
  release: (() => void) | null;
  /** Of a run that goes on. */
  before?: Before & { saved: Uint8Array; finished: boolean };
}

const drawEvery = 100, speakEvery = 10_000;

export function createActions(store: Store, engine: Engine, storage: Storage, calm: () => boolean): Actions {
  let library: Promise<Library> | null = null;
  let current: AtWork | null = null;
  /** Counts the starts: what an older run still sends is not shown. */
  let generation = 0;

  /** What `distil` and `predict` load too, so it comes once. */
  function load(): Promise<Library> {
    library ??= engine.loadPlanner().then((loaded) => {
      store.version.value = loaded.version;
      return loaded;
    });
    library.catch(() => { library = null; });   // so that another Start can try again
    return library;
  }

  async function tableOf(choice: DataChoice, signal: AbortSignal): Promise<Table> {
    const set = findSet(choice.set);
    if (set.kind === 'own') {
      const table = store.ownTable.value;
      if (!table) throw new Error('The file is not here: choose it again.');
      return table;
    }
    if (set.kind === 'shipped') return engine.readCsv(await fetchSet(set.file, signal));
    const made = madeRows(choice);
    if (!made) throw new Error('The settings of the data are not complete.');
    const { shape, ...options } = made;
    return (await load()).generate(shape, options);
  }

  async function start(): Promise<void> {
    store.fault.value = null;
    const choice = store.choice.value, settings = store.settings.value, understood = store.understood.value.value;
    if (!understood || !store.complete.value) return;
    const plan = toPlan(store.defaults, understood, store.margin.value, splitOf(store.defaults.split, choice));
    const began = Date.now(), origin = { id: newId(began), began, choice };
    drop();
    const mine = ++generation;
    const release = await claim(origin.id);
    if (mine !== generation) return release?.();
    await conduct({ mine, origin, data: describe(choice, store), plan, settings, table: (signal) => tableOf(choice, signal), release });
  }

  async function openRun(id: string): Promise<void> {
    store.fault.value = null;
    if (store.locked.value && store.run.value?.phase !== 'paused') return;
    let release: (() => void) | null = null;
    try {
      if (id === store.runId.value && store.atHand.value) {
        store.choosing.value = false;
        return;
      }
      if (store.run.value?.phase === 'paused') {
        await current?.keeper?.write();
        if (store.unkept.value) throw new Error('The paused run could not be kept: opening another would lose it. Stop it first.');
      }
      if (id === store.runId.value) drop();   // a stopped one: its lock is this tab's
      release = await claim(id);
      if (!release) throw new Error('This run is open in another tab.');
      const found = await storage.open(id);
      if (!found) throw new Error('This run cannot be opened: its data is gone.');
      const { run, saved, table } = found;
      drop();
      store.take(run.choice, run.settings, run.plan.margin);
      await conduct({
        mine: ++generation, origin: run, data: run.data, plan: run.plan, settings: run.settings, table: () => Promise.resolve(table), release,
        before: { saved, active: run.active, curves: run.curves, marginChangedLate: run.marginChangedLate, finished: run.phase === 'finished' },
      });
    } catch (error) {
      release?.();
      store.fault.value = sentence(error);
    }
  }

  /** A run from its first row or from where it was, to its end, whatever that is. */
  async function conduct({ mine, origin, data, plan, settings, table: read, before, release }: Setup): Promise<void> {
    const shown = (next: RunState) => { if (mine === generation) store.run.value = next; };
    const speak = speaker(store);
    let state = begin(data, plan, settings, before);
    batch(() => {
      store.run.value = state;
      store.runId.value = origin.id;
      store.unkept.value = null;
      store.choosing.value = false;
      store.selected.value = null;
      store.latency.value = null;
      store.planes.value = null;
      store.answers.value = null;
      store.taking.value = { ...store.taking.value, size: null };
      store.taken.value = null;
    });
    const abort = new AbortController();
    current = { run: null, abort, table: null, keeper: null, release };
    try {
      const table = await read(abort.signal);
      if (mine !== generation || abort.signal.aborted) return;
      state = { ...state, plan, data: { ...state.data, rows: table.labels.length, columns: table.columns, classes: table.classNames.length } };
      const { module } = await load();
      if (mine !== generation || abort.signal.aborted) return;
      const run = engine.distil(table, plan, { signal: abort.signal, wasm: module, ...(before && { resume: before.saved }) });
      const keeper = createKeeper(storage, {
        save: () => run.save(), table, tableKept: before !== undefined,
        describe(bytes) {
          const seen = store.run.value;
          if (mine !== generation || !seen) return null;
          const whole = isOver(seen) ? seen : { ...state, phase: seen.phase };
          return kept(whole, origin, activeTime(seen, performance.now()), Date.now(), bytes);
        },
        said(problem) {
          if (mine !== generation) return;
          store.unkept.value = problem === null ? null : whyUnkept(problem);
          void listRuns();
        },
      }, performance.now());
      current = { run, abort, table, keeper, release };

      // Events are folded at once and drawn a few times a second, hidden tab or not.
      let waiting = false;
      const draw = () => {
        if (waiting) return;
        waiting = true;
        setTimeout(() => {
          waiting = false;
          const seen = store.run.value;
          if (mine !== generation || !seen || isOver(seen)) return;
          // Pause and Stop act on what is shown: its word on phase and clock counts.
          store.run.value = { ...state, phase: seen.phase, clock: seen.clock };
          speak(state);
        }, calm() ? 1000 : drawEvery);
      };
      for await (const event of run as AsyncIterable<RunEvent>) {
        if (mine !== generation) return;
        const now = performance.now();
        const visible = store.run.value;
        // Time passes for the run only while it is not paused.
        if (visible && state.phase !== 'preparing') state = { ...state, phase: visible.phase === 'paused' ? 'paused' : 'running', clock: visible.clock };
        state = apply(state, event, now);
        if (event.type === 'finished' && before?.finished) state = { ...state, clock: { runningSince: null, before: before.active } };
        if (event.type === 'started' || event.type === 'finished') shown(state);
        else draw();
        if (event.type !== 'finished') keeper.tick(now);
      }
      await run.report;   // the loop ends whatever happens; this says what did
    } catch (error) {
      if (mine !== generation) return;
      const now = performance.now();
      if (abort.signal.aborted || isCode(error, 'aborted')) {
        if (store.run.value?.phase !== 'stopped') shown(stop(state, now));
      } else {
        shown(fail(state, sentence(error), now));
      }
      return;
    }
    if (mine === generation && state.phase === 'finished') {
      store.spoken.value = `${asText(headline(state))} ${evidence(state)?.measured ?? ''}`;
      if (!before?.finished) void current?.keeper?.write();
      await afterwards(mine);
    }
  }

  async function listRuns(): Promise<void> {
    try {
      store.earlier.value = await storage.list();
    } catch {
      store.earlier.value = [];   // whoever wants to keep a run hears why it cannot be
    }
  }

  async function removeRun(id: string): Promise<void> {
    try {
      if (id === store.runId.value) current?.keeper?.end();
      else {
        const release = await claim(id);
        if (!release) throw new Error('This run is open in another tab.');
        release();
      }
      await storage.remove(id);
    } catch (error) {
      store.fault.value = sentence(error);
    }
    await listRuns();
  }

  /** A table without gaps: with what the run has put into them, which its schema then says, too. */
  function whole(table: Table, run: Run): Table {
    if (!table.imputation) return table;
    const fills = run.fills();
    const features = table.features.map((value, i) => (Number.isNaN(value) ? fills[i % table.columns]! : value));
    return { ...table, features, ...(isFileTable(table) && { schema: engine.fillSchema(table.schema, fills) }) };
  }

  /** Times and maps, once the workers are idle. */
  async function afterwards(mine: number): Promise<void> {
    const report = store.run.value?.report;
    if (!report || !current?.run || !current.table || report.choice.size < 0) return;
    const { size, seed } = report.choice, { run } = current, table = whole(current.table, run);
    try {
      const loaded = await load();
      const teachers = report.teachers.flatMap((teacher, i) => (teacher.state === 'done' ? [run.model('teacher', i)] : []));
      const student = run.model('student', size, seed), baseline = run.model('baseline', size, seed);
      await askTestRows(mine, teachers, student, baseline, size, table, run.testRows(), store.run.value!.plan);
      if (table.columns === 2 && table.classNames.length === 2) {
        await drawPlanes(mine, teachers, student, baseline, size, table, store.run.value!.plan);
      }
      if (mine !== generation) return;
      const times = await measureLatency(loaded, teachers, student, table, () => mine !== generation);
      if (times && wanted(mine, size)) {
        store.latency.value = { ...times, parameters: report.sizes[size]!.parameters };
      }
    } catch (error) {
      if (mine === generation) store.fault.value = sentence(error);
    }
  }

  /** Whether what was asked of this student is still wanted. */
  const wanted = (mine: number, size: number): boolean => mine === generation && store.run.value?.report?.choice.size === size;

  async function askTestRows(
    mine: number, teachers: Uint8Array[], student: Uint8Array, baseline: Uint8Array, size: number, table: Table, rows: Uint32Array, plan: Plan,
  ): Promise<void> {
    if (rows.length === 0) return;
    const loaded = await load(), classes = table.classNames.length;
    const features = rowsOf(table.features, table.columns, rows), labels = Int32Array.from(rows, (row) => table.labels[row]!);
    const logits = await engine.predict([...teachers, student, baseline], features, { wasm: loaded.module });
    if (!wanted(mine, size)) return;
    const of = { ensemble: loaded.combine(logits.slice(0, teachers.length), classes), student: logits.at(-2)!, baseline: logits.at(-1)! };
    const said = (one: Float32Array) => decided(loaded.softmax(one, classes), classes);
    const reliability = (one: Float32Array) => loaded.reliability(one, labels, classes, { confidence: plan.confidence });
    store.answers.value = {
      rows, labels, features, columns: table.columns, classNames: table.classNames, size,
      said: { ensemble: said(of.ensemble), student: said(of.student), baseline: said(of.baseline) },
      reliability: { ensemble: reliability(of.ensemble), student: reliability(of.student), baseline: reliability(of.baseline) },
    };
  }

  async function drawPlanes(
    mine: number, teachers: Uint8Array[], student: Uint8Array, baseline: Uint8Array, size: number, table: Table, plan: Plan,
  ): Promise<void> {
    const window = windowAround(table.features);
    for (const side of [101, 201]) {
      const began = performance.now();
      const logits = await engine.predict([...teachers, student, baseline], gridPoints(window, side), { wasm: (await load()).module });
      if (!wanted(mine, size)) return;
      const ofEnsemble = meanLogOdds(logits.slice(0, teachers.length));
      const ofStudent = meanLogOdds(logits.slice(teachers.length, teachers.length + 1));
      const ofBaseline = meanLogOdds(logits.slice(teachers.length + 1));
      store.planes.value = {
        side, window, ensemble: ofEnsemble, student: ofStudent, baseline: ofBaseline, size, classNames: table.classNames.map((name) => plainText(name)),
        agreement: { student: agreement(ofStudent, ofEnsemble), baseline: agreement(ofBaseline, ofEnsemble) },
        rows: lastRows(table, table.labels.length - plan.split.officialTestRows),
      };
      if (performance.now() - began > 800) return;   // fine enough for a slow machine
    }
  }

  /** Lets go of the run before, so that its workers and memory are free for the next. */
  function drop(): void {
    current?.abort.abort();
    current?.keeper?.end();
    current?.run?.dispose();
    current?.release?.();
    current = null;
  }

  return {
    async load() {
      try {
        await load();
      } catch (error) {
        store.fault.value = sentence(error);
      }
    },
    library: load,
    start,
    togglePause() {
      const state = store.run.value;
      if (!state || !current?.run) return;
      const now = performance.now();
      if (state.phase === 'running') {
        current.run.pause();
        store.run.value = pause(state, now);
        store.spoken.value = 'Paused.';
        void current.keeper?.write();
      } else if (state.phase === 'paused') {
        current.run.resume();
        store.run.value = resume(state, now);
        store.spoken.value = 'Going on.';
      }
    },
    stop() {
      const state = store.run.value;
      if (!state || isOver(state)) return;
      const now = performance.now();
      const stopped = stop(state, now);
      store.run.value = stopped;
      store.spoken.value = `${asText(headline(stopped))} ${spent(activeTime(stopped, now) / 1000)}.`;
      current?.keeper?.end();
      current?.abort.abort();
      if (store.runId.value) void storage.note(store.runId.value, { phase: 'stopped' }).then(listRuns, () => {});
    },
    setMargin(margin) {
      store.margin.value = margin;
      const state = store.run.value;
      if (!state || state.phase !== 'finished' || !current?.run) return;
      const before = state.report?.choice;
      const next = withMargin(state, margin, current.run.setMargin(margin));
      batch(() => {
        store.run.value = next;
        store.selected.value = null;
        store.spoken.value = asText(headline(next));
      });
      void current.keeper?.write();
      const after = next.report?.choice;
      if (before?.size !== after?.size || before?.seed !== after?.seed) {
        store.latency.value = null;
        store.planes.value = null;
        store.answers.value = null;
        store.taken.value = null;   // of another size it may have been another student
        void afterwards(generation);
      }
    },
    listRuns,
    openRun,
    removeRun,
    keep: async () => { if (store.run.value?.phase === 'running') await current?.keeper?.write(); },
    takeStudent: () => (store.run.value?.phase === 'finished' && current?.run ? current.run.chosen() : null),
    finished() {
      const state = store.run.value;
      if (state?.phase !== 'finished' || !state.report || state.report.choice.size < 0 || !current?.run || !current.table) return null;
      const { run } = current, table = whole(current.table, run);
      return { report: state.report, table, model: (...network) => run.model(...network), testRows: () => run.testRows() };
    },
    async openPanel() {
      const library = await load(), finished = this.finished();
      return finished && openPanel(library, finished);
    },
  };
}

function describe(choice: DataChoice, { own, ownTable, shape }: Store): RunData {
  const set = findSet(choice.set);
  if (set.kind === 'own') {
    return { setId: set.id, name: own.value?.name ?? set.name, rows: ownTable.value?.labels.length ?? 0, ...shape.value, made: null };
  }
  const made = madeRows(choice);
  if (made) {
    const names = { moons: 'Moons', circles: 'Circles', spirals: 'Spirals' };
    return {
      setId: set.id, name: names[made.shape], rows: made.rows, columns: set.columns, classes: set.classes,
      made: `made here: ${count(made.rows)} rows, noise ${made.noise}`,
    };
  }
  return { setId: set.id, name: set.name, rows: set.rows, columns: set.columns, classes: set.classes, made: null };
}

/** Progress is told politely and seldom. */
function speaker(store: Store): (state: RunState) => void {
  let last = performance.now();
  return (state) => {
    const now = performance.now();
    if (now - last < speakEvery || state.phase !== 'running') return;
    last = now;
    store.spoken.value = `${asText(headline(state))} ${timeLeft(state)}.`;
  };
}

const isCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;

function whyUnkept(problem: unknown): string {
  const full = problem instanceof DOMException && problem.name === 'QuotaExceededError';
  const why = full ? 'This browser has no room left for it; deleting earlier runs makes some.' : sentence(problem);
  return `This run is not kept. ${why} It is safe as long as this tab stays open.`;
}

export function sentence(error: unknown): string {
  const text = error instanceof Error && error.message ? error.message : 'Something went wrong.';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
