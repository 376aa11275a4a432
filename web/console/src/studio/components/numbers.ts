/** How the studio writes money and small numbers. */

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function count(value: number): string {
  return whole.format(value);
}

/** Two digits behind the point, with a real minus and none before nothing. */
export function plain(value: number): string {
  return fine
    .format(value)
    .replace(/^-(?=0\.00$)/, "")
    .replace("-", "−");
}

/** "SOFT DRINKS" as "Soft drinks". */
export function named(category: string): string {
  return category.charAt(0) + category.slice(1).toLowerCase();
}

/** Round marks between two values, about `about` of them. */
export function marks(low: number, high: number, about = 5): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / about;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * size).find((one) => one >= rough) ?? 10 * size;
  const first = Math.ceil(low / step);
  const found: number[] = [];
  for (let at = first; at * step <= high + step * 1e-9; at++) found.push(at * step);
  return found;
}

/** As the commands' own tables: whole numbers with thousands, others with three digits that matter. */
export function digits(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return whole.format(value).replace("-", "−");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

/** Where a value lies between two ends: 0 to 1, and never outside. */
export function place(value: number, [low, high]: [number, number]): number {
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
}

/** The least and the largest with a little room around; -1 and 1 around the only value there is. */
export function extent(values: number[], room = 0.04): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (low === high) return [low - 1, high + 1];
  return [low - room * (high - low), high + room * (high - low)];
}

/** Which of these is nearest; null of none. */
export function nearest(spots: [number, number][], [x, y]: [number, number]): number | null {
  let found: number | null = null;
  let least = Infinity;
  spots.forEach(([a, b], at) => {
    const far = (a - x) ** 2 + (b - y) ** 2;
    if (far < least) {
      least = far;
      found = at;
    }
  });
  return found;
}

/** Midnight UTC of a day `2018-01-01`, in seconds, as plots take it. */
export function secondsOf(day: string): number {
  return Date.parse(`${day.slice(0, 10)}T00:00:00Z`) / 1000;
}
