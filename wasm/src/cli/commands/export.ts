import { extname } from 'node:path';
import { flag, text } from '../arguments.js';
import { command } from '../command.js';
import { exitCodes, UsageError } from '../exit-codes.js';
import { bytes } from '../figures.js';
import { checkPlace, isSame, writeWhole } from '../files.js';
import { checkFormat, endingsHelp, formatted } from '../formats.js';
import { openModel } from '../models.js';
import { featureNames } from '../package.js';
import { schemaFor } from '../schema-file.js';

const options = {
  out: text('file', `what to write, in the format of its ending: ${endingsHelp}`, 'o'),
  int8: flag('weights of 8 bits: a fourth of the size, and somewhat other answers'),
  schema: text('file.json', 'names the features; without it, the .schema.json beside the model does, if there is one'),
};

export const exportCommand = command({
  name: 'export',
  summary: 'write a model as ONNX, JSON, JavaScript, C or safetensors',
  usage: ['<student.safetensors> --out <student.onnx> [--int8]'],
  about: [
    'The model is a student, or an MLP of another program in safetensors or ONNX (docs/imports.md says which), or the '
    + 'JSON of an export. Files are known by what is in them.',
    'The formats, and how each is used, are described in docs/exports.md. All hold the scaling and the class names and '
    + 'take raw rows. For C, identifiers begin with the name of the file.',
  ],
  options,
  examples: [
    'distillery export student.safetensors --out student.onnx',
    'distillery export student.safetensors --out student.h --int8',
    'distillery export pytorch.onnx --out model.safetensors',
  ],

  async run({ values, positionals }, terminal) {
    const [path] = positionals, { out, int8 = false } = values;
    if (path === undefined || positionals.length > 1)
      throw new UsageError('One model is needed: a student, or an MLP in safetensors, ONNX or the JSON of an export.');
    if (out === undefined) throw new UsageError(`--out is needed: what to write, ending in one of ${endingsHelp}.`);
    checkFormat(out, int8);
    await checkPlace(out, '--out');
    if (await isSame(path, out)) throw new UsageError(`--out: ${out} is the model. Name another file.`);
    const { given, file, model } = await openModel(path), { classNames, architecture: { inputs } } = model;
    if (extname(out).toLowerCase() === '.safetensors' && Buffer.compare(given, file) === 0)
      throw new UsageError('--out: a model is a .safetensors file already. Copy it.');
    const schema = await schemaFor(path, { inputs, classNames }, values.schema);
    const content = formatted(out, file, int8, schema && featureNames(schema.columns));
    await writeWhole(out, content);
    terminal.note(`Written: ${out}, ${bytes(Buffer.byteLength(content))}.`);
    return exitCodes.ok;
  },
});
