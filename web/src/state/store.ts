import { batch, computed, signal } from '@preact/signals';
import type { Plan } from 'distillery';
import { findSet } from '../data/sets.ts';
import type { Answers } from './answers.ts';
import { beginHistory, type History, type Snapshot } from './history.ts';
import type { KeptRun } from './kept.ts';
import { ownTable as tableOf, type OwnFile } from './own.ts';
import type { Planes } from './planes.ts';
import type { RunState } from './run.ts';
import {
  firstChoice, fromPlan, understand, understandData, type DataChoice, type SettingName, type Settings,
} from './settings.ts';
import { firstTaking, type TakenFiles, type Taking } from './take.ts';
import { tradeOff, type TradeOff } from './tradeoff.ts';

export type Theme = 'system' | 'light' | 'dark';

/** Seconds per row on this machine's main thread. */
export interface Latency { student: number; ensemble: number; parameters: number }

/** Everything the page shows, as signals. No DOM in here and nothing of the package but its words. */
export function createStore(defaults: Plan) {
  const theme = signal<Theme>('system');
  const version = signal('');
  const cores = signal(1);
  const choice = signal<DataChoice>(firstChoice);
  /** Only what was typed; everything else is the default of the chosen data. */
  const edited = signal<Partial<Settings>>({});
  const margin = signal(defaults.margin);
  const snapshot = computed<Snapshot>(() => ({ choice: choice.value, edited: edited.value, margin: margin.value }));
  const history = signal<History>(beginHistory(snapshot.value));
  /** The reader's own file, since it was chosen. */
  const own = signal<OwnFile | null>(null);
  const run = signal<RunState | null>(null);
  /** The name under which the run at hand is kept. */
  const runId = signal<string | null>(null);
  const earlier = signal<readonly KeptRun[]>([]);
  /** Ids of earlier runs that are to be compared. */
  const compared = signal<readonly string[]>([]);
  /** Why the run at hand is not kept, where it is not. */
  const unkept = signal<string | null>(null);
  /** The reader is choosing data while an old result exists. */
  const choosing = signal(false);
  const latency = signal<Latency | null>(null);
  const planes = signal<Planes | null>(null);
  const answers = signal<Answers | null>(null);
  const taking = signal<Taking>(firstTaking);
  /** The files of what is being taken, once they are made. */
  const taken = signal<TakenFiles | null>(null);
  /** A size that the reader looks at; null: the recommended one. */
  const selected = signal<number | null>(null);
  /** Which colours are on the screen: drawings on canvases depend on it. */
  const dark = signal(false);
  const fault = signal<string | null>(null);
  /** What the reader should know, though nothing is wrong. */
  const notices = signal<readonly string[]>([]);
  /** What assistive technology is told. */
  const spoken = signal('');

  const settings = computed<Settings>(() => ({ ...fromPlan(defaults, choice.value.set), ...edited.value }));
  /** The own file's rows, once they can be trained on. */
  const ownTable = computed(() => tableOf(own.value));
  /** How wide the networks are at their ends. */
  const shape = computed((): { columns: number; classes: number } => {
    const { kind, columns, classes } = findSet(choice.value.set), table = ownTable.value;
    return kind === 'own' && table ? { columns: table.columns, classes: table.classNames.length } : { columns, classes };
  });
  const understood = computed(() => {
    const { columns, classes } = shape.value;
    return understand(settings.value, columns, classes);
  });
  const made = computed(() => understandData(choice.value));
  /** Whether the chosen data is there, or can be had. */
  const dataIsReady = computed(() => {
    const { kind } = findSet(choice.value.set);
    return kind === 'made' ? made.value.value !== null : kind !== 'own' || ownTable.value !== null;
  });
  /** Whether a run could start: everything typed is understood. */
  const complete = computed(() => understood.value.value !== null && dataIsReady.value);
  /** Drawn anew only when something in it changes, not at every epoch. */
  let drawn: { from: RunState; data: TradeOff | null } | null = null;
  const chart = computed(() => {
    const now = run.value;
    if (!now) return null;
    const before = drawn?.from;
    const same = before && before.report === now.report && before.latest === now.latest && before.phase === now.phase && before.plan === now.plan;
    if (!same || !drawn) drawn = { from: now, data: tradeOff(now) };
    return drawn.data;
  });
  const locked = computed(() => {
    const phase = run.value?.phase;
    return phase === 'preparing' || phase === 'running' || phase === 'paused';
  });
  /** Whether there is a run that goes on or is finished: one that was stopped or failed can only be begun again. */
  const atHand = computed(() => run.value !== null && run.value.phase !== 'stopped' && run.value.phase !== 'failed');
  /** Other settings as a whole, from a link or an earlier run. */
  function take(data: DataChoice, settings: Partial<Settings>, points: number): void {
    batch(() => {
      choice.value = data;
      edited.value = settings;
      margin.value = points;
    });
  }
  return {
    take, atHand, snapshot, history, notices, theme, defaults, version, cores, choice, edited, margin, run, runId,
    earlier, compared, unkept, choosing, latency, planes, answers, taking, taken, selected, fault, spoken, dark,
    settings, understood, made, complete, chart, locked, own, ownTable, shape,
  };
}

export type Store = ReturnType<typeof createStore>;

export function edit(store: Store, name: SettingName, text: string): void {
  store.edited.value = { ...store.edited.value, [name]: text };
}
