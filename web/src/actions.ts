import { batch } from '@preact/signals';
import type { Plan, RunEvent, Table } from 'distillery';
import { findSet } from './data/sets.ts';
import { fetchSet, lastRows } from './data/load.ts';
import { activeTime, apply, begin, fail, isOver, pause, resume, stop, withMargin, type RunData, type RunState } from './state/run.ts';
import { plainText } from './state/own.ts';
import { agreement, gridPoints, meanLogOdds, windowAround } from './state/planes.ts';
import { count, spent } from './state/format.ts';
import { madeRows, splitOf, toPlan, type DataChoice } from './state/settings.ts';
import type { Store } from './state/store.ts';
import { asText, evidence, headline, timeLeft } from './state/words.ts';
import { measureLatency } from './latency.ts';

/** The part of the package that the page uses, so that this file can be tested without it. */
export type Engine = Pick<typeof import('distillery'), 'loadPlanner' | 'distil' | 'predict' | 'readCsv'>;
type Library = Awaited<ReturnType<Engine['loadPlanner']>>;
type Run = ReturnType<Engine['distil']>;

export interface Actions {
  load(): Promise<void>;
  start(): Promise<void>;
  togglePause(): void;
  stop(): void;
  setMargin(margin: number): void;
  /** The recommended student's model file; null as long as there is none. */
  takeStudent(): Uint8Array | null;
}

const drawEvery = 100, speakEvery = 10_000;

export function createActions(store: Store, engine: Engine, calm: () => boolean): Actions {
  let library: Promise<Library> | null = null;
  let current: { run: Run; abort: AbortController; table: Table } | null = null;
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
      if (!store.ownTable.value) throw new Error('The file is not here: choose it again.');
      return store.ownTable.value;
    }
    if (set.kind === 'shipped') return engine.readCsv(await fetchSet(set.file, signal));
    const made = madeRows(choice);
    if (!made) throw new Error('The settings of the data are not complete.');
    const { shape, ...options } = made;
    return (await load()).generate(shape, options);
  }

  async function start(): Promise<void> {
    store.fault.value = null;
    const mine = ++generation;
    const shown = (state: RunState) => { if (mine === generation) store.run.value = state; };
    const speak = speaker(store);
    let state: RunState | null = null;
    try {
      const choice = store.choice.value, settings = store.settings.value, understood = store.understood.value.value;
      if (!understood || !store.complete.value) return;
      const plan = toPlan(store.defaults, understood, store.margin.value, splitOf(store.defaults.split, choice));
      drop();
      state = begin(describe(choice, store), plan, settings);
      batch(() => {
        store.run.value = state;
        store.choosing.value = false;
        store.selected.value = null;
        store.latency.value = null;
        store.planes.value = null;
      });
      const abort = new AbortController();
      current = { run: null as unknown as Run, abort, table: null as unknown as Table };
      const table = await tableOf(choice, abort.signal);
      if (mine !== generation || abort.signal.aborted) return;
      state = { ...state, data: { ...state.data, rows: table.labels.length, columns: table.columns, classes: table.classNames.length } };
      const { module } = await load();
      if (mine !== generation || abort.signal.aborted) return;
      const run = engine.distil(table, plan, { signal: abort.signal, wasm: module });
      current = { run, abort, table };

      // Events are folded at once and drawn a few times a second, hidden tab or not.
      let waiting = false;
      const draw = () => {
        if (waiting) return;
        waiting = true;
        setTimeout(() => {
          waiting = false;
          const seen = store.run.value;
          if (!state || mine !== generation || !seen || isOver(seen)) return;
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
        if (event.type === 'started' || event.type === 'finished') shown(state);
        else draw();
      }
      await run.report;   // the loop ends whatever happens; this says what did
    } catch (error) {
      if (mine !== generation) return;
      const now = performance.now();
      if (current?.abort.signal.aborted || isCode(error, 'aborted')) {
        if (state && store.run.value?.phase !== 'stopped') shown(stop(state, now));
      } else if (state) {
        shown(fail(state, sentence(error), now));
      } else {
        store.fault.value = sentence(error);
      }
      return;
    }
    if (mine === generation && state?.phase === 'finished') {
      store.spoken.value = `${asText(headline(state))} ${evidence(state)?.measured ?? ''}`;
      await afterwards(mine);
    }
  }

  /** Times and maps, once the workers are idle. */
  async function afterwards(mine: number): Promise<void> {
    const report = store.run.value?.report, at = current;
    if (!report || !at || report.choice.size < 0) return;
    const { size, seed } = report.choice;
    try {
      const loaded = await load();
      const teachers = report.teachers.flatMap((teacher, i) => (teacher.state === 'done' ? [at.run.model('teacher', i)] : []));
      const student = at.run.model('student', size, seed);
      if (at.table.columns === 2 && at.table.classNames.length === 2) {
        await drawPlanes(mine, teachers, student, at.run.model('baseline', size, seed), size, at.table, store.run.value!.plan);
      }
      if (mine !== generation) return;
      const times = await measureLatency(loaded, teachers, student, at.table, () => mine !== generation);
      if (times && mine === generation && store.run.value?.report?.choice.size === size) {
        store.latency.value = { ...times, parameters: report.sizes[size]!.parameters };
      }
    } catch (error) {
      if (mine === generation) store.fault.value = sentence(error);
    }
  }

  async function drawPlanes(
    mine: number, teachers: Uint8Array[], student: Uint8Array, baseline: Uint8Array, size: number, table: Table, plan: Plan,
  ): Promise<void> {
    const window = windowAround(table.features);
    for (const side of [101, 201]) {
      const began = performance.now();
      const logits = await engine.predict([...teachers, student, baseline], gridPoints(window, side), { wasm: (await load()).module });
      if (mine !== generation || store.run.value?.report?.choice.size !== size) return;
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
    current?.run?.dispose();
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
    start,
    togglePause() {
      const state = store.run.value;
      if (!state || !current?.run) return;
      const now = performance.now();
      if (state.phase === 'running') {
        current.run.pause();
        store.run.value = pause(state, now);
        store.spoken.value = 'Paused.';
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
      current?.abort.abort();
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
      const after = next.report?.choice;
      if (before?.size !== after?.size || before?.seed !== after?.seed) {
        store.latency.value = null;
        store.planes.value = null;
        void afterwards(generation);
      }
    },
    takeStudent: () => (store.run.value?.phase === 'finished' && current?.run ? current.run.chosen() : null),
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

function sentence(error: unknown): string {
  const text = error instanceof Error && error.message ? error.message : 'Something went wrong.';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
