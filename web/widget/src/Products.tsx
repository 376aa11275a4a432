/** Products side by side: those of an offer with what they cost without and with it, and those that go with something. */

import { useState } from "preact/hooks";

import type { ChatClient } from "./client";
import { money } from "./clock";
import { CheckIcon } from "./icons";
import type { Companions, Product } from "./protocol";
import { LANGUAGE, WORDS } from "./words";

type Props = { client: ChatClient; products: Product[]; currency: string; takesProducts: boolean };

export function Products({ client, products, currency, takesProducts }: Props) {
  return (
    <ul class="products" aria-label={WORDS.products} tabIndex={0}>
      {products.map((product) => (
        <li key={product.product_id} class="product">
          <p class="saving">−{Math.round((1 - product.after_cents / product.before_cents) * 100)} %</p>
          <p class="name">{product.name}</p>
          <p class="pieces">{WORDS.pieces(product.quantity)}</p>
          <p class="price">
            <ins>{money(product.after_cents, currency, LANGUAGE)}</ins>
            <span class="for-reader"> {WORDS.insteadOf} </span>
            <del>{money(product.before_cents, currency, LANGUAGE)}</del>
          </p>
          {takesProducts && <Add client={client} product={product} quantity={product.quantity} />}
        </li>
      ))}
    </ul>
  );
}

type ListProps = { client: ChatClient; companions: Companions; takesProducts: boolean };

export function CompanionList({ client, companions, takesProducts }: ListProps) {
  return (
    <ul class="products companions" aria-label={WORDS.companions} tabIndex={0}>
      {companions.products.map((product) => (
        <li key={product.product_id} class="product">
          <p class="name">{product.name}</p>
          <p class="price">{money(product.price_cents, companions.currency, LANGUAGE)}</p>
          {takesProducts && <Add client={client} product={product} quantity={1} />}
        </li>
      ))}
    </ul>
  );
}

type AddProps = { client: ChatClient; product: { product_id: string; name: string }; quantity: number };

function Add({ client, product, quantity }: AddProps) {
  const [added, setAdded] = useState(false);
  return (
    <button
      type="button"
      class="choice add"
      onClick={() => {
        if (client.addProduct(product.product_id, quantity)) setAdded(true);
      }}
    >
      {added && <CheckIcon />}
      <span aria-live="polite">{added ? WORDS.added : WORDS.add}</span>
      <span class="for-reader">: {product.name}</span>
    </button>
  );
}
