import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Actions } from '../actions.ts';
import type { OwnActions } from '../own.ts';
import type { Store } from '../state/store.ts';
import type { TakeActions } from '../take.ts';
import type { UndoActions } from '../undo.ts';

export interface AppContext { store: Store; actions: Actions; own: OwnActions; take: TakeActions; undo: UndoActions }

export const Context = createContext<AppContext | null>(null);

export function useApp(): AppContext {
  const app = useContext(Context);
  if (!app) throw new Error('There is no context.');
  return app;
}
