import type { Theme } from '../state/store.ts';
import { useApp } from './context.ts';

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const names: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' };

export function TopBar() {
  const { theme } = useApp().store;
  return (
    <header class="top-bar">
      <div class="container">
        <a class="brand" href="#top">Distillery</a>
        <span class="promise">Data never leaves this machine</span>
        <nav aria-label="Page">
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
