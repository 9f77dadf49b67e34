import { count } from '../state/format.ts';

/** Which rows teach, which choose, which test. */
export function SplitBar({ train, validation, test }: { train: number; validation: number; test: number }) {
  const parts = [['teach', train], ['choose', validation], ['test', test]] as const;
  return (
    <ul class="split">
      {parts.map(([name, rows]) => (
        <li key={name} class={name} style={{ flexGrow: rows }}>
          <span class="bar" />
          <span>{count(rows)} {name}</span>
        </li>
      ))}
    </ul>
  );
}
