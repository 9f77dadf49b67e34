/** What is kept of a run besides the bytes that it goes on from, and how the list of earlier runs speaks of it. */
import type { Plan } from 'distillery';
import { percent } from './format.ts';
import type { RunData, RunState } from './run.ts';
import type { DataChoice, Settings } from './settings.ts';
import { tradeOff, type TradeOff } from './tradeoff.ts';
import { asText, headline } from './words.ts';

export const keptVersion = 1;

export interface KeptRun {
  version: typeof keptVersion;
  id: string;
  /** When it was started, and when this was written: milliseconds since 1970. */
  began: number;
  written: number;
  /** 'running' is what a crash leaves. */
  phase: 'running' | 'paused' | 'stopped' | 'finished';
  data: RunData;
  choice: DataChoice;
  settings: Settings;
  plan: Plan;
  /** Milliseconds at work so far. */
  active: number;
  /** Share of the work that is done, 0 … 1. */
  share: number;
  /** Validation accuracy by epoch, per teacher: what the saved bytes do not hold of teachers under way. */
  curves: readonly (readonly number[])[];
  marginChangedLate: boolean;
  /** The answer, once there is one, and the figures behind it. */
  answer: string;
  tradeOff: TradeOff | null;
  /** Of the saved run and its table together. */
  bytes: number;
}

export interface Origin { id: string; began: number; choice: DataChoice }

/** A name that no other run has, in pages without a secure context too. */
export const newId = (began: number): string => `${began.toString(36)}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`;

export function kept(run: RunState, { id, began, choice }: Origin, active: number, now: number, bytes: number): KeptRun | null {
  const { phase, data, settings, plan, curves, marginChangedLate } = run;
  if (phase === 'preparing' || phase === 'failed') return null;
  const { done, total } = run.work;
  return {
    version: keptVersion, id, began, written: now, phase, data, choice, settings, plan, active, curves, marginChangedLate, bytes,
    share: phase === 'finished' ? 1 : total > 0 ? done / total : 0,
    answer: phase === 'finished' ? asText(headline(run)) : '',
    tradeOff: phase === 'finished' ? tradeOff(run) : null,
  };
}

export const isUnfinished = (run: KeptRun): boolean => run.phase !== 'finished';

/** Whether this version of the page can open it: whatever lies in the storage was written by some version. */
export function isReadable(record: unknown): record is KeptRun {
  return typeof record === 'object' && record !== null && 'version' in record && record.version === keptVersion;
}

/** "14:02" of today, "24 Nov, 14:02" of other days, as the reader's language has it. */
export function clockTime(at: number, now: number, language?: string): string {
  const time = new Date(at).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return sameDay ? time : `${new Date(at).toLocaleDateString(language, { day: 'numeric', month: 'short' })}, ${time}`;
}

/** How far it got, or what came out. */
export function standing(run: KeptRun): string {
  switch (run.phase) {
    case 'finished': return run.answer;
    case 'stopped': return `Stopped at ${percent(run.share)} of the work.`;
    case 'paused': return `Paused at ${percent(run.share)} of the work.`;
    case 'running': return `Broken off at ${percent(run.share)} of the work.`;
  }
}
