/** Splits a text into pieces: words of the search, or words that begin like them, and the text between. */
export function splitAtMatches(text: string, search: string): { text: string; found: boolean }[] {
  const searched = search.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (searched.length === 0) return [{ text, found: false }];
  // The words hold letters and digits only, so none needs an escape in the expression.
  const words = new RegExp(`(?<![\\p{L}\\p{N}])(?:${searched.join("|")})`, "giu");
  const found: { text: string; found: boolean }[] = [];
  let end = 0;
  for (const match of text.matchAll(words)) {
    if (match.index > end) found.push({ text: text.slice(end, match.index), found: false });
    found.push({ text: match[0], found: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ text: text.slice(end), found: false });
  return found;
}

const BEFORE = 24;

/** The text from shortly before the first match on, so that a truncated line shows the match. */
export function around(text: string, search: string | undefined): string {
  const [first, second] = search ? splitAtMatches(text, search) : [];
  if (!first || first.found || !second || first.text.length <= BEFORE) return text;
  const space = text.indexOf(" ", first.text.length - BEFORE);
  return `… ${text.slice(space === -1 || space > first.text.length ? first.text.length : space + 1)}`;
}
