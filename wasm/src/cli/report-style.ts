import { Html } from './html.js';

const light = `
  --ink: #15181c; --paper: #fff; --muted: #565d67; --line: #d5d9de; --zone: #eef3f9;
  --student: #0b5cad; --plain: #a34a00; --matched: #7b3fa0;`;
const dark = `
  --ink: #f1f3f5; --paper: #121518; --muted: #a9b0b9; --line: #343a41; --zone: #1d2732;
  --student: #6cb0ff; --plain: #ee9b4b; --matched: #cf9df0;`;

/** Of the page of a report. All pairs of text and background have a contrast of 4.5 or more. */
export const style = new Html(`
:root { color-scheme: light dark;${light} }
@media (prefers-color-scheme: dark) { :root {${dark} } }
body {
  font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: .2rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
.of, figcaption, footer, .legend { color: var(--muted); font-size: .875rem; }
figure { margin: 1.5rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .8125rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .3rem .45rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; }
.chosen-row { background: var(--zone); font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .15rem 1rem; font-size: .875rem; }
dt { color: var(--muted); }
dd { margin: 0; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .6rem; }
svg { width: 100%; height: auto; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .tick { fill: var(--muted); font-size: 12px; }
.grid { stroke: var(--line); }
.axis { stroke: var(--muted); }
.chosen { stroke: var(--student); stroke-dasharray: 2 3; }
.ensemble { stroke: var(--ink); stroke-width: 1.5; }
.margin { stroke: var(--ink); stroke-dasharray: 6 4; }
.ensemble-band { fill: var(--ink); opacity: .07; }
.student { stroke: var(--student); fill: var(--student); stroke-width: 1.6; }
.plain { stroke: var(--plain); fill: var(--plain); stroke-width: 1.2; }
.matched { stroke: var(--matched); fill: var(--matched); stroke-width: 1.2; }
polyline { fill: none; }
@media print {
  :root { color-scheme: light;${light} }
  figure, tr, dl { break-inside: avoid; }
  h2 { break-after: avoid; }
  .wide { overflow: visible; }
  .wide td { white-space: normal; }
}
`);
