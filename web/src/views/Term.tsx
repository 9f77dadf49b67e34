import type { ComponentChildren } from 'preact';

/** A word that the list of words explains. */
export function Term({ id, children }: { id: string; children: ComponentChildren }) {
  return <a class="term" href={`#word-${id}`}>{children}</a>;
}
