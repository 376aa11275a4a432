/** The end of an offer: a date, or a countdown in the last two days. It goes by the server's time. */

import { h } from "preact";
import { useEffect, useReducer } from "preact/hooks";

import type { ChatClient } from "../../chat/client";
import { countdown, dayOf, timeLeft } from "../../chat/clock";
import { ClockIcon } from "../icons";
import { LANGUAGE, WORDS } from "../../words/words";

const TICK_MS = 1000;

export function Countdown({ client, endsAt }: { client: ChatClient; endsAt: string }) {
  const [, tick] = useReducer<number, undefined>((count) => count + 1, 0);
  const left = timeLeft(endsAt, client.clock.now());
  const running = left !== null && !left.over;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      tick(undefined);
    }, TICK_MS);
    return () => {
      clearInterval(timer);
    };
  }, [running]);
  if (left === null) return <p class="terms">{WORDS.endsAt(dayOf(endsAt, LANGUAGE))}</p>;
  return (
    <p class="terms ends" role="timer">
      <ClockIcon />
      {left.over ? WORDS.ended : WORDS.endsIn(countdown(left.seconds))}
    </p>
  );
}
