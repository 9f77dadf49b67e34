/**
 * Importers: pure functions from other people's files to a model file (what `loadModel` takes). The package's entry
 * `distillery/import`, the mirror image of `distillery/export`; docs/imports.md describes what is taken.
 */
export { fromJson } from './json.js';
export { fromOnnx, type OnnxOptions } from './onnx.js';
export type { ImportOptions } from './options.js';
export { fromSafetensors, type SafetensorsOptions } from './safetensors.js';
