import { pieces } from "./matches";

/** A text in which the words that were searched for stand out. */
export function Marked({ text, search }: { text: string; search: string | undefined }) {
  if (!search) return text;
  return pieces(text, search).map(({ text: piece, found }, place) =>
    found ? <mark key={place}>{piece}</mark> : piece,
  );
}
