/** The text in pieces, each of them either one of the words of the search (or its beginning) or not. */
export function pieces(text: string, search: string): { text: string; found: boolean }[] {
  const wanted = search.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (wanted.length === 0) return [{ text, found: false }];
  // Letters and digits alone, so nothing in it means anything to a regular expression.
  const words = new RegExp(`(?<![\\p{L}\\p{N}])(?:${wanted.join("|")})`, "giu");
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

/** The text from shortly before the first found word on, so that a line that is cut off shows it. */
export function around(text: string, search: string | undefined): string {
  const [first, second] = search ? pieces(text, search) : [];
  if (!first || first.found || !second || first.text.length <= BEFORE) return text;
  const space = text.indexOf(" ", first.text.length - BEFORE);
  return `… ${text.slice(space === -1 || space > first.text.length ? first.text.length : space + 1)}`;
}
