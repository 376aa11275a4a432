/** When an offer counts as seen: most of its card is in view, and the page is in the foreground. */

const SEEN_FROM = 0.6; // of the card's area

/** Calls `onSeen` once. The returned function stops watching. */
export function whenSeen(card: Element, onSeen: () => void): () => void {
  let inWindow = false;
  const check = (): void => {
    if (!inWindow || document.visibilityState !== "visible") return;
    stop();
    onSeen();
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) inWindow = entry.isIntersecting && entry.intersectionRatio >= SEEN_FROM;
      check();
    },
    { threshold: SEEN_FROM },
  );
  const stop = (): void => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", check);
  };
  observer.observe(card);
  document.addEventListener("visibilitychange", check);
  return stop;
}
