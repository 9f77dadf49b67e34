/** Random CSV files by a grammar, and what papaparse, an independent reader, finds in them. */
import Papa from 'papaparse';

/** Whole numbers below n, by a linear congruential generator of 48 bits. */
export function generator(seed) {
  let state = BigInt(seed) * 7919n + 11n;
  const below = (n) => {
    state = (state * 25214903917n + 11n) & 0xffffffffffffn;
    return Number(state >> 16n) % n;
  };
  return { below, pick: (list) => list[below(list.length)], chance: (percent) => below(100) < percent };
}

const words = ['x', 'yes', 'no', 'Köln', '🌿', 'a b', '5" pipe', '0x1f', '--', 'e5', "it's", 'ß', 'longer text of some words', ' padded '];
const inQuotes = ['""', '\n', '\r\n', '\r', ', ', ';', '\t', '|', 'é', ' ', '"",""', 'word'];

export function number({ below, pick, chance }) {
  let text = pick(['', '', '-', '+']) + pick([String(below(10)), String(below(1000)), String(below(2 ** 31)), '0', '00' + below(10)]);
  if (chance(60)) text += '.' + Array.from({ length: below(20) }, () => below(10)).join('');
  if (chance(15)) text += pick(['e', 'E']) + pick(['', '-', '+']) + below(30);
  return text;
}

/** A field as it is written; `special` is what it must be quoted for. */
function field(random, dialect) {
  const { below, pick, chance } = random;
  if (chance(50)) return chance(10) ? `"${number(random)}"` : number(random);
  if (chance(10)) return '';
  if (chance(40)) return `"${Array.from({ length: below(5) }, () => pick([...inQuotes, ...words.map((word) => word.replaceAll('"', '""'))])).join('')}"`;
  return words.filter((word) => !word.includes(dialect.delimiter))[below(words.length)] ?? 'z';
}

export function file(random) {
  const { below, pick, chance } = random;
  const dialect = { delimiter: pick([',', ';', '\t', '|']), newline: pick(['\n', '\r\n', '\r']) };
  const columns = 1 + below(8);
  const records = Array.from({ length: below(30) }, () => {
    if (chance(5)) return '';
    return Array.from({ length: chance(5) ? 1 + below(9) : columns }, () => field(random, dialect)).join(dialect.delimiter);
  });
  return { ...dialect, text: records.join(dialect.newline) + (chance(70) ? dialect.newline : '') };
}

const trimmed = (text) => text.replace(/^[ \t]+|[ \t]+$/g, '');
export const papa = (text, delimiter, newline) => Papa.parse(text, { delimiter, newline }).data.map((record) => record.map(trimmed))
  .filter((record) => record.length > 1 || record[0] !== '');

/** A table of numbers, categories and a class, with rows that are ragged and fields that are empty. */
export function tableFile(random) {
  const { below, pick, chance } = random;
  const delimiter = pick([',', ';', '\t', '|']), newline = pick(['\n', '\r\n', '\r']);
  const kinds = Array.from({ length: 1 + below(5) }, () => (chance(70) ? 'numeric' : 'categorical'));
  const quote = (text) => (chance(20) || text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = Array.from({ length: 3 + below(40) }, () => {
    const row = kinds.map((kind) => chance(8) ? pick(['', 'NA', 'nan']) : kind === 'numeric' ? number(random) : pick(['red', 'gr"ün', 'a, b;\tc|d', 'two\nlines']));
    row.push(pick(['x', 'y', 'class | z']));
    if (chance(4)) row.splice(0, 1);
    return row.map(quote).join(delimiter);
  });
  const names = kinds.map((_, index) => `f${index}`);
  return { delimiter, newline, names, kinds, text: [[...names, 'label'].join(delimiter), ...rows].join(newline) };
}

const encoder = new TextEncoder(), signs = encoder.encode('0123456789.,;|\t"\n\r -+eExyNA?é');

/** Bytes of no grammar, or a table's file with some of them changed. */
export function anyBytes(seed) {
  const { below, pick, chance } = generator(seed);
  let bytes;
  if (chance(20)) bytes = Uint8Array.from({ length: below(300) }, () => below(256));
  else if (chance(40)) bytes = Uint8Array.from({ length: below(300) }, () => pick(signs));
  else {
    bytes = encoder.encode(tableFile(generator(seed)).text);
    for (let change = below(6); change > 0; --change) bytes[below(bytes.length)] = chance(50) ? pick(signs) : below(256);
  }
  return chance(10) ? Uint8Array.of(...pick([[0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf], [0x1f, 0x8b]]), ...bytes) : bytes;
}
