/** Earlier runs in IndexedDB. What is listed, what a run goes on from, and its rows lie apart, so that a list reads little. */
import type { Table } from 'distillery';
import { isReadable, type KeptRun } from './state/kept.ts';

export interface Storage {
  /** Newest first. Runs that another version of the page wrote are left out. */
  list(): Promise<KeptRun[]>;
  /** All or nothing. table: null where it is there already. */
  put(run: KeptRun, saved: Uint8Array, table: Table | null): Promise<void>;
  /** Changes what is listed of a run, where it is kept. */
  note(id: string, change: Partial<KeptRun>): Promise<void>;
  /** null: there is none of that name. */
  open(id: string): Promise<{ run: KeptRun; saved: Uint8Array; table: Table } | null>;
  remove(id: string): Promise<void>;
}

const stores = ['runs', 'saved', 'tables'] as const;

const answered = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error ?? new Error('The storage did not answer.'));
});

const settled = (transaction: IDBTransaction): Promise<void> => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = () => reject(transaction.error ?? new Error('The storage gave up.'));
});

function openDatabase(name: string, forget: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => { for (const store of stores) request.result.createObjectStore(store); };
  return answered(request).then((database) => {
    // A newer page in another tab may want another shape: this one opens it anew when it needs to.
    database.onversionchange = () => {
      database.close();
      forget();
    };
    database.onclose = forget;
    return database;
  });
}

export function createStorage(name = 'distillery'): Storage {
  let opened: Promise<IDBDatabase> | null = null;
  const forget = () => { opened = null; };
  async function begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
    opened ??= openDatabase(name, forget);
    opened.catch(forget);
    return (await opened).transaction(stores, mode);
  }
  return {
    async list() {
      const transaction = await begin('readonly');
      const runs = (await answered(transaction.objectStore('runs').getAll() as IDBRequest<unknown[]>)).filter(isReadable);
      return runs.sort((a, b) => b.began - a.began);
    },
    async put(run, saved, table) {
      const transaction = await begin('readwrite');
      const end = settled(transaction);
      try {
        transaction.objectStore('runs').put(run, run.id);
        transaction.objectStore('saved').put(saved, run.id);
        if (table) transaction.objectStore('tables').put(table, run.id);
      } catch (error) {
        end.catch(() => {});   // what follows is what went wrong
        transaction.abort();
        throw error;
      }
      await end;
    },
    async note(id, change) {
      const transaction = await begin('readwrite');
      const end = settled(transaction), runs = transaction.objectStore('runs');
      const run: unknown = await answered(runs.get(id));
      if (isReadable(run)) runs.put({ ...run, ...change }, id);
      await end;
    },
    async open(id) {
      const transaction = await begin('readonly');
      const [run, saved, table] = await Promise.all(stores.map((store) => answered(transaction.objectStore(store).get(id))));
      return isReadable(run) && saved && table ? { run, saved, table } : null;
    },
    async remove(id) {
      const transaction = await begin('readwrite');
      const end = settled(transaction);
      for (const store of stores) transaction.objectStore(store).delete(id);
      await end;
    },
  };
}

/**
 * Takes a run for this tab, until the tab is closed or what comes back is called; null where another tab has it. Where a
 * page has no locks (without a secure context), nothing stands in the way.
 */
export function claim(id: string): Promise<(() => void) | null> {
  if (!('locks' in navigator)) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    navigator.locks.request(`distillery-run-${id}`, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise<void>((release) => { resolve(release); });
    }).catch(() => resolve(() => {}));
  });
}
