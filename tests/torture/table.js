/** Figures in words, and the table in docs/robustness.md. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

const number = (value) => value.toLocaleString('en-US', { maximumFractionDigits: 3 });

/** A campaign's state in a line. */
export function figuresOf(campaign, { done, goal = campaign.goal, seconds, counts, findings, skipped }) {
  if (skipped) return `skipped: ${skipped}`;
  const seen = Object.entries(counts).map(([name, count]) => `${number(count)} ${name.replaceAll('_', ' ')}`).join(', ');
  return `${number(done)} of ${number(goal)} ${campaign.unit ?? 'cases'} in ${number(Math.round(seconds))} s, `
    + `${findings.length} findings${seen ? ` (${seen})` : ''}`;
}

const begin = '<!-- the table: written by scripts/torture --write -->', end = '<!-- the end of the table -->';

/** The document with its table made anew of the last states. */
export function document(text, campaigns, folder) {
  const from = text.indexOf(begin), to = text.indexOf(end);
  if (from < 0 || to < 0) throw new Error('docs/robustness.md has no place for the table');
  const lines = campaigns.map((campaign) => {
    const file = join(folder, `${campaign.name}.json`);
    if (!existsSync(file)) return `| ${campaign.row} | ${campaign.name} | ${campaign.promise} | not run |`;
    const state = JSON.parse(readFileSync(file, 'utf8'));
    return `| ${campaign.row} | ${campaign.name} | ${campaign.promise} | ${figuresOf(campaign, state)} |`;
  });
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, `
    + `Linux ${release()}, Node ${process.versions.node}`;
  return `${text.slice(0, from)}${begin}\n\nLast run: ${new Date().toISOString().slice(0, 10)}, ${machine}.\n\n`
    + `| row | campaign | promise | figures |\n|-|-|-|-|\n${lines.join('\n')}\n\n${text.slice(to)}`;
}
