/** Products side by side: those of an offer with both prices, or those that are bought together. */

import { inCurrency } from "@promobot/shared/money";
import { useState } from "preact/hooks";

import type { ChatClient } from "../../chat/client";
import { CheckIcon } from "../icons";
import type { Product } from "../../chat/protocol";
import { LANGUAGE, WORDS } from "../../words/words";

type Props = { client: ChatClient; products: Product[]; currency: string; takesProducts: boolean };

export function Products({ client, products, currency, takesProducts }: Props) {
  return (
    <ul class="products" aria-label={WORDS.products} tabIndex={0}>
      {products.map((product) => (
        <li key={product.product_id} class="product">
          {product.after_cents < product.before_cents && (
            <p class="saving">−{Math.round((1 - product.after_cents / product.before_cents) * 100)} %</p>
          )}
          <p class="name">{product.name}</p>
          <p class="pieces">{WORDS.pieces(product.quantity)}</p>
          <p class="price">
            <ins>{inCurrency(product.after_cents, currency, LANGUAGE)}</ins>
            {product.after_cents < product.before_cents && (
              <>
                <span class="for-reader"> {WORDS.insteadOf} </span>
                <del>{inCurrency(product.before_cents, currency, LANGUAGE)}</del>
              </>
            )}
          </p>
          {takesProducts && <Add client={client} product={product} />}
        </li>
      ))}
    </ul>
  );
}

function Add({ client, product }: { client: ChatClient; product: Product }) {
  const [added, setAdded] = useState(false);
  return (
    <button
      type="button"
      class="choice add"
      onClick={() => {
        if (client.addProduct(product.product_id, product.quantity)) setAdded(true);
      }}
    >
      {added && <CheckIcon />}
      <span aria-live="polite">{added ? WORDS.added : WORDS.add}</span>
      <span class="for-reader">: {product.name}</span>
    </button>
  );
}
