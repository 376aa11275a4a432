/** Wilson's score interval for a share (E. B. Wilson, 1927): it holds for few trials and stays between 0 and 1. */

export interface Interval {
  share: number;
  low: number;
  high: number;
}

/** 95 % interval of `successes` out of `trials`; null without trials. */
export function wilson(successes: number, trials: number, z = 1.96): Interval | null {
  if (trials <= 0) return null;
  const share = successes / trials;
  const spread = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / spread;
  const half = (z / spread) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return { share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
