import { DistilleryError } from './errors.js';
import type { Plan, Recipe } from './types.js';

/** The same, with every field of every depth left to its default where it is missing. */
export type DeepPartial<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;

/** The reference experiment's teachers, a ladder of student sizes, a recipe chosen for each. A new object each time. */
export function defaultPlan(): Plan {
  return {
    seed: 0,
    split: { validation: 0.2, test: 0.2, officialTestRows: 0 },
    teachers: {
      count: 12,
      hidden: [256, 128, 64],
      dropout: [0.3, 0.3],
      combination: 'mean_logits',
      fittedWeights: false,
      calibrated: false,
      folds: 0,
      patience: 0,
      training: { epochs: 30, batchSize: 64, learningRate: 1e-3, weightDecay: 0, schedule: 'constant' },
    },
    students: {
      sizes: [[2], [4], [8], [12, 6], [16, 8], [24, 12], [32, 16], [48, 24], [64, 32], [96, 48], [160, 80], [256, 128]],
      seeds: 5,
      firstSeeds: 3,
      assistants: [],
      recipe: 'auto',
      trials: 2,
      transfer: { method: 'munge', copies: 2, deviation: 0.2, alpha: 0.4, swap: 0.5, locality: 1 },
      patience: 0,
      int8: false,
      training: { epochs: 50, batchSize: 64, learningRate: 0.01, weightDecay: 1e-4, schedule: 'cosine' },
    },
    balanceClasses: false,
    margin: 0.01,
    confidence: 0.95,
  };
}

export const usualRecipe: Required<Recipe> = {
  temperature: 1, softWeight: 0.9, transfer: false, loss: 'divergence', otherWeight: 2, assistant: false,
};

/** The plan with its gaps filled from the defaults. A field that no plan has is an error: it would have no effect. */
export function completePlan(plan: DeepPartial<Plan> = {}): Plan {
  return complete<Plan>(defaultPlan(), plan, 'plan');
}

export function complete<T extends object>(defaults: T, given: DeepPartial<T>, path: string): T {
  if (typeof given !== 'object' || given === null) throw new DistilleryError('invalid_option', `${path} must be an object.`);
  const whole = { ...defaults } as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    const at = `${path}.${name}`;
    const usual = whole[name];
    if (!Object.hasOwn(defaults, name)) throw new DistilleryError('invalid_option', `There is no option ${at}.`);
    if (value === undefined) continue;
    if (at === 'plan.students.recipe' && Array.isArray(value)) {
      whole[name] = value.map((recipe: Recipe, i) => complete<Required<Recipe>>(usualRecipe, recipe, `${at}[${i}]`));
      continue;
    }
    if (typeof value !== typeof usual || value === null || Array.isArray(value) !== Array.isArray(usual))
      throw new DistilleryError('invalid_option', `${at} must be ${Array.isArray(usual) ? 'an array' : `a${typeof usual === "object" ? "n" : ""} ${typeof usual}`}.`);
    whole[name] = typeof usual === 'object' && !Array.isArray(usual) ? complete(usual as object, value, at) : value;
  }
  return whole as T;
}
