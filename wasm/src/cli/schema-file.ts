import { parseJson } from '../exporters/strict-json.js';
import { FileError } from './exit-codes.js';
import { exists, readWhole, stem, writeWhole } from './files.js';
import { checkSchema, type CsvSchema, featureNames } from './package.js';

/**
 * A model holds scaling and class names, but neither the names of its columns nor their categories. They are kept
 * beside it, as JSON: what `CsvTable.schema` is.
 */
export const schemaPathOf = (model: string): string => `${stem(model)}.schema.json`;

export const writeSchema = (path: string, schema: CsvSchema): Promise<void> =>
  writeWhole(path, `${JSON.stringify(schema, null, 1)}\n`);

export async function readSchema(path: string): Promise<CsvSchema> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readWhole(path));
    return checkSchema(parseJson(text) as CsvSchema);
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${path} is no schema: \`distillery distil\` writes one beside each student. Another can be `
      + 'named by --schema.', { cause: error });
  }
}

/** The schema that was named, or lies beside the model, if any; checked against the model. */
export async function schemaFor(modelPath: string, model: { inputs: number; classNames: string[] },
                                named: string | undefined): Promise<CsvSchema | undefined> {
  const path = named ?? schemaPathOf(modelPath);
  if (named === undefined && !await exists(path)) return undefined;
  const schema = await readSchema(path), features = featureNames(schema.columns).length;
  const { classNames } = model;
  if (features !== model.inputs)
    throw new FileError(`${path} is of another model: it gives ${features} features, and the network has `
      + `${model.inputs} inputs.`);
  if (schema.classNames.length !== classNames.length || schema.classNames.some((name, at) => name !== classNames[at]))
    throw new FileError(`${path} is of another model: its classes are others.`);
  return schema;
}
