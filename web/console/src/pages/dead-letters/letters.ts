/** Counts of messages, in words. */

const messages = (count: number): string => (count === 1 ? "1 message" : `${count} messages`);

/** What came of trying again. */
export const retriedInWords = (count: number): string =>
  count === 1 ? "1 message waits again." : `${messages(count)} wait again.`;

/** How many of the dead are listed, and how many wait beside them. */
export function listedInWords({ shown, dead, waiting }: { shown: number; dead: number; waiting: number }): string {
  const listed = shown < dead ? `The newest ${shown} of ${messages(dead)}` : messages(dead);
  return `${listed}; ${waiting} wait to be worked off.`;
}
