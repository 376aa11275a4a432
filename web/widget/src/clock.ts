/** Dates and times as the shopper reads them, in the language of the page. */

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

/** The page's language in the shopper's own variant: an English page reads 14:05 in London and 2:05 PM in Boston. */
export function pageLanguage(): string {
  const page = document.documentElement.lang;
  if (page === "") return navigator.language;
  const isVariant = (language: string): boolean => language === page || language.startsWith(`${page}-`);
  return navigator.languages.find(isVariant) ?? page;
}
