/** Steps of the settings, back and forth, by button and by key. */
import { batch, effect } from '@preact/signals';
import type { Actions } from './actions.ts';
import { record, redone, stepText, undone, type History } from './state/history.ts';
import type { Store } from './state/store.ts';

export interface UndoActions { undo(): void; redo(): void }

export function createUndo(store: Store, actions: Pick<Actions, 'setMargin'>): UndoActions {
  effect(() => {
    const next = store.snapshot.value;
    store.history.value = record(store.history.peek(), next);
  });
  function go(to: (history: History) => History, word: string): void {
    if (store.locked.value) return;
    const from = store.history.value, history = to(from);
    if (history === from) return;
    const { choice, edited, margin } = history.now;
    batch(() => {
      store.history.value = history;   // before the settings, which then are nothing new to it
      store.choice.value = choice;
      store.edited.value = edited;
      if (margin !== store.margin.value) actions.setMargin(margin);
      store.spoken.value = `${word}: ${stepText(from.now, history.now, store.defaults)}.`;
    });
  }
  return { undo: () => go(undone, 'Undone'), redo: () => go(redone, 'Redone') };
}

/** In a text field these keys belong to its text. */
const isText = (target: EventTarget | null): boolean => (
  target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && !['radio', 'checkbox', 'file'].includes(target.type)));

/** Ctrl+Z, and Ctrl+Shift+Z or Ctrl+Y; with the command key where that is usual. */
export function takeKeys(undo: UndoActions): void {
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented || isText(event.target)) return;
    const key = event.key.toLowerCase(), back = key === 'z' && !event.shiftKey, forth = key === 'y' || (key === 'z' && event.shiftKey);
    if (!back && !forth) return;
    event.preventDefault();
    if (back) undo.undo();
    else undo.redo();
  });
}
