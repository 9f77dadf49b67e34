/** The settings as they were, to go back to and forth. */
import type { Plan } from 'distillery';
import { findSet } from '../data/sets.ts';
import { points } from './format.ts';
import { changes, dataFieldNames, fromPlan, type DataChoice, type Settings } from './settings.ts';

/** All that a reader sets before a run. */
export interface Snapshot { choice: DataChoice; edited: Partial<Settings>; margin: number }

export interface History {
  past: readonly Snapshot[];
  now: Snapshot;
  /** What was undone, the next step first. */
  future: readonly Snapshot[];
  /** The field of the last step: who goes on typing in it makes no new one. */
  field: string | null;
}

const mostSteps = 100;

export const beginHistory = (now: Snapshot): History => ({ past: [], now, future: [], field: null });

/** The values of all fields that can differ, by name. */
const flat = ({ choice, edited, margin }: Snapshot): Record<string, unknown> => ({ ...choice, ...edited, margin });

/** The fields that differ. */
function fieldsOf(a: Snapshot, b: Snapshot): string[] {
  const from = flat(a), to = flat(b);
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((name) => from[name] !== to[name]);
}

/** Fields that are typed, letter by letter. */
const isTyped = (name: string): boolean => !['set', 'shape', 'margin', 'recipe', 'transfer'].includes(name);

/** The history once the settings are `next`. */
export function record(history: History, next: Snapshot): History {
  const fields = fieldsOf(history.now, next);
  if (fields.length === 0) return history;
  const field = fields.length === 1 && isTyped(fields[0]!) ? fields[0]! : null;
  const goesOn = field !== null && field === history.field && history.past.length > 0;
  return { past: goesOn ? history.past : [...history.past, history.now].slice(-mostSteps), now: next, future: [], field };
}

export function undone(history: History): History {
  const { past, now, future } = history, before = past.at(-1);
  return before ? { past: past.slice(0, -1), now: before, future: [now, ...future], field: null } : history;
}

export function redone(history: History): History {
  const { past, now, future: [after, ...rest] } = history;
  return after ? { past: [...past, now], now: after, future: rest, field: null } : history;
}

/** "teachers 12 → 8; margin 1 point → 2 points" */
export function stepText(from: Snapshot, to: Snapshot, defaults: Plan): string {
  if (from.choice.set !== to.choice.set) return `data ${findSet(from.choice.set).name} → ${findSet(to.choice.set).name}`;
  const made = dataFieldNames.filter(([name]) => from.choice[name] !== to.choice[name])
    .map(([name, text]) => `${text} ${from.choice[name]} → ${to.choice[name]}`);
  const settings = ({ choice, edited }: Snapshot): Settings => ({ ...fromPlan(defaults, choice.set), ...edited });
  const margin = from.margin === to.margin ? [] : [`margin ${points(from.margin)} → ${points(to.margin)}`];
  return [...made, ...changes(settings(from), settings(to)), ...margin].join('; ');
}
