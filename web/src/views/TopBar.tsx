import { count } from '../state/format.ts';
import type { Theme } from '../state/store.ts';
import { useApp } from './context.ts';

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const names: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' };

/** The settings as a link, for whoever should see the same. */
function CopyLink() {
  const { store } = useApp();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      store.spoken.value = 'The link to these settings is copied.';
    } catch {
      store.notices.value = ['This browser lets no page copy. The address above holds the settings: copy it from there.'];
    }
  };
  return <button type="button" class="link" id="copy-link" onClick={() => { void copy(); }}>Copy link</button>;
}

export function TopBar() {
  const { theme, earlier } = useApp().store;
  const kept = earlier.value.length;
  return (
    <header class="top-bar">
      <div class="container">
        <a class="brand" href="#top">Distillery</a>
        <span class="promise">Data never leaves this machine</span>
        <nav aria-label="Page">
          {kept > 0 && <a href="#runs">Runs ({count(kept)})</a>}
          <CopyLink />
          <a href="#words">Words</a>
          <a href="#licences">Data and licences</a>
          <span class="theme">
            <span aria-hidden="true">Theme: </span>
            <button type="button" class="link" id="theme" aria-label={`Theme: ${names[theme.value]}`} onClick={() => { theme.value = next[theme.value]; }}>{names[theme.value]}</button>
          </span>
        </nav>
      </div>
    </header>
  );
}
