// Compiled with strict checks of the package's declarations too, and never run.
import { distil, DistilleryError, loadDistillery, loadPlanner, type ErrorCode, type Report } from 'distillery';
import { toOnnx } from 'distillery/export';
import { fromOnnx, type OnnxOptions } from 'distillery/import';

const distillery = await loadDistillery({ wasm: fetch('https://example.org/distillery-simd.wasm') });
const table = distillery.generate('moons', { rows: 100 });
const model = distillery.createTrainer({ inputs: 2, hidden: [4], classes: 2 }, table).model();
const classes: Int32Array = model.predict(table.features);
const onnx: Uint8Array = toOnnx(model.save()), options: OnnxOptions = { output: 'logits' };
const again: Uint8Array = fromOnnx(onnx, options);
const { module } = await loadPlanner();
const run = distil(table, { students: { sizes: [[4]] } }, { workers: 1, wasm: module });
const report: Report = await run.report;
const code: ErrorCode | undefined = report.finished ? undefined : new DistilleryError('internal', '').code;
export default [classes.length, onnx.length, again.length, code];
