/** An offer: title, explanation, prices, terms, end, and the shopper's answer. */

import { h } from "preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import type { ChatClient } from "../../chat/client";
import { outcomeOf, type Message } from "../../chat/conversation";
import { Countdown } from "./Countdown";
import { whenSeen } from "./exposure";
import { CheckIcon, TagIcon } from "../icons";
import { Products } from "./Products";
import type { Offer } from "../../chat/protocol";
import { WORDS } from "../../words/words";

type Props = {
  client: ChatClient;
  message: Message;
  offer: Offer;
  takesProducts: boolean;
  children: ComponentChildren;
};

export function OfferCard({ client, message, offer, takesProducts, children }: Props) {
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
    <section
      class="offer"
      ref={card}
      role="group"
      aria-label={`${WORDS.offer}: ${offer.title}`}
      data-decision={offer.decision_id}
    >
      <p class="kicker">
        <TagIcon />
        {WORDS.offer}
      </p>
      <h3>{offer.title}</h3>
      {offer.explanation !== "" && <p class="explanation">{offer.explanation}</p>}
      {offer.currency !== null && offer.products.length > 0 && (
        <Products client={client} {...offer} currency={offer.currency} takesProducts={takesProducts} />
      )}
      {offer.terms !== "" && <p class="terms">{offer.terms}</p>}
      {offer.ends_at !== null && <Countdown client={client} endsAt={offer.ends_at} />}
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
