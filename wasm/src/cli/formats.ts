import { basename, extname } from 'node:path';
import { UsageError } from './exit-codes.js';
import { stem } from './files.js';
import { toC, toJavaScript, toJson, toOnnx } from './package.js';

interface Details { weights: 'float32' | 'int8'; featureNames: string[] | undefined; name: string }

/** What a model can be written as, by the ending of the file's name: docs/exports.md. */
const formats: Record<string, (file: Uint8Array, details: Details) => Uint8Array | string> = {
  '.safetensors': (file) => file,
  '.onnx': toOnnx, '.json': toJson, '.mjs': toJavaScript, '.js': toJavaScript, '.h': toC,
};
const endings = Object.keys(formats);
export const endingsHelp = endings.join(', ');

const endingOf = (path: string): string => extname(path).toLowerCase();

export function checkFormat(path: string, int8: boolean): void {
  const ending = endingOf(path);
  if (!endings.includes(ending))
    throw new UsageError(`--out: the ending of '${path}' names no format. There are ${endingsHelp}.`);
  if (int8 && ending === '.safetensors')
    throw new UsageError('--int8: .safetensors holds float32 weights alone. Choose one of '
      + `${endings.filter((other) => other !== ending).join(', ')}, or leave --int8 out.`);
}

/** The model, a .safetensors file of ours, as the name of its new file wants it. */
export function formatted(path: string, model: Uint8Array, int8: boolean,
                          featureNames: string[] | undefined): Uint8Array | string {
  const details = { weights: int8 ? 'int8' as const : 'float32' as const, featureNames, name: basename(stem(path)) };
  return formats[endingOf(path)]!(model, details);
}
