/** An offer: what it is, why this shopper gets it, its terms, and what became of it. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import type { ChatClient } from "./client";
import { dayOf, pageLanguage } from "./clock";
import { outcomeOf, type Message } from "./conversation";
import { whenSeen } from "./exposure";
import { CheckIcon, TagIcon } from "./icons";
import type { Offer } from "./protocol";
import { WORDS } from "./words";

type Props = { client: ChatClient; message: Message; offer: Offer; children: ComponentChildren };

export function OfferCard({ client, message, offer, children }: Props) {
  const card = useRef<HTMLElement>(null);
  const { messageId } = message;
  useEffect(() => {
    if (card.current === null || messageId === null) return;
    return whenSeen(card.current, () => {
      client.reportExposure(messageId);
    });
  }, [client, messageId]);

  const outcome = outcomeOf(client.state.conversation, offer.decision_id);
  return (
    <section class="offer" ref={card} aria-label={`${WORDS.offer}: ${offer.title}`} data-decision={offer.decision_id}>
      <p class="kicker">
        <TagIcon />
        {WORDS.offer}
      </p>
      <h3>{offer.title}</h3>
      {offer.explanation !== "" && <p class="explanation">{offer.explanation}</p>}
      {offer.terms !== "" && <p class="terms">{offer.terms}</p>}
      {offer.ends_at !== null && <p class="terms">{WORDS.endsAt(dayOf(offer.ends_at, pageLanguage()))}</p>}
      {children}
      {outcome?.outcome === "accepted" && (
        <p class="answer">
          <CheckIcon />
          {WORDS.accepted}
        </p>
      )}
      {outcome?.outcome === "declined" && <p class="answer">{WORDS.declined}</p>}
    </section>
  );
}
