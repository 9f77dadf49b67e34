/** Text that is HTML already. Nothing else gets into a page without being escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | Part[];

/** HTML of a template: what is put in is escaped, unless it comes of this function. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(texts.reduce((whole, text, at) => whole + escaped(parts[at - 1]!) + text));
}

function escaped(part: Part): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(escaped).join('');
  return String(part).replace(harmful, (character) => names[character] ?? '\ufffd');
}
/** Markup, control characters and those that turn the direction of writing. */
const harmful = /[&<>"'\0-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]/g;
const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
