/** Every sentence of the panel. Each language is a file; a shopper loads one. */

import type { default as ENGLISH } from "./en";

export type Words = typeof ENGLISH;

/** Set once, before anything is drawn. */
export let WORDS: Words;
export let LANGUAGE = "en";

export function setLanguage(language: string, words: Words): void {
  LANGUAGE = language;
  WORDS = words;
}

/** An error for the shopper: our own sentence for a known code, the server's message otherwise. */
export function wordsForError(code: string, message: string): string {
  return WORDS.errors[code] ?? (message === "" ? WORDS.wentWrong : message);
}
