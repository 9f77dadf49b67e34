/** How the study writes its figures. */
export const percent = (share) => (100 * share).toFixed(1);
export const count = (number) => number.toLocaleString('en');
export const table = (head, rows) => [head, head.map(() => '-'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
export const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
