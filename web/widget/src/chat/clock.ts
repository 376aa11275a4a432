/** Dates and times in the language of the page, and the server's clock. */

/** The time of day, with the date before it when it was another day than `now`. */
export function timeOf(iso: string, now: Date, language: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const sameDay = at.toDateString() === now.toDateString();
  const day: Intl.DateTimeFormatOptions = sameDay ? {} : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(language, { ...day, hour: "2-digit", minute: "2-digit" }).format(at);
}

export function dayOf(iso: string, language: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" }).format(at);
}

/** The server's time, even where the shopper's clock is wrong. Every welcome corrects the difference. */
export class ServerClock {
  private offsetMs = 0;

  learn(serverNow: string): void {
    const at = Date.parse(serverNow);
    if (!Number.isNaN(at)) this.offsetMs = at - Date.now();
  }

  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }
}

/** The time until a moment; null for more than two days, for which a date says more. */
export function timeLeft(iso: string, now: Date): { over: boolean; seconds: number } | null {
  const seconds = Math.floor((Date.parse(iso) - now.getTime()) / 1000);
  if (Number.isNaN(seconds) || seconds > 48 * 3600) return null;
  return { over: seconds <= 0, seconds: Math.max(0, seconds) };
}

/** Hours, minutes and seconds: 26:03:09. */
export function countdown(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
