import type { Curve, Interval, Plan, Recipe, Report } from 'distillery';
import { about, capital, count, inWords, percent, plural, points, probability, signedPoints, spent, times } from './format.ts';
import { activeTime, matchedApart, recipeOf, secondsLeft, shownCurve, type RunState } from './run.ts';

/** A sentence with at most one part set off, so that no view has to search in text. */
export interface Sentence { before: string; key: string; after: string }

const plain = (text: string): Sentence => ({ before: text, key: '', after: '' });

export const asText = (sentence: Sentence): string => sentence.before + sentence.key + sentence.after;

export function intervalText(interval: Interval, confidence: number): string {
  return `${Math.round(confidence * 100)}% interval ${signedPoints(interval.lower)} to ${signedPoints(interval.upper)}`;
}

/** The line above the sentence. */
export function stateLine(run: RunState, now: number): string {
  const name = run.data.made ? `${run.data.name}, ${run.data.made}` : run.data.name;
  switch (run.phase) {
    case 'preparing': return `${name}. Getting ready.`;
    case 'running': return `${name}. Training on ${run.workers} of this machine’s cores.`;
    case 'paused': return `${name}. Paused.`;
    case 'finished': return `${name}. Finished in ${spent(activeTime(run, now) / 1000)}.`;
    case 'stopped': return `${name}. Stopped after ${spent(activeTime(run, now) / 1000)}.`;
    case 'failed': return name;
  }
}

function training(run: RunState): string {
  const { planned, done, report } = run;
  if (!report) return 'The data is being read.';
  const teachers = planned.teacher;
  const diverged = report.teachers.findIndex((teacher) => teacher.state === 'diverged');
  if (diverged >= 0 && done.teacher < teachers) return `Teacher ${diverged + 1} diverged: ${teachers - 1} remain.`;
  if (done.teacher === 0) return `${capital(inWords(teachers))} ${plural(teachers, 'teacher is', 'teachers are')} training.`;
  if (done.teacher < teachers) {
    return `${capital(inWords(done.teacher))} of ${inWords(teachers)} teachers ${plural(done.teacher, 'is', 'are')} done. Students come next.`;
  }
  if (done.trial < planned.trial) return 'All teachers are done. Trials choose how the students are taught.';
  if (done.student === 0 && planned.student > 0) return 'All teachers are done. Now the students learn.';
  if (done.student < planned.student) {
    return `All teachers are done, and ${count(done.student)} of ${count(planned.student)} students.`;
  }
  if (done.baseline < planned.baseline) return 'All students are done. Their twins still train.';
  return 'All are trained. The test rows come last.';
}

/** Rounded up to two digits: more would pretend to know. */
function roughly(rows: number): string {
  const unit = 10 ** Math.max(1, Math.floor(Math.log10(rows)) - 1);
  return count(Math.ceil(rows / unit) * unit);
}

export const timesSmaller = (report: Report, parameters: number): string => times(report.ensembleParameters / parameters);

function answer(run: RunState, report: Report): Sentence {
  const { choice } = report;
  const size = report.sizes[choice.size];
  const within = `within ${points(run.plan.margin)}`;
  if (choice.status === 'no_rows' || !size) return plain('There are no validation rows to choose by.');
  if (choice.status === 'none') {
    return { before: `None of these sizes is ${within}. The closest has `, key: `${count(size.parameters)} parameters`, after: '.' };
  }
  if (!choice.confirmed) return plain('Chosen on the validation rows, but the test rows do not confirm it.');
  return {
    before: 'A student of ', key: `${count(size.parameters)} parameters`,
    after: ` is enough: ${timesSmaller(report, size.parameters)} times smaller, and ${within} of the ensemble.`,
  };
}

/** The sentence: the progress, then the answer. */
export function headline(run: RunState): Sentence {
  switch (run.phase) {
    case 'failed': return plain('The run could not go on.');
    case 'stopped': {
      const some = (run.report?.sizes ?? []).some((size) => size.studentsDone > 0);
      return plain(some ? 'Stopped. What had finished is shown.' : 'Stopped before the first student.');
    }
    case 'finished': return run.report ? answer(run, run.report) : plain('Finished.');
    default: return plain(training(run));
  }
}

/** The line below the answer: first what was measured, then how sure that is. */
export function evidence(run: RunState): { measured: string; sureness: string } | null {
  const report = run.report;
  if (run.phase === 'failed') return { measured: run.failure ?? 'Something went wrong.', sureness: '' };
  if (!report || run.phase !== 'finished') return null;
  const { choice } = report;
  const size = report.sizes[choice.size];
  if (!size || report.test.rows === 0) return null;
  const right = `ight on ${percent(choice.testAccuracy)} of the test rows; the ensemble on ${percent(report.test.ensembleAccuracy.estimate)}.`;
  let sureness = `Difference ${signedPoints(choice.testDifference.estimate)} points (${intervalText(choice.testDifference, run.plan.confidence)}).`;
  if (choice.status === 'chosen' && !choice.confirmed) {
    if (choice.rowsNeeded > report.test.rows && choice.testDifference.upper > -run.plan.margin) {
      sureness += ` If both are equally good, it takes about ${roughly(choice.rowsNeeded)} test rows to show it.`;
    }
    return { measured: `The student of ${count(size.parameters)} parameters is r${right}`, sureness };
  }
  return { measured: `R${right}`, sureness };
}

