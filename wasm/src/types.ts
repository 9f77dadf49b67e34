/**
 * The words of the public interface. Shares and accuracies lie between 0 and 1, divergences are in nats, sizes in
 * parameters or bytes. Matrices are row-major: one sample per row.
 */

/** Why a call failed. Stable: programs may branch on them. The first nine come from the C++ library. */
export type ErrorCode =
  | 'shape_mismatch' | 'invalid_option' | 'invalid_data' | 'corrupt_file' | 'unsupported_version' | 'diverged'
  | 'out_of_memory' | 'wrong_state' | 'internal'
  | 'unsupported_model'   // an import: a whole file, but of a network that is none of ours; the message says why
  | 'load_failed'      // the WebAssembly file could not be fetched or compiled
  | 'unsupported'      // the engine lacks what this needs
  | 'worker_failed'    // a worker died or answered nonsense
  | 'aborted'          // the caller's signal
  | 'disposed';        // a handle was used after dispose()

/**
 * Names of the artefacts. `simd`, the default, and `scalar`, plain code for tests, give the same bytes everywhere. `fast`
 * fuses multiplications with additions (relaxed SIMD): faster on some machines, but its last digits depend on the machine.
 */
export type Flavour = 'simd' | 'fast' | 'scalar';

export interface Architecture {
  inputs: number;
  /** Widths of the hidden layers, ReLU after each. Empty: logistic regression. */
  hidden: number[];
  classes: number;
  /** Probability of dropping a unit, per hidden layer; missing ones are 0. */
  dropout?: number[];
}

export interface TrainOptions {
  epochs: number;
  batchSize: number;
  learningRate: number;
  /** Decoupled (AdamW), per unit of learning rate. */
  weightDecay: number;
  schedule: 'constant' | 'cosine';
}

/** A labelled table. Copied by whoever takes it. */
export interface Table {
  /** rows × columns, row-major, finite; where there is an `imputation`, NaN stands for no value. */
  features: Float32Array;
  columns: number;
  /** One per row: an index into classNames. */
  labels: Int32Array;
  classNames: string[];
  /**
   * For plans: more rows × columns that nobody labelled. The ensemble does, and students learn from them, in recipes with
   * transfer rows. Not to be rows of the test.
   */
  unlabelled?: Float32Array;
  /**
   * For plans: what an ensemble of your own says, whatever it is made of: the probability of each class, for the rows and then
   * for the unlabelled ones. No teachers are trained then. It must not have learned from the validation and test rows, or
   * looks better than it is; `plan.split.officialTestRows` says which those of the test are.
   */
  ensemble?: Float32Array;
  /** For plans: one number per row. Rows of equal number belong together, and are never split into those that teach, choose, test. */
  groups?: Int32Array;
  /**
   * For plans: what is filled in where a feature, of the unlabelled rows too, has no value: its mean or median over those
   * training rows that have one. `Run.fills` tells it.
   */
  imputation?: 'mean' | 'median';
}

/** The whole job. Every field has a default: see `defaultPlan()`. */
export interface Plan {
  /** Whole number, 0 … 2^53 − 1. The same seed gives the same bytes on every machine. */
  seed: number;
  split: {
    /** Share of the rows that are not test rows. 0: none, and then nothing can be recommended. */
    validation: number;
    /** Share of all rows; ignored when officialTestRows > 0. */
    test: number;
    /** The last so many rows are the test rows, as the data's donors say; 0: drawn by seed. */
    officialTestRows: number;
  };
  teachers: {
    count: number;
    hidden: number[];
    dropout: number[];
    combination: 'mean_logits' | 'mean_probabilities';
    /** Weigh them by what the validation rows say: the weights, 0 or more, of the smallest negative log-likelihood. */
    fittedWeights: boolean;
    /** Divide their logits by the temperature that makes them right as often as they say, on validation rows (Guo et al. 2017). */
    calibrated: boolean;
    /**
     * Out-of-fold soft targets. 0: none, every teacher learns from all training rows. Else, 2 … count: from all but those of
     * one of so many folds, in turn; the soft targets of a row, and of those made of it, come from the teachers alone that have
     * not learned from it.
     */
    folds: number;
    /**
     * 0: all epochs. Else training ends early, when the loss on the validation rows has not fallen for so many epochs, with the
     * network of the best one.
     */
    patience: number;
    training: TrainOptions;
  };
  students: {
    /** Hidden widths of each size, such as [64, 32]; ascending in parameters. */
    sizes: number[][];
    /** How many students, and as many baselines of each kind, per size. */
    seeds: number;
    /**
     * So many of these seeds come first, for every size. The others go to all sizes up to the next one after the smallest that
     * passes so far: where the answer is decided, and below, where it costs little.
     */
    firstSeeds: number;
    /**
     * Teacher assistants (Mirzadeh et al. 2020): hidden widths of up to 8 networks. The first learns from the ensemble, each
     * other from the one before; recipes with `assistant` learn from the last. One shape again and again: a born-again chain
     * (Furlanello et al. 2018).
     */
    assistants: number[][];
    /**
     * How they are taught. 'auto': trials on the validation rows choose for every three neighbouring sizes among labels
     * alone and several kinds of distilling; the report says what was chosen, and why. A list of one: that. Of several, up
     * to 32: candidates of your own.
     */
    recipe: 'auto' | Recipe[];
    /**
     * Networks that try each candidate on one of the largest three sizes; of the three before twice as many, of all before
     * four times as many, since small ones vary more.
     */
    trials: number;
    transfer: TransferOptions;
    /** As that of the teachers, of students and baselines. */
    patience: number;
    /** Score the students' int8 twins, too: `SizeScores.quantised`. */
    int8: boolean;
    /** Of students and baselines alike. */
    training: TrainOptions;
  };
  /** Weigh rows so that all classes count alike. */
  balanceClasses: boolean;
  /** How much accuracy below the ensemble's is still enough: 0.01 is one point. */
  margin: number;
  /** Of all intervals: 0.95. */
  confidence: number;
}

