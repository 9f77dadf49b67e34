/**
 * Exporters: pure functions from a model file (what `Model.save`, `Run.chosen` or `Run.model` gives) to the bytes or
 * text of other formats. The package's entry `distillery/export`; docs/exports.md describes the formats.
 */
export { type CExportOptions, toC } from './c.js';
export { type JsonModel, toJson } from './json.js';
export { toJavaScript } from './javascript.js';
export { toOnnx } from './onnx.js';
export type { ExportOptions } from './options.js';
export { type Quantised, quantise } from './quantise.js';
export { usage } from './usage.js';
