/**
 * What the command line uses of the package: its public entries and nothing else, so that it is a user like any other
 * and shares their files. Bundled apart from them: nothing of the command line reaches a page.
 */
export {
  checkSchema, completePlan, distil, DistilleryError, featureNames, fillSchema, loadDistillery, loadPlanner,
  readTable,
} from '../node.js';
export type {
  Choice, CsvSchema, CsvTable, Curve, DeepPartial, Figures, FileTable, Interval, JobInfo, ParquetTable, Plan, PredictionComparison,
  ReadCsvOptions,
  Recipe, RecipeScore, RecipeTrials, Report, Run, RunEvent, Scores, SizeScores, Table,
} from '../node.js';
export { toC, toJavaScript, toJson, toOnnx } from '../exporters/index.js';
export { type DataRecord, decodeRunFile, encodeRunFile, isRunFile, type RunFile } from '../run-file/index.js';
export { fromJson, fromOnnx, fromSafetensors } from '../importers/index.js';
