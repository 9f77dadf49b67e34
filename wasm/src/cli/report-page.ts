import { answerOf, curveOf, recipeName, seedsText, share, type Table, tradeOffTable } from './answer.js';
import { tradeOffChart } from './chart.js';
import { bytes, count, percent, plural, widthsText } from './figures.js';
import { Html, html } from './html.js';
import type { Curve, Plan, RunFile } from './package.js';
import { style } from './report-style.js';

/** A run as one HTML file: no script, nothing fetched, light and dark, and it prints. */
export function reportPage(run: RunFile): string {
  const { report, plan, data, table, marginChangedLate, madeBy } = run, { rows } = curveOf(report);
  const [answer = '', ...evidence] = answerOf(report, plan, marginChangedLate);
  const size = [plural(table.rows, 'row'), plural(table.columnNames.length, 'feature'),
    plural(table.classNames.length, 'class', 'classes')].join(', ');
  const promise = report.flavour === 'fast' ? 'but for their last digits' : 'on every machine';
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Distillery: ${data.name}</title>
<style>${style}</style>
</head>
<body>
<p class="of">${data.name}: ${size}</p>
<h1>${answer}</h1>
${evidence.map((sentence) => html`<p>${sentence}</p>\n`)}
<figure>${tradeOffChart(report, plan)}
<figcaption>What each size costs, on the ${rows} rows. Bars are intervals over seeds; the vertical line is the chosen
size.</figcaption></figure>
${curveSection('Test rows', 'Scored once, when all else was done.', run, report.test)}
${curveSection('Validation rows', 'The size was chosen on these, so they flatter it.', run, report.validation)}
${teachersSection(run)}
${factsSection('Data', dataFacts(run))}
${factsSection('Plan', planFacts(run))}
<footer>Made by Distillery ${madeBy}, flavour ${report.flavour}. The same data, plan and version give the same figures
${promise}.</footer>
</body>
</html>
`.text;
}

function curveSection(title: string, about: string, { report, plan }: RunFile, curve: Curve): Html {
  if (curve.rows === 0) return html``;
  const { ensembleAccuracy, teacherAccuracy, rows } = curve, table = tradeOffTable(report, plan, curve);
  return html`<section><h2>${title}</h2>
<p>${plural(rows, 'row')}. ${about} Right in percent: the ensemble ${share(ensembleAccuracy)}${
    report.teachers.length > 0 ? `, a teacher ${share(teacherAccuracy)}` : ''}.</p>
${tableOf(table)}
<dl class="legend">${facts(table.columns.map(({ title, meaning }) => [title, meaning]))}</dl></section>`;
}

function tableOf({ columns, rows, chosen }: Pick<Table, 'rows' | 'chosen'> & { columns: { title: string }[] }): Html {
  const line = ([first = '', ...others]: string[], index: number): Html => {
    const cells = others.map((cell) => html`<td>${cell}</td>`);
    return index === chosen ? html`<tr class="chosen-row"><th scope="row">${first} (chosen)</th>${cells}</tr>\n`
      : html`<tr><th scope="row">${first}</th>${cells}</tr>\n`;
  };
  return html`<div class="wide"><table>
<thead><tr>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map(line)}</tbody>
</table></div>`;
}

const teacherColumns = ['teacher', 'state', 'loss, last epoch', 'right on validation rows', 'right on test rows'];

function teachersSection({ report, plan }: RunFile): Html {
  const { teachers, teacherParameters, ensembleParameters, ensembleBytes, validation, test } = report;
  const rows = teachers.map(({ state, validationAccuracy, testAccuracy, loss }, index) => [
    String(index + 1), state, loss.at(-1)?.toFixed(4) ?? '–',
    state === 'done' && validation.rows > 0 ? percent(validationAccuracy) : '–',
    state === 'done' && test.rows > 0 ? percent(testAccuracy) : '–',
  ]);
  if (teachers.length === 0) return html`<section><h2>Teachers</h2><p>None: the ensemble's answers were given.</p></section>`;
  return html`<section><h2>Teachers</h2>
<p>${plural(teachers.length, 'network')} of hidden layers ${widthsText(plan.teachers.hidden)}, ${
    plural(teacherParameters, 'parameter')} each; the ensemble has ${count(ensembleParameters)}, ${
    bytes(ensembleBytes)}.</p>
${tableOf({ columns: teacherColumns.map((title) => ({ title })), rows, chosen: -1 })}</section>`;
}

const facts = (pairs: [string, string][]): Html =>
  html`${pairs.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}`;

const factsSection = (title: string, pairs: [string, string][]): Html =>
  html`<section><h2>${title}</h2><dl>${facts(pairs)}</dl></section>`;

function dataFacts({ data, brought, table, report: { rows } }: RunFile): [string, string][] {
  const used = [`${count(rows.train)} to train`, `${count(rows.validation)} to choose`, `${count(rows.test)} to test`];
  if (table.skipped > 0) used.push(`${count(table.skipped)} left out`);
  return [
    ['file', `${data.name}, ${bytes(data.bytes)}`], ['SHA-256', data.sha256],
    ...Object.entries(brought).flatMap(([kind, file]): [string, string][] =>
      file ? [[kind, `${file.name}, ${bytes(file.bytes)}, SHA-256 ${file.sha256}`]] : []),
    ['rows', used.join(', ')],
    ['classes', table.classNames.join(', ')], ['features', table.columnNames.join(', ')],
    ...table.warnings.map((warning): [string, string] => ['note', warning]),
  ];
}

function planFacts({ plan, csv, schema }: RunFile): [string, string][] {
  const { teachers, students, split } = plan, { transfer } = students;
  return [
    ...(schema ? [['label', schema.label] satisfies [string, string]] : []), ['seed', String(plan.seed)],
    ['margin', `${plan.margin} of accuracy`], ['confidence', String(plan.confidence)],
    ['split', `${split.officialTestRows > 0 ? `the last ${plural(split.officialTestRows, 'row')} to test`
      : `${percent(split.test)} to test`}; of the others ${percent(split.validation)} to choose`],
    ['teachers', `${trainingText(teachers.training)}; dropout ${teachers.dropout.join(', ') || 'none'}; combined by `
      + teachers.combination.replace('_', ' ')],
    ['students', `${trainingText(students.training)}; `
      + `${seedsText(plan)} per size`],
    ['recipe', students.recipe === 'auto' ? `chosen by trials, ${students.trials} or more for each candidate`
      : students.recipe.map(recipeName).join('; ')],
    ['transfer rows', transfer.method === 'none' ? 'none' : `${transfer.method}, ${transfer.copies} per training row`],
    ['CSV options', Object.keys(csv).length === 0 ? 'none' : JSON.stringify(csv)],
  ];
}

function trainingText({ epochs, batchSize, learningRate, weightDecay, schedule }: Plan['teachers']['training']): string {
  return `${plural(epochs, 'epoch')}, batches of ${batchSize}, learning rate ${learningRate} (${schedule}), `
    + `weight decay ${weightDecay}`;
}
