/** Products side by side: those of an offer with both prices, or those that were asked about or go with something. */

import { Fragment, h } from "preact";
import { inCurrency } from "@promobot/shared/money";
import { useState } from "preact/hooks";

import type { ChatClient } from "../../chat/client";
import { CheckIcon } from "../icons";
import type { Product } from "../../chat/protocol";
import { LANGUAGE, WORDS } from "../../words/words";

type Props = {
  client: ChatClient;
  products: Product[];
  currency: string;
  decimals?: number | undefined;
  takesProducts: boolean;
};

export function Products({ client, products, currency, decimals, takesProducts }: Props) {
  return (
    <ul class="products" aria-label={WORDS.products} tabIndex={0}>
      {products.map((product) => {
        const { before_cents, after_cents, url } = product;
        const lowered = before_cents !== null && after_cents !== null && after_cents < before_cents;
        const price = after_cents === null ? "" : inCurrency(after_cents, currency, LANGUAGE, decimals);
        return (
          <li key={product.product_id} class="product">
            {product.image_url && (
              <p class="picture">
                <img
                  src={product.image_url}
                  alt=""
                  onError={(event) => {
                    event.currentTarget.hidden = true; // the placeholder behind it stays
                  }}
                />
              </p>
            )}
            {lowered && <p class="saving">−{Math.round((1 - after_cents / before_cents) * 100)} %</p>}
            <p class="name">{url ? <a href={url}>{product.name}</a> : product.name}</p>
            <p class="pieces">{product.in_stock === false ? WORDS.soldOut : WORDS.pieces(product.quantity)}</p>
            <p class="price">
              <ins>
                {price}
                {product.is_lowest && "+"}
              </ins>
              {lowered && (
                <>
                  <span class="for-reader"> {WORDS.insteadOf} </span>
                  <del>{inCurrency(before_cents, currency, LANGUAGE, decimals)}</del>
                </>
              )}
            </p>
            {takesProducts && product.in_stock !== false && product.variant_id !== null && (
              <Add client={client} product={product} />
            )}
          </li>
        );
      })}
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
        if (client.addProduct(product)) setAdded(true);
      }}
    >
      {added && <CheckIcon />}
      <span aria-live="polite">{added ? WORDS.added : WORDS.add}</span>
      <span class="for-reader">: {product.name}</span>
    </button>
  );
}
