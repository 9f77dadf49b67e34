/**
 * JSON in which no object has a name twice: of two, one reader takes the first and another the last, so that what was checked need
 * not be what is used. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const open: (Set<string> | undefined)[] = [];   // the names of the objects around; of an array none
  for (const { 0: token, 1: name } of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (name !== undefined) {
      const names = open.at(-1), plain = JSON.parse(name) as string;
      if (names?.has(plain)) throw new SyntaxError(`the name ${JSON.stringify(plain.slice(0, 40))} is there twice`);
      names?.add(plain);
    }
  }
  return value;
}
