"""Which offers a hosted shop can give, and what its codes name."""

from __future__ import annotations

from typing import Any

import pytest

from promo_engine.domain.catalogue.shop_catalogue import ShopItemError
from promo_engine.domain.connections.shop_sources import SourceKind
from promo_engine.domain.errors import Conflict
from tests.support.hosted_chat import CANCELLED, GIFT, OFFER, Chat, store_catalogue


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"benefit": GIFT}, "ten: a code of Shopify gives no gift, only a percentage or a fixed amount."),
        ({"benefit": OFFER["benefit"] | {"cap_cents": 500}}, "no most that it takes off"),
        ({"margin_floor_basis_points": 1000}, "Shopify keeps no margin floor"),
        ({"condition": {"channel": ["web"]}}, "does not ask the condition channel"),
        ({"products": ["mug"]}, "counts an order value over the named products alone"),
        ({"benefit": {"kind": "fixed_amount", "amount_cents": 500, "currency": "USD"}}, "are in EUR, not in USD"),
    ],
)
async def test_what_the_shop_cannot_give_is_refused_when_it_is_made(
    chat: Chat, changes: dict[str, Any], words: str
) -> None:
    await store_catalogue(chat)
    refused = await chat.make_offer(**changes)
    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, "impossible_at_checkout", "benefit")
    assert words in refused.body["message"]


async def test_a_stored_offer_that_the_shop_cannot_give_is_shown_to_nobody_and_marked(chat: Chat) -> None:
    await store_catalogue(chat)
    await chat.sources.change("berlin", hosted_codes=False)
    made = await chat.make_offer(benefit=GIFT)
    assert (made.status, made.body["checkout_refusal"]) == (200, "")
    decided = await chat.decide()
    assert decided.body["offer"]["offer_id"] == "ten"
    await chat.sources.change("berlin", hosted_codes=True)
    why = "a code of Shopify gives no gift, only a percentage or a fixed amount"
    assert (await chat.shops.ask("GET", "/v1/offers/ten")).body["checkout_refusal"] == why
    hidden = await chat.decide(conversation_id="c-2", customer_id="ben")
    assert (hidden.body["offer"], hidden.body["ineligible_offers"]) == (None, {"ten": why})
    late = await chat.accept(decided.body["decision_id"])
    assert (late.status, late.body["code"]) == (409, "impossible_at_checkout")
    titled = OFFER | {"benefit": GIFT, "title": "A mug"}
    del titled["offer_id"]
    changed = await chat.shops.ask("PUT", "/v1/offers/ten", titled, If_Match='"2"')
    assert changed.status == 200, "what it was before it may stay"


async def test_a_disconnected_shop_makes_no_codes_and_shows_no_offers(chat: Chat) -> None:
    await chat.make_offer()
    await chat.shops.shopify("app/uninstalled", {})
    await chat.shops.work()
    hidden = await chat.decide()
    assert hidden.body["ineligible_offers"] == {"ten": "the shop that makes the codes is disconnected"}


async def test_products_are_named_by_the_shop_s_own_numbers(chat: Chat) -> None:
    await store_catalogue(chat)
    amount = {"kind": "fixed_amount", "amount_cents": 550}
    assert (await chat.make_offer(benefit=amount, products=["mug"], eligibility={})).status == 200
    code = await chat.code()
    gets = chat.shop.discounts[code]["customerGets"]
    assert gets["value"] == {"discountAmount": {"amount": "5.50", "appliesOnEachItem": False}}
    assert gets["items"] == {"products": {"productsToAdd": ["gid://shopify/Product/632910392"]}}


async def test_an_offer_whose_product_the_shop_has_no_number_for_is_not_shown(chat: Chat) -> None:
    await store_catalogue(chat)
    made = await chat.make_offer(products=["cup"], eligibility={})
    why = "the shop's own number of the product cup is not known"
    assert (made.status, made.body["message"]) == (400, f"ten: {why}.")


async def test_a_brand_stands_for_its_products(chat: Chat) -> None:
    await store_catalogue(chat)
    assert (await chat.make_offer(brands=["Tarn"], eligibility={})).status == 200
    items = chat.shop.discounts[await chat.code()]["customerGets"]["items"]
    numbers = ["gid://shopify/Product/632910392", "gid://shopify/Product/632910393"]
    assert items == {"products": {"productsToAdd": numbers}}


async def test_a_code_names_a_hundred_products_at_most(chat: Chat) -> None:
    many = [
        {
            "product_id": f"p-{number}",
            "title": "Pin",
            "brand": "Many",
            "external_id": str(1000 + number),
            "variants": [{"variant_id": f"v-{number}", "prices": [{"currency": "EUR", "list_cents": 100}]}],
        }
        for number in range(101)
    ]
    token = chat.shops.tokens["berlin"]
    await chat.shops.write("POST", "/catalogue", {"products": many}, token=token)
    refused = await chat.make_offer(brands=["Many"], eligibility={})
    assert (refused.status, refused.body["message"]) == (400, "ten: a code names 100 products at most.")
    assert (await chat.shops.write("DELETE", "/products/p-7", token=token)).status == 200
    assert (await chat.make_offer(brands=["Many"], eligibility={})).status == 200


async def test_codes_that_the_shop_brought_are_given_at_once_and_redeemed(chat: Chat) -> None:
    await chat.make_offer()
    await chat.import_pool("SPRING-1")
    assert await chat.code() == "SPRING-1"
    assert chat.shop.requests == []
    await chat.order("orders/paid", "spring-1")
    await chat.order("orders/cancelled", "spring-1", **CANCELLED)
    assert (await chat.state(), await chat.account()) == ("released", (0, 0, 0, 0))
    await chat.send_due()
    assert chat.shop.requests == [], "what the shop made, the shop takes back"


async def test_codes_are_made_at_one_shop(chat: Chat) -> None:
    with pytest.raises(Conflict, match="Codes are made at berlin already"):
        await chat.shops.connect("paris", SourceKind.WOOCOMMERCE, base_url=chat.shop.url, hosted_codes=True)
    with pytest.raises(ShopItemError, match="codes are made at Shopify and WooCommerce"):
        await chat.shops.connect("med", SourceKind.MEDUSA, base_url=chat.shop.url, hosted_codes=True)
    with pytest.raises(ShopItemError, match="is needed where codes are made"):
        await chat.sources.change("berlin", base_url="")
