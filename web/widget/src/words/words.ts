/** Every sentence the panel says on its own. Each language is a file, of which a shopper loads one. */

import type { default as ENGLISH } from "./en";

export type Words = typeof ENGLISH;

/** Set once, before anything is drawn. */
export let WORDS: Words;
export let LANGUAGE = "en";

export function speak(language: string, words: Words): void {
  LANGUAGE = language;
  WORDS = words;
}

/** What an error frame means for the shopper: our own words for the codes we know, the server's otherwise. */
export function wordsForError(code: string, message: string): string {
  return WORDS.errors[code] ?? (message === "" ? WORDS.wentWrong : message);
}
