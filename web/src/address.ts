/** The page's address: holds the settings, leads to places on the page without losing them. */
import { effect } from '@preact/signals';
import type { Store } from './state/store.ts';
import { fromLink, toLink } from './state/link.ts';

/** Takes over what the address says; true where it asks to start. */
function read(store: Store): boolean {
  const linked = fromLink(location.hash, store.defaults);
  if (!linked) return false;
  if (store.locked.value) {
    store.notices.value = ['The link was not followed: a run is under way.'];
    return false;
  }
  store.take(linked.choice, linked.edited, linked.margin);
  store.notices.value = linked.notes;
  return linked.start;
}

export function keepAddress(store: Store, start: () => void): void {
  const untouched = toLink(store.choice.value, {}, store.defaults.margin, store.defaults);
  const wantsStart = read(store);
  effect(() => {
    const link = toLink(store.choice.value, store.edited.value, store.margin.value, store.defaults);
    const hash = link === untouched ? '' : `#${link}`;
    if (location.hash !== hash) history.replaceState(null, '', `${location.pathname}${location.search}${hash}`);
  });
  addEventListener('hashchange', () => { if (read(store)) start(); });
  document.addEventListener('click', goTo);
  if (wantsStart) start();
}

/** Follows a link within the page as the browser would, but the address keeps its settings. Back returns. */
function goTo(event: MouseEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
  const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
  const place = link && document.getElementById(link.getAttribute('href')!.slice(1));
  if (!place) return;
  event.preventDefault();
  history.pushState(null, '', location.href);
  if (place.tabIndex < 0) place.tabIndex = -1;   // whoever uses the keyboard goes on from there
  place.scrollIntoView();
  place.focus({ preventScroll: true });
}
