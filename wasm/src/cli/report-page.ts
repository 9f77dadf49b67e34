import { answerOf, curveOf, share, type Table, tradeOffTable } from './answer.js';
import { tradeOffChart } from './chart.js';
import { bytes, count, percent, plural, widthsText } from './figures.js';
import { Html, html } from './html.js';
import type { Curve } from './package.js';
import type { RunFile } from './run-file.js';

/** A run as one HTML file: no script, nothing fetched, light and dark, and it prints. */
export function reportPage(run: RunFile): string {
  const { report, plan, data, table, marginChangedLate, madeBy } = run, { rows } = curveOf(report);
  const [answer = '', ...evidence] = answerOf(report, plan, marginChangedLate);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${`Distillery: ${data.name}`}</title>
<style>${style}</style>
</head>
<body>
<p class="of">${`${data.name}: ${plural(table.rows, 'row')}, ${plural(table.columnNames.length, 'feature')}, ${plural(table.classNames.length, 'class', 'classes')}`}</p>
<h1>${answer}</h1>
${evidence.map((sentence) => html`<p>${sentence}</p>\n`)}
<figure>${tradeOffChart(report, plan)}
<figcaption>What each size costs, on the ${rows} rows. Bars are intervals over seeds; the vertical line is the chosen size.</figcaption></figure>
${report.test.rows > 0 ? curveSection('Test rows', 'Scored once, when all else was done.', run, report.test) : ''}
${report.validation.rows > 0 ? curveSection('Validation rows', 'The size was chosen on these, so they flatter it.', run, report.validation) : ''}
${teachersSection(run)}
${factsSection('Data', [
    ['file', `${data.name}, ${bytes(data.bytes)}`], ['SHA-256', data.sha256],
    ['rows', `${count(report.rows.train)} to train, ${count(report.rows.validation)} to choose, ${count(report.rows.test)} to test${table.skipped > 0 ? `; ${count(table.skipped)} left out` : ''}`],
    ['classes', table.classNames.join(', ')], ['features', table.columnNames.join(', ')], ...table.warnings.map((warning): [string, string] => ['note', warning]),
  ])}
${factsSection('Plan', planFacts(run))}
<footer>Made by Distillery ${madeBy}, flavour ${report.flavour}. The same data, plan and version give the same figures${
    report.flavour === 'fast' ? ' but for their last digits' : ' on every machine'}.</footer>
</body>
</html>
`.text;
}

function curveSection(title: string, about: string, { report, plan }: RunFile, curve: Curve): Html {
  const { ensembleAccuracy, teacherAccuracy, rows } = curve, table = tradeOffTable(report, plan, curve);
  return html`<section><h2>${title}</h2>
<p>${`${plural(rows, 'row')}. ${about} Right in percent: the ensemble ${share(ensembleAccuracy)}, a teacher ${share(teacherAccuracy)}.`}</p>
${tableOf(table)}
<dl class="legend">${table.columns.map(({ title, meaning }) => html`<dt>${title}</dt><dd>${meaning}</dd>\n`)}</dl></section>`;
}

function tableOf({ columns, rows, chosen }: Table): Html {
  return html`<div class="wide"><table>
<thead><tr>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map((row, index) => html`<tr${index === chosen ? new Html(' class="chosen-row"') : ''}>${
    row.map((cell, column) => (column === 0 ? html`<th scope="row">${cell}${index === chosen ? ' (chosen)' : ''}</th>` : html`<td>${cell}</td>`))}</tr>\n`)}</tbody>
</table></div>`;
}

function teachersSection({ report, plan }: RunFile): Html {
  const rows = report.teachers.map(({ state, validationAccuracy, testAccuracy, loss }, index) => [
    String(index + 1), state, loss.length > 0 ? loss.at(-1)!.toFixed(4) : '–', state === 'done' ? percent(validationAccuracy) : '–',
    state === 'done' && report.test.rows > 0 ? percent(testAccuracy) : '–',
  ]);
  const columns = ['teacher', 'state', 'loss, last epoch', 'right on validation rows', 'right on test rows'].map((title) => ({ title, meaning: '' }));
  return html`<section><h2>Teachers</h2>
