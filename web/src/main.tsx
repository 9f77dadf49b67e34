/** The one place that knows state, views and the package, and joins them. */
import { effect } from '@preact/signals';
import { defaultPlan, distil, fillSchema, loadPlanner, predict, readCsv } from 'distillery';
import { render } from 'preact';
import { createActions } from './actions.ts';
import { keepAddress } from './address.ts';
import { readFile } from './data/read.ts';
import { createOwn, takeDrops } from './own.ts';
import { createStorage } from './storage.ts';
import { beginHistory } from './state/history.ts';
import { createStore, type Theme } from './state/store.ts';
import { createTake } from './take.ts';
import { createUndo, takeKeys } from './undo.ts';
import { App } from './views/App.tsx';
import { Context } from './views/context.ts';

const store = createStore(defaultPlan());
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const actions = createActions(store, { distil, fillSchema, loadPlanner, predict, readCsv }, createStorage(), () => calm.matches);
const own = createOwn(store, readFile);
takeDrops(own);
const take = createTake(store, actions, { predict }, () => import('distillery/export'));
const undo = createUndo(store, actions);
takeKeys(undo);
store.cores.value = navigator.hardwareConcurrency || 1;

// ---- Theme: remembered where the browser allows it -----------------------------
const systemDark = matchMedia('(prefers-color-scheme: dark)');
try {
  const kept = localStorage.getItem('theme');
  if (kept === 'light' || kept === 'dark') store.theme.value = kept satisfies Theme;
} catch { /* no storage: the system's theme it is */ }
const readDark = () => { store.dark.value = store.theme.value === 'dark' || (store.theme.value === 'system' && systemDark.matches); };
systemDark.addEventListener('change', readDark);
effect(() => {
  const theme = store.theme.value;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  readDark();
  try {
    localStorage.setItem('theme', theme);
  } catch { /* see above */ }
});

// ---- What tests and curious readers may ask --------------------------------------
effect(() => { document.documentElement.dataset.state = store.run.value?.phase ?? 'first'; });
Object.defineProperty(window, 'distillery', {
  value: Object.freeze({
    get report() { return store.run.value?.report ?? null; },
    get plan() { return store.run.value?.plan ?? null; },
    get latency() { return store.latency.value; },
    get planes() { return store.planes.value; },
    get answers() { return store.answers.value; },
    get flavour() { return store.run.value?.flavour ?? null; },
    /** The recommended student's model file, or null. */
    chosen: () => actions.takeStudent(),
  }),
});

render(<Context.Provider value={{ store, actions, own, take, undo }}><App /></Context.Provider>, document.getElementById('app')!);

keepAddress(store, () => { void actions.start(); });
store.history.value = beginHistory(store.snapshot.value);   // what the link brought is no step

// Other tabs write, too; and a phone may end a hidden tab without a word.
void actions.listRuns();
document.addEventListener('visibilitychange', () => { void (document.hidden ? actions.keep() : actions.listRuns()); });

// The engine comes after the first paint; Start waits for it if it must.
requestAnimationFrame(() => setTimeout(() => { void actions.load(); }, 0));
