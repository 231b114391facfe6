const PARTS = /("""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\s+|[^\s"']+/g;

/**
 * One text for sources that differ in blanks alone: blanks between words become one, all others go. What is in quotes
 * stays, and so does a source with comments, which end with their line.
 */
export function normalSource(source: string): string {
  if (source.includes('//')) return source;
  let text = '';
  let parted = false;
  for (const [part, quoted] of source.matchAll(PARTS)) {
    if (quoted === undefined && part.trim() === '') {
      parted = true;
      continue;
    }
    if (parted && /\w$/.test(text) && /^\w/.test(part)) text += ' ';
    text += part;
    parted = false;
  }
  return text;
}
