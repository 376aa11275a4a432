/** Asks who is not signed in for an order. What is entered is sent as one sentence, which could be written as well. */

import { h } from "preact";

import type { ChatClient } from "../../chat/client";
import { WORDS } from "../../words/words";

export function ProofForm({ client, order_number }: { client: ChatClient; order_number: string }) {
  return (
    <form
      class="parcel sheet"
      aria-label={WORDS.proofForm}
      onSubmit={(event) => {
        event.preventDefault();
        const entered = [...event.currentTarget.querySelectorAll("input")].map((input) => input.value.trim());
        const proof = entered.pop();
        if (proof) client.send(WORDS.whereIs(entered[0] ?? order_number, proof));
      }}
    >
      {order_number === "" && <Field label={WORDS.orderNumber} />}
      <Field label={WORDS.proof} />
      <button type="submit" class="choice">
        {WORDS.send}
      </button>
    </form>
  );
}

function Field({ label }: { label: string }) {
  return (
    <label class="terms">
      {label}
      <input required maxLength={64} />
    </label>
  );
}
