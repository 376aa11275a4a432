/** A short tone for new messages. It is off until the shopper turns it on. */

import { useEffect, useRef } from "preact/hooks";

import type { ChatState } from "../chat/state";

const SECONDS = 0.12;

export function useSound({ sound, conversation }: ChatState): void {
  const last = conversation.messages.at(-1);
  const heard = useRef(last?.key);
  useEffect(() => {
    const isNew = last?.key !== heard.current && last?.from !== "shopper";
    heard.current = last?.key;
    if (sound && isNew) beep();
  }, [last, sound]);
}

function beep(): void {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const volume = context.createGain();
  volume.gain.value = 0.05;
  tone.connect(volume).connect(context.destination);
  tone.onended = () => void context.close();
  tone.start();
  tone.stop(context.currentTime + SECONDS);
}