export function timeLeft(run: RunState): string {
  if (run.phase === 'preparing') return 'Getting ready';
  const seconds = secondsLeft(run);
  if (run.phase === 'paused') return seconds === null ? 'Paused' : `Paused, ${about(seconds)} left`;
  return seconds === null ? 'The time left is being measured' : `${capital(about(seconds))} left`;
}

/** The one line of the bar that follows the reader down the page. */
export function barLine(run: RunState): Sentence | null {
  const report = run.report;
  if (run.phase !== 'finished' || !report) return null;
  const { choice } = report;
  const size = report.sizes[choice.size];
  if (!size) return null;
  const rest = `${timesSmaller(report, size.parameters)} times smaller, ${percent(choice.testAccuracy)} right, ensemble ${percent(report.test.ensembleAccuracy.estimate)}`;
  const verb = choice.status === 'chosen' && choice.confirmed ? 'are enough' : choice.status === 'none' ? 'come closest' : 'were chosen, not confirmed';
  return { before: '', key: `${count(size.parameters)} parameters`, after: ` ${verb}: ${rest}` };
}

const transferName = { none: 'transfer rows', jitter: 'rows made by jitter', mixup: 'rows made by mixup', munge: 'rows made by MUNGE' };

function recipeName({ temperature, softWeight, transfer, assistant }: Recipe, plan: Plan): string {
  const rows = transfer ? ` and ${transferName[plan.students.transfer.method]}` : '';
  return softWeight === 0 ? `the labels alone${rows}` : `soft targets ${assistant ? 'of an assistant ' : ''}(temperature ${temperature}, weight ${softWeight})${rows}`;
}

/** How many of the teachers would have been enough, by the margin that the students get, too. */
export function teachersText({ ensembles }: Curve, margin: number): string | null {
  const all = ensembles.at(-1), one = ensembles[0];
  if (!all || !one || ensembles.length < 2) return null;
  const enough = 1 + ensembles.findIndex(({ estimate }) => estimate >= all.estimate - margin);
  const between = enough > 1 && enough < ensembles.length ? `, ${inWords(enough)} together on ${percent(ensembles[enough - 1]!.estimate)}` : '';
  const would = enough === ensembles.length ? 'All of them are needed' : `${capital(inWords(enough))} would do`;
  return `On average one of them alone is right on ${percent(one.estimate)}${between}, all ${inWords(ensembles.length)} on ${percent(all.estimate)}. ${would}, within ${points(margin)}.`;
}

/** How the students of one size are taught, and what else was tried. */
export function recipeText(run: RunState, size: number): string | null {
  const report = run.report, recipe = report && recipeOf(report, size);
  if (!report || !recipe) return null;
  const taught = `Taught by ${recipeName(recipe, run.plan)}`;
  const trials = report.trials.find(({ first, last }) => first <= size && size <= last);
  if (!trials) return `${taught}.`;
  const tried = `${taught}: the best of ${inWords(trials.candidates.length)} recipes that were tried on ${count(report.sizes[trials.size]!.parameters)} parameters.`;
  if (recipe.softWeight === 0) return `${tried} So nothing is distilled at this size.`;
  const labels = trials.candidates.filter(({ trials: trained }, i) => trained > 0 && report.recipes[i]!.softWeight === 0);
  if (labels.length === 0) return tried;
  const best = labels.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const chosen = trials.candidates[trials.chosen]!;
  const ahead = chosen.accuracy - best.accuracy;
  return `${tried} There the labels alone were ${ahead === 0 ? 'right as often' : `${points(Math.abs(ahead))} ${ahead > 0 ? 'behind' : 'ahead'}`} on the validation rows.`;
}

/** Student − matched baseline, where that one is not the plain baseline or the student itself. */
export function matchedText(report: Report, size: number, confidence: number): string | null {
  const scores = shownCurve(report).curve.sizes[size];
  if (!scores || !matchedApart(report, size) || scores.matchedGain.count < 2) return null;
  const { matchedGain, matchedGainP } = scores;
  return `Student − matched baseline ${signedPoints(matchedGain.estimate)} points (${intervalText(matchedGain, confidence)}, ${probability(matchedGainP)})`;
}

/** Student − baseline at one size, with its interval and p. Credits nothing: labels alone may do as well. */
export function gainText(report: Report, size: number, confidence: number): { text: string; clear: boolean } | null {
  const scores = (report.finished && report.test.rows > 0 ? report.test : report.validation).sizes[size];
  if (!scores || scores.gain.count === 0) return null;
  const value = `${signedPoints(scores.gain.estimate)} points`;
  if (scores.gain.count < 2) return { text: `Student − baseline ${value} (one pair, so no interval)`, clear: false };
  return {
    text: `Student − baseline ${value} (${intervalText(scores.gain, confidence)}, ${probability(scores.gainP)})`,
    clear: scores.gain.lower > 0 || scores.gain.upper < 0,
  };
}
