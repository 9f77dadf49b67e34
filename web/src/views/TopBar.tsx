import { count } from '../state/format.ts';
import { stepText, type Snapshot } from '../state/history.ts';
import type { Theme } from '../state/store.ts';
import { useApp } from './context.ts';
import { Copy } from './Copy.tsx';

const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const names: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' };

/** One step of the settings back or forth; in the bar only once there is one. */
function Steps() {
  const { store, undo } = useApp();
  const { past, now, future } = store.history.value, before = past.at(-1), after = future[0];
  if (!before && !after) return null;
  const locked = store.locked.value;
  const step = (name: string, to: Snapshot | undefined, go: () => void) => {
    const what = to ? stepText(now, to, store.defaults) : '';
    return (
      <button type="button" class="link" id={name.toLowerCase()} disabled={!to || locked} title={what} onClick={go}
        aria-label={what ? `${name} settings: ${what}` : `${name} settings`}>{name}</button>
    );
  };
  return (
    <span class="steps">
      {step('Undo', before, () => undo.undo())}
      {step('Redo', after, () => undo.redo())}
    </span>
  );
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
          <Steps />
          <Copy id="copy-link" text={() => location.href} said="The link to these settings is copied."
            instead="The address above holds the settings: copy it from there.">Copy link</Copy>
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