/** What a student is asked to learn, and from which rows. */
export interface Recipe {
  /** Of the soft targets, 0.05 … 100. */
  temperature: number;
  /** Of the soft targets against the labels, 0 … 1. 0: labels alone, so nothing is distilled. */
  softWeight: number;
  /** Whether transfer rows teach, too. */
  transfer: boolean;
  /** 'divergence' where it is missing. */
  loss?: SoftLoss;
  /** Of 'decoupled': the weight of what the soft targets say of the other classes, 0 … 100 (2). */
  otherWeight?: number;
  /** Whether the last of the assistants teaches, not the ensemble itself (false). */
  assistant?: boolean;
}

/**
 * How far a student's answers are from the soft targets. `divergence`: KL(targets ‖ student) at the temperature (Hinton, Vinyals
 * & Dean 2015). `logits`: mean squared difference of logits, up to a constant (Ba & Caruana 2014). `decoupled`: the divergence
 * on the label against all else, and that among the other classes, with a weight of its own (Zhao et al. 2022).
 */
export type SoftLoss = 'divergence' | 'logits' | 'decoupled';

/**
 * Transfer rows: made from the training rows and labelled by the ensemble, for the students to learn from beside those.
 * `jitter`: normal noise; `mixup`: between two rows (Zhang et al. 2018); `munge`: values of a near row (Buciluă, Caruana &
 * Niculescu-Mizil 2006).
 */
export interface TransferOptions {
  method: 'none' | 'jitter' | 'mixup' | 'munge';
  /**
   * Per training row, 1 … 100, but at most 200,000 in all. In each epoch every training row has its turn, itself or one of
   * those made of it.
   */
  copies: number;
  /** jitter: of the noise, in deviations of the column. Columns of at most 10 different values are left alone. */
  deviation: number;
  /** mixup: the weight is drawn from Beta(alpha, alpha). */
  alpha: number;
  /** munge: probability that a value is taken from the near row. */
  swap: number;
  /** munge: a value that is taken varies with the deviation |difference| / locality. */
  locality: number;
}

/** Rows on which a network is about as sure of its answer: a point of a reliability diagram. */
export interface ReliabilityBin {
  /** The probability of the answer, on average. */
  confidence: number;
  /** Share of right answers, with its interval over rows (Wilson). */
  accuracy: Interval;
  rows: number;
}
export interface Reliability {
  /** Expected calibration error, over 15 bins of confidence. */
  ece: number;
  /** From the least sure on. */
  bins: ReliabilityBin[];
}

/** An estimate with its interval. count: how many values it rests on; with fewer than two, lower = upper = estimate. */
export interface Interval { estimate: number; lower: number; upper: number; count: number }

