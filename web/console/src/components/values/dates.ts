/** Days of the date picker and moments of the API. */

/** Local days as the date picker gives them, to moments: from the day's beginning until the next day's. */
export function dayToMoment(day: string, addDays = 0): string {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + addDays);
  return date.toISOString();
}

/** The local day of a moment. */
export function momentToDay(iso: string | undefined, addDays = 0): string {
  if (!iso) return "";
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  date.setDate(date.getDate() + addDays);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Midnight UTC of a day such as `2018-01-01`, in seconds since 1970, as plots take it. */
export function secondsOf(day: string): number {
  return Date.parse(`${day.slice(0, 10)}T00:00:00Z`) / 1000;
}
