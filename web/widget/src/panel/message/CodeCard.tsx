/** The code of an accepted offer, with a button that copies it. */

import { h } from "preact";
import { useRef, useState } from "preact/hooks";

import { copyText } from "./clipboard";
import { dayOf } from "../../chat/clock";
import { CheckIcon, CopyIcon } from "../icons";
import { LANGUAGE, WORDS } from "../../words/words";

export function CodeCard({ code, expiresAt, applied }: { code: string; expiresAt: string | null; applied: boolean }) {
  const shown = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState<boolean | null>(null);
  const copy = (): void => {
    if (shown.current !== null) void copyText(code, shown.current).then(setCopied);
  };
  const label = copied === null ? WORDS.copy : copied ? WORDS.copied : WORDS.copyByHand;
  return (
    <section class="code-card" role="group" aria-label={WORDS.code}>
      <p class="kicker">{WORDS.code}</p>
      <code ref={shown}>{code}</code>
      <button type="button" class="choice copy" onClick={copy}>
        {copied === true ? <CheckIcon /> : <CopyIcon />}
        <span aria-live="polite">{label}</span>
      </button>
      {applied && (
        <p class="answer applied" role="status">
          <CheckIcon />
          {WORDS.applied}
        </p>
      )}
      <p class="terms">{expiresAt === null ? WORDS.validOnce : WORDS.validUntil(dayOf(expiresAt, LANGUAGE))}</p>
    </section>
  );
}
