/** What the reader does with a file of their own: chooses or drops it, decides how it is read, cancels. */
import { batch } from '@preact/signals';
import { ownSet } from './data/sets.ts';
import type { readFile } from './data/read.ts';
import { changed, factsOf, plainText, progressText, strict, usableColumns, type OwnFile, type Outcome, type ReadingOptions } from './state/own.ts';
import type { Store } from './state/store.ts';

export interface OwnActions {
  choose(files: Iterable<File>): void;
  /** Reads it anew, otherwise. */
  change(options: Partial<ReadingOptions>): void;
  /** All is as it was before the file, or the other options, were chosen. */
  cancel(): void;
}

const speakEvery = 10_000;

export function createOwn(store: Store, read: typeof readFile): OwnActions {
  let reading: { abort: AbortController; before: () => void } | null = null;

  async function begin(next: OwnFile, before: () => void): Promise<void> {
    reading?.abort.abort();
    const abort = new AbortController();
    reading = { abort, before };
    let spoken = performance.now();
    const show = (part: Partial<OwnFile>) => { store.own.value = { ...next, ...part }; };
    let outcome: Outcome;
    store.own.value = next;
    try {
      outcome = await read(next.file, next.options, {
        signal: abort.signal,
        progress: (progress) => {
          show({ progress });
          if (performance.now() - spoken < speakEvery) return;
          spoken = performance.now();
          store.spoken.value = progressText(progress);
        },
      });
    } catch (error) {
      outcome = { kind: 'refused', reason: error instanceof Error ? error.message : String(error), findings: null, place: 'Line' };
    }
    if (abort.signal.aborted) return;
    reading = null;
    batch(() => {
      show({ progress: null, outcome, columns: [...new Set([...next.columns, ...usableColumns(outcome)])] });
      // A refusal is an alert of its own.
      if (outcome.kind === 'read') store.spoken.value = `${next.name} is read: ${factsOf(store.own.value!)}.`;
    });
  }

  const nothingRead = (file: File) => ({ bytes: 0, totalBytes: file.size, rows: 0 });

  return {
    choose(files) {
      const [file, ...more] = files;
      if (!file) return;
      if (store.locked.value) {
        store.notices.value = ['The file was not opened: a run is under way. Stop it first.'];
        return;
      }
      const { own, choice, choosing } = store;
      // Of two files one after the other, Cancel returns to what was before both.
      const was = { own: own.value, choice: choice.value, choosing: choosing.value };
      const before = reading?.before ?? (() => {
        own.value = was.own;
        choice.value = was.choice;
        choosing.value = was.choosing;
      });
      batch(() => {
        store.fault.value = null;
        store.notices.value = more.length > 0 ? ['One file at a time: the first was taken.'] : [];
        choice.value = { ...choice.value, set: ownSet.id };
        choosing.value = store.run.value !== null;
        void begin({ file, name: plainText(file.name), options: strict, progress: nothingRead(file), outcome: null, columns: [] }, before);
      });
    },
    change(options) {
      const was = store.own.value;
      if (!was) return;
      const before = reading?.before ?? (() => { store.own.value = was; });
      const columns = 'delimiter' in options ? [] : was.columns;   // lines are cut otherwise then
      void begin({ ...was, options: changed(was.options, options), columns, progress: nothingRead(was.file) }, before);
    },
    cancel() {
      if (!reading) return;
      const { abort, before } = reading;
      reading = null;
      abort.abort();
      batch(() => {
        before();
        store.spoken.value = 'Cancelled.';
      });
    },
  };
}

/** A file may be dropped anywhere on the page; without this the browser would leave the page for the file. */
export function takeDrops(own: OwnActions): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  const mark = (over: boolean) => { document.documentElement.toggleAttribute('data-drop', over); };
  document.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener('dragleave', (event) => { if (event.relatedTarget === null) mark(false); });
  document.addEventListener('drop', (event) => {
    mark(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    own.choose(event.dataTransfer!.files);
  });
}
