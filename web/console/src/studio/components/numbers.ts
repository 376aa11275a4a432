/** How the studio writes numbers, and where it draws them. */

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function count(value: number): string {
  return whole.format(value);
}

/** Two decimals, with a minus sign, and none before 0.00. */
export function decimals(value: number): string {
  return exact
    .format(value)
    .replace(/^-(?=0\.00$)/, "")
    .replace("-", "−");
}

/** "SOFT DRINKS" as "Soft drinks". */
export function categoryName(category: string): string {
  return category.charAt(0) + category.slice(1).toLowerCase();
}

/** Round marks between two values, about `about` of them. */
export function marks(low: number, high: number, about = 5): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / about;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * size).find((size) => size >= rough) ?? 10 * size;
  const first = Math.ceil(low / step);
  const values: number[] = [];
  for (let count = first; count * step <= high + step * 1e-9; count++) values.push(count * step);
  return values;
}

/** Whole numbers with separators of thousands, others with three significant digits, as the commands print them. */
export function digits(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return whole.format(value).replace("-", "−");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

/** The position of a value between two ends, from 0 to 1; a value outside counts as the nearer end. */
export function position(value: number, [low, high]: [number, number]): number {
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
}

/** The least and the largest value with a margin of `room`; a single value has a margin of 1. */
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

/** The index of the nearest spot; null without spots. */
export function nearest(spots: [number, number][], [x, y]: [number, number]): number | null {
  let nearestIndex: number | null = null;
  let least = Infinity;
  spots.forEach(([a, b], index) => {
    const distance = (a - x) ** 2 + (b - y) ** 2;
    if (distance < least) {
      least = distance;
      nearestIndex = index;
    }
  });
  return nearestIndex;
}
