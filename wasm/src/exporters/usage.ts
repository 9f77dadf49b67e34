/**
 * How an export is used, in ten lines each; rows come from the command line. File names are those that the page gives:
 * student.safetensors, student.onnx, student.json, student.mjs, student.h.
 */
export const usage = {
  safetensors: `// npm install distillery; node predict.mjs 5.1 3.5 1.4 0.2
import { readFileSync } from 'node:fs';
import { loadDistillery } from 'distillery';

const model = (await loadDistillery()).loadModel(readFileSync('student.safetensors'));
const row = Float32Array.from(process.argv.slice(2), Number);
const shares = model.predictProba(row);
model.classNames.forEach((name, c) => console.log(\`\${name}: \${shares[c].toFixed(3)}\`));
console.log('->', model.classNames[model.predict(row)[0]]);
model.dispose();
`,
  onnx: `# pip install onnxruntime; python predict.py 5.1 3.5 1.4 0.2
import json, sys
import numpy as np
import onnxruntime
session = onnxruntime.InferenceSession("student.onnx")
names = json.loads(session.get_modelmeta().custom_metadata_map["class_names"])
row = np.array([sys.argv[1:]], np.float32)
probabilities, label = session.run(["probabilities", "label"], {"features": row})
for name, probability in zip(names, probabilities[0]): print(f"{name}: {probability:.3f}")
print("->", names[label[0]])
`,
  json: `# python predict.py 5.1 3.5 1.4 0.2
import json, sys
import numpy as np
model = json.load(open("student.json", encoding="utf-8"))
x = (np.array(sys.argv[1:], np.float32) - np.float32(model["scaling"]["mean"])) / np.float32(model["scaling"]["scale"])
for layer in model["layers"]:
    weight = np.float32(layer["weight"]) * np.float32(layer.get("weightScale", [1]))[:, None]
    logits = weight @ x + np.float32(layer["bias"])
    x = np.maximum(logits, 0)
print("->", model["classNames"][logits.argmax()])
`,
  javascript: `// node predict.mjs 5.1 3.5 1.4 0.2
import { classNames, inputs, predict, probabilities } from './student.mjs';

const row = process.argv.slice(2).map(Number);
if (row.length !== inputs) throw new Error(\`give \${inputs} numbers\`);
const shares = probabilities(row);
classNames.forEach((name, c) => console.log(\`\${name}: \${shares[c].toFixed(3)}\`));
console.log('->', predict(row));
`,
  c: `/* cc -std=c99 -O2 -ffp-contract=off predict.c -o predict && ./predict 5.1 3.5 1.4 0.2 */
#include <stdio.h>
#include "student.h"
int main(int count, char** values) {
  float row[student_inputs], shares[student_classes];
  for (int i = 0; i < student_inputs; ++i) if (i + 1 >= count || sscanf(values[i + 1], "%f", &row[i]) != 1) return 1;
  student_probabilities(row, shares);
  for (int c = 0; c < student_classes; ++c) printf("%s: %.3f\\n", student_class_names[c], shares[c]);
  printf("-> %s\\n", student_class_names[student_predict(row)]);
}
`,
};