/** Figures about the answers of networks on a set of rows. */
interface FiguresOf<T> {
  accuracy: T;
  /** Mean of the classes' F1 scores. */
  macroF1: T;
  /** Area under the ROC curve, of two classes; with more, 0 (of intervals: count 0). */
  rocAuc: T;
  /** Mean negative log-likelihood of the labels. */
  nll: T;
  /** Mean squared distance of the probabilities from the label's, summed over classes, 0 … 2. */
  brier: T;
  /** Expected calibration error, over 15 bins of confidence. */
  ece: T;
  /** Share of rows decided as the ensemble decides. */
  agreement: T;
  /** Mean KL(ensemble ‖ network). */
  kl: T;
  /** Agreement on the rows that the ensemble gets wrong; count 0 where there are none. */
  agreementOnErrors: T;
  /** Agreement on the tenth of the rows on which the ensemble is least decided. */
  agreementNearBoundary: T;
}
export interface Figures extends FiguresOf<number> {}
/** Of several networks, each with its interval over seeds. */
export interface Scores extends FiguresOf<Interval> {}

export interface SizeScores {
  student: Scores;
  /**
   * The plain baseline: the student's twin, same shape, seeds, steps and training options, taught by the labels of the
   * training rows alone.
   */
  baseline: Scores;
  /**
   * The matched baseline: also taught by labels alone, but with the transfer rows of the student's recipe (which have the
   * labels of the rows they were made from). The plain one where the recipe has no transfer rows. Where labels alone are
   * the recipe, it is the student.
   */
  matched: Scores;
  /** Of the students' int8 twins, as an int8 export answers; count 0 where `plan.students.int8` did not ask for them. */
  quantised: Scores;
  /** Accuracy, student − baseline, paired by seed. */
  gain: Interval;
  /** Two-sided p of the paired t test that the gain is 0. 1 where there are fewer than two pairs. */
  gainP: number;
  /** The same, adjusted for as many sizes as there are (Holm 1979). */
  gainHolm: number;
  /** KL to the ensemble, student − baseline, paired by seed: below 0 the student is closer. */
  klGain: Interval;
  klGainP: number;
  /** Accuracy, student − matched baseline, paired by seed: what the ensemble adds to the recipe. */
  matchedGain: Interval;
  matchedGainP: number;
  matchedGainHolm: number;
  /** Accuracy, student − ensemble, over seeds and rows together. */
  difference: Interval;
}

/** The figures on one set of rows. */
export interface Curve {
  rows: number;
  /** Interval over teachers. */
  teacherAccuracy: Interval;
  /** Interval over rows (Wilson). count 0: no teacher is done yet. */
  ensembleAccuracy: Interval;
  ensemble: Figures;
  /**
   * Accuracy of ensembles of 1, 2, … of the teachers, weighted equally: the mean over those that begin with each of them and go on
   * in order, with its interval over rows (t). Empty as long as a teacher is missing.
   */
  ensembles: Interval[];
  /** One per size, as in `Report.sizes`. count 0 within: nothing is done yet. */
  sizes: SizeScores[];
}

/** How a recipe did in its trials, on validation rows. */
export interface RecipeScore {
  /** How many of them did not diverge; with 0 the rest means nothing. */
  trials: number;
  accuracy: number;
  nll: number;
  /** The most accurate recipe's accuracy less this one's, and that one standard error (over paired rows) below and above. */
  behind: Interval;
}

/**
 * How the sizes from `first` to `last` got their recipe. Of those that are behind the most accurate one by at most one
 * standard error, it is the one with the smallest negative log-likelihood.
 */
export interface RecipeTrials {
  first: number;
  last: number;
  /** The size it was tried on. */
  size: number;
  /** As in `Report.recipes`. Empty as long as trials are missing. */
  candidates: RecipeScore[];
  /** Index of the chosen one; −1 as long as trials are missing. */
  chosen: number;
}

export interface SizeInfo {
  hidden: number[];
  /** How its students are taught, as an index of `Report.recipes`; −1: not chosen yet. */
  recipe: number;
  parameters: number;
  bytes: number;
  studentsDone: number;
  baselinesDone: number;
  matchedDone: number;
  diverged: number;
}

export interface TeacherInfo {
  state: 'pending' | 'done' | 'diverged';
  /** Per epoch. */
  loss: number[];
  /** Per epoch, on validation rows (on the training rows, with dropout, where there are no validation rows). */
  accuracy: number[];
  validationAccuracy: number;
  /** 0 until the report is finished. */
  testAccuracy: number;
  /** Its share in the ensemble: those of all that are done sum to 1. */
  weight: number;
}

/** See `Plan.students.assistants`. */
export interface AssistantInfo {
  hidden: number[];
  parameters: number;
  done: boolean;
  validationAccuracy: number;
}

