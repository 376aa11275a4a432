import type { Confusion } from "../../app/api";

export interface Matrix {
  names: string[];
  rows: { name: string; cells: number[]; total: number }[];
}

/** A square matrix of the `largest` intents with the most confusions, in the order of their names. */
export function matrix(confusions: Confusion[], largest: number): Matrix {
  const wrong = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const { intent, guessed_intent: guess, count } of confusions) {
    const key = `${intent}\n${guess}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
    for (const name of [intent, guess]) {
      wrong.set(name, (wrong.get(name) ?? 0) + (intent === guess ? 0 : count));
    }
  }
  const names = [...wrong.entries()]
    .sort(([a, less], [b, more]) => more - less || a.localeCompare(b))
    .slice(0, largest)
    .map(([name]) => name)
    .sort();
  return {
    names,
    rows: names.map((name) => {
      const cells = names.map((guess) => counts.get(`${name}\n${guess}`) ?? 0);
      return { name, cells, total: cells.reduce((sum, count) => sum + count, 0) };
    }),
  };
}
