/**
 * Virtual scrolling: of a long conversation only the messages near the window are drawn, with empty space for the others above and
 * below. Heights are measured once drawn and estimated before; after every change the first message in view keeps its position.
 */

import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";

const ESTIMATED_HEIGHT_PX = 78;
const GAP_PX = 12;
const NEAR_BOTTOM_PX = 80;
const DRAWN_BEYOND = 20; // messages on either side of the window
const DRAWN_AT_FIRST = 60;
const DRAWN_WHOLE = 100; // messages of a conversation that is not long

export type Drawn = {
  from: number;
  to: number;
  above: number;
  below: number;
  onScroll: () => void;
  toEnd: () => void;
};

/** The first and one past the last item between two heights; every item is `heights(index)` high. */
export function range(
  count: number,
  heightOf: (index: number) => number,
  top: number,
  bottom: number,
  beyond: number,
): [number, number] {
  let from = 0;
  let at = 0;
  while (from < count - 1 && at + heightOf(from) < top) at += heightOf(from++);
  let to = from;
  while (to < count && at < bottom) at += heightOf(to++);
  return [Math.max(0, from - beyond), Math.min(count, to + beyond)];
}

type Anchor = { key: string; offset: number } | null;

/** The topmost message in view; null where only empty space is in view, as after a jump of the scrollbar. */
function firstInView(element: HTMLElement): Anchor {
  const { scrollTop, clientHeight } = element;
  const first = [...element.querySelectorAll<HTMLElement>("[data-key]")].find(
    (message) => message.offsetTop + message.offsetHeight > scrollTop,
  );
  if (first === undefined || first.offsetTop > scrollTop + clientHeight) return null;
  return { key: first.dataset.key ?? "", offset: first.offsetTop - scrollTop };
}

export function useWindow(log: RefObject<HTMLElement | null>, keys: string[], visible: boolean): Drawn {
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  const heights = useRef(new Map<string, number>());
  const follows = useRef(true);
  const anchor = useRef<Anchor>(null);
  const bounds = useRef<[number, number]>([0, 0]);
  const heightOf = (index: number): number => (heights.current.get(keys[index] ?? "") ?? ESTIMATED_HEIGHT_PX) + GAP_PX;
  const sum = (from: number, to: number): number => {
    let total = 0;
    for (let index = from; index < to; index += 1) total += heightOf(index);
    return total;
  };

  if (keys.length <= DRAWN_WHOLE) bounds.current = [0, keys.length];
  else if (follows.current) bounds.current = [Math.max(0, keys.length - DRAWN_AT_FIRST), keys.length];
  else if (anchor.current !== null) {
    const at = keys.indexOf(anchor.current.key);
    const size = bounds.current[1] - bounds.current[0];
    if (at >= 0 && (at < bounds.current[0] || at >= bounds.current[1])) {
      bounds.current = [Math.max(0, at - DRAWN_BEYOND), Math.min(keys.length, at + Math.max(size, DRAWN_AT_FIRST))];
    }
  }
  const from = Math.min(bounds.current[0], keys.length);
  const to = Math.min(Math.max(bounds.current[1], from), keys.length);

  useLayoutEffect(() => {
    const element = log.current;
    if (element === null || !visible) return;
    const shown = [...element.querySelectorAll<HTMLElement>("[data-key]")];
    for (const message of shown) heights.current.set(message.dataset.key ?? "", message.offsetHeight);
    if (follows.current) element.scrollTop = element.scrollHeight;
    else if (anchor.current === null) anchor.current = firstInView(element);
    else {
      const found = shown.find((message) => message.dataset.key === anchor.current?.key);
      if (found !== undefined) {
        const drift = found.offsetTop - element.scrollTop - anchor.current.offset;
        if (Math.abs(drift) > 1) element.scrollTop += drift;
      }
    }
  });

  return {
    from,
    to,
    above: sum(0, from),
    below: sum(to, keys.length),
    onScroll: () => {
      const element = log.current;
      if (element === null) return;
      const { scrollHeight, scrollTop, clientHeight } = element;
      follows.current = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
      anchor.current = firstInView(element);
      if (follows.current || keys.length <= DRAWN_WHOLE) return;
      const near = range(keys.length, heightOf, scrollTop, scrollTop + clientHeight, DRAWN_BEYOND / 4);
      if (bounds.current[0] <= near[0] && bounds.current[1] >= near[1]) return; // what is drawn is enough
      const next = range(keys.length, heightOf, scrollTop, scrollTop + clientHeight, DRAWN_BEYOND);
      bounds.current = next;
      redraw(undefined);
    },
    toEnd: () => {
      follows.current = true;
      redraw(undefined);
    },
  };
}
