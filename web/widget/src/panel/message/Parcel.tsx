/** A parcel: where it is, who carries it, and where the carrier tells more. */

import { h } from "preact";

import type { Shipment } from "../../chat/protocol";
import { WORDS } from "../../words/words";

export function Parcel({ order_number, carrier, tracking_number, tracking_url, state }: Shipment) {
  const title = WORDS.parcel(order_number);
  return (
    <section class="parcel" role="group" aria-label={title}>
      <p class="kicker">{title}</p>
      {WORDS.parcelStates[state] && <h3>{WORDS.parcelStates[state]}</h3>}
      <p class="explanation">
        {carrier} {tracking_number}
      </p>
      {tracking_url.startsWith("https:") && (
        <p class="answer">
          <a class="choice" href={tracking_url} target="_blank" rel="noopener">
            {WORDS.track}
          </a>
        </p>
      )}
    </section>
  );
}
