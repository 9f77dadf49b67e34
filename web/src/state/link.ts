/**
 * Settings in the page's address: `#v=1&set=letter&teachers=8&margin=0.02&start`. Only what differs from what is usual for the
 * data stands there. A link is typed by anybody: numbers are brought into their range, and what cannot be used is left out and said.
 */
import type { Plan } from 'distillery';
import { findSet, ownSet, sets, type ShapeName } from '../data/sets.ts';
import {
  firstChoice, fromPlan, margins, ranges, settingNames, understand, usualNoise, type DataChoice, type SettingName, type Settings,
} from './settings.ts';

export const linkVersion = 1;

export interface Linked {
  choice: DataChoice;
  edited: Partial<Settings>;
  margin: number;
  /** Start at once. */
  start: boolean;
  /** What of the link was not taken as it stands, in sentences. */
  notes: string[];
}

const shapes = Object.keys(usualNoise) as ShapeName[];
const names = Object.keys(settingNames) as SettingName[];
/** Longer than any list of sizes needs. */
const longest = 300;

/** The part of the address behind the #. */
export function toLink(choice: DataChoice, edited: Partial<Settings>, margin: number, defaults: Plan): string {
  const usual = fromPlan(defaults, choice.set);
  const fields: [string, string][] = [['v', String(linkVersion)], ['set', choice.set]];
  if (findSet(choice.set).kind === 'made') {
    fields.push(['shape', choice.shape], ['rows', choice.rows], ['noise', choice.noise], ['data-seed', choice.dataSeed]);
  }
  for (const name of names) {
    const text = edited[name]?.replace(/\s*,\s*/g, ',').trim();
    if (text !== undefined && text !== usual[name].replace(/\s*,\s*/g, ',')) fields.push([name, text]);
  }
  if (margin !== defaults.margin) fields.push(['margin', String(margin)]);
  // Commas may stand in an address as they are, and are easier to read.
  return fields.map(([name, text]) => `${name}=${encodeURIComponent(text).replaceAll('%2C', ',')}`).join('&');
}

/** A number brought into its range, as text; null where there is none. */
function clamped(text: string, [least, most]: readonly [number, number], whole: boolean): string | null {
  if (!/^\d*\.?\d+$/.test(text)) return null;
  const value = Math.min(most, Math.max(least, Number(text)));
  return String(whole ? Math.round(value) : value);
}

const isWhole = (name: string): boolean => name !== 'temperature' && name !== 'softWeight' && name !== 'noise';

/** What an address asks for; null where it asks for nothing (an anchor, or no # at all). */
export function fromLink(hash: string, defaults: Plan): Linked | null {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const version = fields.get('v');
  if (version === null) return null;
  const nothing: Linked = { choice: firstChoice, edited: {}, margin: defaults.margin, start: false, notes: [] };
  if (version !== String(linkVersion)) {
    return { ...nothing, notes: ['This link is of another version of the page, so its settings were left out.'] };
  }
  const notes: string[] = [];
  /** The field as it may be used: `usable` gives null for what may not. */
  const take = (field: string, what: string, usable: (text: string) => string | null): string | null => {
    const text = fields.get(field)?.trim();
    if (text === undefined) return null;
    const used = text.length <= longest ? usable(text) : null;
    if (used === null) notes.push(`“${what}” in the link cannot be used: left out.`);
    else if (used !== text && Number(used) !== Number(text)) notes.push(`“${what}” in the link was brought to ${used}.`);
    return used;
  };
  const oneOf = (values: readonly string[]) => (text: string) => values.find((value) => value === text) ?? null;
  const number = (name: keyof typeof ranges) => (text: string) => clamped(text, ranges[name], isWhole(name));

  const set = take('set', 'data', oneOf([...sets, ownSet].map(({ id }) => id))) ?? firstChoice.set;
  if (set === ownSet.id) notes.push('This link is of somebody’s own file, which no link holds: choose the file again, and its settings are used.');
  const shape = (take('shape', 'shape', oneOf(shapes)) ?? firstChoice.shape) as ShapeName;
  const choice: DataChoice = {
    set, shape,
    rows: take('rows', 'number of rows', number('rows')) ?? firstChoice.rows,
    noise: take('noise', 'noise', number('noise')) ?? usualNoise[shape],
    dataSeed: take('data-seed', 'seed of the data', number('dataSeed')) ?? firstChoice.dataSeed,
  };
  const usual = fromPlan(defaults, set), { columns, classes } = findSet(set);
  const edited: Partial<Settings> = {};
  for (const name of names) {
    const text = take(name, settingNames[name], (given) => {
      const used = name in ranges ? clamped(given, ranges[name as keyof typeof ranges], isWhole(name)) : given;
      return used !== null && understand({ ...usual, [name]: used }, columns, classes).value ? used : null;
    });
    if (text !== null) edited[name] = text;
  }
  const nearest = (text: string) => {
    const asked = clamped(text, [0, 1], false);
    return asked === null ? null : String(margins.reduce((a, b) => (Math.abs(b - Number(asked)) < Math.abs(a - Number(asked)) ? b : a)));
  };
  const margin = take('margin', 'margin', nearest);
  return { choice, edited, margin: margin === null ? defaults.margin : Number(margin), start: fields.has('start'), notes };
}
