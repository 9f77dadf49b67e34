/** What the entries for browsers and for Node have in common. */

export type * from './types.js';
export type { DistilOptions, FlavourOptions, LoadOptions, PredictOptions } from './api.js';
export type { Run } from './distil.js';
export type { Glue, WasmSource } from './load.js';
export type { Comparison, Decomposition, LeakHook, PredictionComparison } from './native.js';
export type { DeepPartial } from './plan.js';
export type { EpochStats, Samples, TrainerOptions } from './distillery.js';
export type { VarianceOptions } from './variance.js';
export {
  checkSchema, createCsvReader, encodeRows, featureNames, fillSchema, readCsv, type CsvColumn, type CsvFormat, type CsvOptions,
  type CsvProgress, type CsvReader, type CsvSchema, type CsvSource, type CsvTable, type FileTable, type ParquetFormat,
  type ParquetTable, type ReadCsvOptions, type ReadParquetOptions, type SkippedRow,
} from './csv/index.js';
export { Distillery, Model, Trainer } from './distillery.js';
export { DistilleryError } from './errors.js';
export { fastIsSupported } from './load.js';
export { readParquet, readTable } from './parquet/index.js';
export { completePlan, defaultPlan } from './plan.js';
export type { TableKinds } from './protocol.js';
export { FillableTable, JobRun, Pipeline, Planner, type ReadyJob, Workbench } from './planner.js';
