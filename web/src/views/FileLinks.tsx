import { save, savePng, svgText } from '../charts/save.ts';

interface Props {
  /** Prefix of the controls' ids. */
  id: string;
  svg: { current: SVGSVGElement | null };
  /** Of the files, without their endings. */
  name: string;
  csv: () => string;
  table: boolean;
  onTable: (shown: boolean) => void;
}

/** What every chart offers: its figures as a table, and itself and them as files. */
export function FileLinks({ id, svg, name, csv, table, onTable }: Props) {
  const withSvg = (use: (element: SVGSVGElement) => void) => () => { if (svg.current) use(svg.current); };
  return (
    <div class="links">
      <button type="button" class="link" id={`${id}-show-table`} aria-pressed={table} onClick={() => onTable(!table)}>Table</button>
      <button type="button" class="link" id={`${id}-save-svg`} onClick={withSvg((element) => save(`${name}.svg`, 'image/svg+xml', svgText(element)))}>SVG</button>
      <button type="button" class="link" id={`${id}-save-png`} onClick={withSvg((element) => { void savePng(`${name}.png`, element); })}>PNG</button>
      <button type="button" class="link" id={`${id}-save-csv`} onClick={() => save(`${name}.csv`, 'text/csv', csv())}>CSV</button>
    </div>
  );
}