export interface Choice {
  /** 'pending': not chosen yet; 'chosen'; 'none': no size passes; 'no_rows': there are no validation rows. */
  status: 'pending' | 'chosen' | 'none' | 'no_rows';
  /** Index of the recommended size, or of the closest one where none passes; −1 while pending. */
  size: number;
  /** Which of its students is taken away: the one with the best validation accuracy. */
  seed: number;
  /** The test of that one model on the test rows: accuracy, model − ensemble, over rows (matched pairs; Tango 1998). */
  testDifference: Interval;
  testAccuracy: number;
  /** Share of test rows on which that model decides as the ensemble does. */
  testAgreement: number;
  /** Whether testDifference stays within the margin. */
  confirmed: boolean;
  /** The margin that as many test rows would confirm with a chance of 80%, if the two are truly equal and differ as often. */
  supportedMargin: number;
  /** How many test rows would confirm the margin asked for, likewise; 0: no number would. */
  rowsNeeded: number;
  /** Ensemble − baseline of that size on test rows, over seeds and rows. */
  edge: Interval;
  /** (student − baseline) / (ensemble − baseline), in 0 … 1 or beyond; count 0 where the edge is too small to divide by. */
  retainedEdge: Interval;
}

export interface Report {
  /** What the report was made by: figures of `fast` differ in their last digits from machine to machine. */
  flavour: Flavour;
  finished: boolean;
  rows: { train: number; validation: number; test: number };
  columns: number;
  classes: number;
  teacherParameters: number;
  ensembleParameters: number;
  ensembleBytes: number;
  /** What the teachers' logits are divided by: 1 unless `plan.teachers.calibrated`. */
  calibration: number;
  teachers: TeacherInfo[];
  /** Empty where no recipe wants them. */
  assistants: AssistantInfo[];
  sizes: SizeInfo[];
  /** The candidates that this data can have: without transfer rows none that wants them. */
  recipes: Recipe[];
  /** Of every three neighbouring sizes; empty where there was one recipe. */
  trials: RecipeTrials[];
  validation: Curve;
  /** rows 0 until the end: the test rows are scored once, when all else is done. */
  test: Curve;
  choice: Choice;
}

export type NetworkKind = Exclude<JobInfo['kind'], 'test' | 'trial'>;

export interface JobInfo {
  id: number;
  kind: 'teacher' | 'baseline' | 'student' | 'test' | 'matched' | 'trial' | 'assistant';
  /** Which teacher, assistant or size, from 0. For 'test': the teacher, or teachers.count + size. */
  index: number;
  /** Which of the seeds or trials, from 0; 0 for teachers and assistants. */
  seed: number;
  /** Of trials: which candidate. */
  recipe: number;
  /** Estimated work: rows × parameters × epochs. */
  work: number;
}

/** Expected loss over retrainings, in two parts. Of J retrainings the variance is too small by J / (J − 1): compare at equal J. */
export interface BiasVariance { bias: number; variance: number }
export interface VarianceParts {
  /** Of the log-loss, in nats (Heskes 1998; Yang et al. 2020). */
  nll: BiasVariance;
  /** Of the error rate (Kohavi & Wolpert 1996). */
  error: BiasVariance;
}
/** What `measureVariance` finds. */
export interface VarianceReport {
  resamples: number;
  /** Of the test. */
  rows: number;
  /** The student's. */
  hidden: number[];
  networks: Record<'teacher' | 'ensemble' | 'student' | 'baseline' | 'matched', VarianceParts>;
  /**
   * How much of what the ensemble saves of a single teacher's variance (of the log-loss) the student keeps: 1 is all of it; with the
   * jackknife's t interval over resamples. count 0 where the ensembles vary no less than the teachers.
   */
  kept: Interval;
}

export interface Progress { done: number; total: number }

export type RunEvent =
  /** First of all. `work` is in rows × parameters × epochs. done: ids of the jobs that were done before, in a run that goes on. */
  | { type: 'started'; jobs: JobInfo[]; done: number[]; workers: number; flavour: Flavour; report: Report }
  /** A network finished an epoch. accuracy: on validation rows for teachers, else on training rows as trained. */
  | { type: 'epoch'; job: JobInfo; epoch: number; epochs: number; loss: number; accuracy: number; work: Progress }
  /** A job is done; the report is provisional until `finished`. */
  | { type: 'job'; job: JobInfo; work: Progress; report: Report;
      /** The most that its worker has held so far, in bytes of WebAssembly memory and of messages. */
      memory: number }
  /**
   * The recipe that was chosen leaves these jobs nothing of their own to train, for other networks stand for theirs; or they are
   * of sizes that get no more than their first seeds.
   */
  | { type: 'dropped'; jobs: JobInfo[]; work: Progress }
  | { type: 'finished'; report: Report };
