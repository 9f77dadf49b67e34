import type { ComponentChildren } from 'preact';
import { useApp } from './context.ts';

/** Puts a text where other programs find it. `instead`: where the reader finds it if the browser lets no page copy. */
export function Copy({ id, text, said, instead, children }: {
  id: string; text: () => string; said: string; instead: string; children: ComponentChildren;
}) {
  const { store } = useApp();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      store.spoken.value = said;
    } catch {
      store.notices.value = [`This browser lets no page copy. ${instead}`];
    }
  };
  return <button type="button" class="link" id={id} onClick={() => { void copy(); }}>{children}</button>;
}