<p>${`${plural(report.teachers.length, 'network')} of hidden layers ${widthsText(plan.teachers.hidden)}, ${plural(report.teacherParameters, 'parameter')} each; `
    + `the ensemble has ${count(report.ensembleParameters)}, ${bytes(report.ensembleBytes)}.`}</p>
${tableOf({ columns, rows, chosen: -1 })}</section>`;
}

const factsSection = (title: string, facts: [string, string][]): Html =>
  html`<section><h2>${title}</h2><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl></section>`;

function planFacts({ plan, csv, schema }: RunFile): [string, string][] {
  const { teachers, students, split } = plan, { transfer } = students;
  const training = ({ epochs, batchSize, learningRate, weightDecay, schedule }: typeof teachers.training): string =>
    `${plural(epochs, 'epoch')}, batches of ${batchSize}, learning rate ${learningRate} (${schedule}), weight decay ${weightDecay}`;
  return [
    ['label', schema.label], ['seed', String(plan.seed)], ['margin', `${plan.margin} of accuracy`], ['confidence', String(plan.confidence)],
    ['split', split.officialTestRows > 0 ? `the last ${count(split.officialTestRows)} rows are the test rows; of the others ${percent(split.validation)} are validation rows`
      : `${percent(split.test)} test rows; of the others ${percent(split.validation)} validation rows`],
    ['teachers', `${training(teachers.training)}; dropout ${teachers.dropout.join(', ') || 'none'}; combined by ${teachers.combination.replace('_', ' ')}`],
    ['students', `${training(students.training)}; temperature ${students.temperature}, soft weight ${students.softWeight}; ${plural(students.seeds, 'seed')} per size`],
    ['transfer rows', transfer.method === 'none' ? 'none' : `${transfer.method}, ${transfer.copies} per training row`],
    ['CSV options', Object.keys(csv).length === 0 ? 'none' : JSON.stringify(csv)],
  ];
}

const style = new Html(`
:root { color-scheme: light dark; --ink: #15181c; --paper: #fff; --muted: #565d67; --line: #d5d9de; --student: #0b5cad; --plain: #a34a00; --matched: #7b3fa0; --zone: #eef3f9; }
@media (prefers-color-scheme: dark) { :root { --ink: #f1f3f5; --paper: #121518; --muted: #a9b0b9; --line: #343a41; --student: #6cb0ff; --plain: #ee9b4b; --matched: #cf9df0; --zone: #1d2732; } }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --muted: #444; --line: #bbb; --student: #0b5cad; --plain: #a34a00; --matched: #7b3fa0; --zone: #eef3f9; } figure, tr, dl { break-inside: avoid; } h2 { break-after: avoid; } .wide { overflow: visible; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .2rem 0 1rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
.of, figcaption, footer, .legend { color: var(--muted); font-size: .875rem; }
figure { margin: 1.5rem 0; } svg { width: 100%; height: auto; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; } th:first-child { text-align: left; }
.chosen-row { background: var(--zone); font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .15rem 1rem; font-size: .875rem; } dt { color: var(--muted); } dd { margin: 0; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .6rem; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; } svg .tick { fill: var(--muted); font-size: 12px; }
.grid { stroke: var(--line); } .axis { stroke: var(--muted); } .chosen { stroke: var(--student); stroke-dasharray: 2 3; }
.ensemble { stroke: var(--ink); stroke-width: 1.5; } .margin { stroke: var(--ink); stroke-dasharray: 6 4; } .ensemble-band { fill: var(--ink); opacity: .07; }
.student { stroke: var(--student); fill: var(--student); stroke-width: 1.6; } .plain { stroke: var(--plain); fill: var(--plain); stroke-width: 1.2; }
.matched { stroke: var(--matched); fill: var(--matched); stroke-width: 1.2; } polyline { fill: none; }
`);
