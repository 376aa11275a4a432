import { splitAtMatches } from "./matches";

/** A text in which the words of the search are highlighted. */
export function Highlighted({ text, search }: { text: string; search: string | undefined }) {
  if (!search) return text;
  return splitAtMatches(text, search).map(({ text: piece, found }, index) =>
    found ? <mark key={index}>{piece}</mark> : piece,
  );
}
