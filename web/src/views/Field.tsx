import type { ComponentChildren } from 'preact';

interface Shared {
  id: string;
  label: string;
  value: string;
  error: string | undefined;
  disabled: boolean;
  onChange: (text: string) => void;
}

function Message({ id, error }: { id: string; error: string | undefined }) {
  return error ? <p class="field-error" id={`${id}-error`} role="alert">{error}</p> : null;
}

/** A whole number with − and +. */
export function Stepper({ id, label, value, error, disabled, onChange, least = 1 }: Shared & { least?: number }) {
  const number = Number(value);
  const step = (by: number) => { if (Number.isInteger(number)) onChange(String(Math.max(least, number + by))); };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="stepper">
        <button type="button" class="plain" disabled={disabled} aria-label={`${label}: one less`} onClick={() => step(-1)}>−</button>
        <input id={id} inputMode="numeric" autocomplete="off" value={value} disabled={disabled} aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined} onInput={(event) => onChange(event.currentTarget.value)} />
        <button type="button" class="plain" disabled={disabled} aria-label={`${label}: one more`} onClick={() => step(1)}>+</button>
      </div>
      <Message id={id} error={error} />
    </div>
  );
}

export function TextField({ id, label, value, error, disabled, onChange, wide = false, numeric = false }: Shared & { wide?: boolean; numeric?: boolean }) {
  return (
    <div class={wide ? 'field wide' : 'field'}>
      <label for={id}>{label}</label>
      <input id={id} class={numeric ? 'number' : 'text'} inputMode={numeric ? 'decimal' : undefined} autocomplete="off" spellcheck={false}
        value={value} disabled={disabled} aria-invalid={error ? true : undefined} aria-describedby={error ? `${id}-error` : undefined}
        onInput={(event) => onChange(event.currentTarget.value)} />
      <Message id={id} error={error} />
    </div>
  );
}

/** One of a few, from a list. */
export function Choice({ id, label, value, error, disabled, onChange, options }: Shared & { options: readonly { value: string; text: string }[] }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((option) => <option key={option.value} value={option.value}>{option.text}</option>)}
      </select>
      <Message id={id} error={error} />
    </div>
  );
}

/** One of a few, side by side. */
export function Segments<T extends string | number>({ name, legend, options, value, disabled, onChange }: {
  name: string; legend: string; options: readonly { value: T; text: ComponentChildren }[]; value: T; disabled?: boolean; onChange: (value: T) => void;
}) {
  return (
    <fieldset class="segments" disabled={disabled}>
      <legend class="hidden">{legend}</legend>
      {options.map((option) => (
        <label key={option.value} class={option.value === value ? 'on' : ''}>
          <input type="radio" name={name} value={option.value} checked={option.value === value} onChange={() => onChange(option.value)} />
          <span>{option.text}</span>
        </label>
      ))}
    </fieldset>
  );
}
