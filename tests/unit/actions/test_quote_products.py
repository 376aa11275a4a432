from typing import Any

import pytest

from actions.products.quote_products import QuoteProducts
from tests.unit.actions.scripted_engine import CONTRACT, ScriptedEngine, run

COLA = CONTRACT["products"]["response"]["products"][0]
TENT = {"entity": "product", "value": "tent", "category": "Tents", "start": 16, "end": 20}


async def quote(text: str, **circumstances: Any) -> Any:
    return await run(QuoteProducts(), "product_search", text=text, **circumstances)


@pytest.mark.parametrize(
    ("currency", "cents", "words"),
    [("EUR", 44_900, "€449.00"), ("GBP", 38_900, "£389.00"), ("HUF", 17_990_000, "HUF\u00a0179,900.00")],
)
async def test_a_price_is_named_in_the_customers_currency_to_the_cent(
    engine: ScriptedEngine, currency: str, cents: int, words: str
) -> None:
    tent = COLA | {"name": "Ridge 2 tent", "price_cents": cents, "highest_cents": cents}
    engine.plan("products", currency=currency, products=[tent])
    said = await quote("how much is the tent?", entities=[TENT], context={"currency": currency})
    assert said.text == f"I found this:\n• Ridge 2 tent, {words}"
    assert said.custom["kind"] == "products"
    (shown,) = said.custom["products"]
    assert {name: shown[name] for name in ("url", "image_url", "price_cents")} == {
        "url": COLA["url"], "image_url": COLA["image_url"], "price_cents": cents,
    }  # fmt: skip
    (sent,) = engine.received("products")
    assert (sent["currency"], sent["category"]) == (currency, "Tents")


async def test_a_product_without_a_price_is_shown_without_one(engine: ScriptedEngine) -> None:
    engine.plan("products", products=[COLA | {"price_cents": None, "highest_cents": None, "in_stock": False}])
    said = await quote("what does the cola cost")
    assert said.text.split("\n") == [
        "I found this: Today's price is on the product's page.",
        "• Cola, 12 cans, 12 oz (sold out at the moment)",
    ]


async def test_what_the_shop_does_not_have_is_left_to_its_own_search(engine: ScriptedEngine) -> None:
    engine.plan("products", products=[])
    assert (await quote("got any pianos")).response == "utter_product_search"


async def test_without_the_engine_the_shop_s_own_search_is_named(no_engine: None) -> None:
    assert (await quote("how much is the tent?")).response == "utter_product_search"


async def test_the_product_of_the_second_half_of_a_message_is_read_where_it_stands(engine: ScriptedEngine) -> None:
    text = "where is my order and how much are tents?"
    request = {
        "intent": "product_search",
        "text": "how much are tents?",
        "entities": [{**TENT, "start": text.index("tents"), "end": text.index("tents") + 5}],
    }
    events = [{"event": "slot", "name": "request", "value": request}]
    await quote(text, slots={"request": request}, events=events)
    assert engine.received("products")[0]["words"] == "tents how much are tents?"


TENTS = {"entity": "category", "value": "tents", "category": "Camping > Tents", "start": 12, "end": 17}


@pytest.mark.parametrize(
    ("intent", "opening"),
    [
        ("product_availability", "Here is what I found:"),
        ("product_search", "Here is what I found:"),
        ("product_advice", "I can't judge which one is best, but this is what I found:"),
    ],
)
async def test_whatever_is_asked_about_something_that_is_sold_it_is_shown(
    engine: ScriptedEngine, intent: str, opening: str
) -> None:
    tents = [COLA | {"name": name} for name in ("Ridge 2 tent", "Valley 4 tent")]
    engine.plan("products", currency="EUR", products=tents)
    said: Any = await run(
        QuoteProducts(), intent, text="do you have tents?", entities=[TENTS], context={"currency": "EUR"}
    )
    assert said.text.split("\n")[0] == opening
    assert [shown["name"] for shown in said.custom["products"]] == ["Ridge 2 tent", "Valley 4 tent"]
    (sent,) = engine.received("products")
    assert (sent["category"], sent["currency"]) == ("Camping > Tents", "EUR")


async def test_what_is_not_found_is_answered_as_it_was_asked(engine: ScriptedEngine) -> None:
    engine.plan("products", products=[])
    said = await run(QuoteProducts(), "product_availability", text="is the blue one in stock?")
    assert said.response == "utter_product_availability"


async def test_advice_on_nothing_in_particular_shows_nothing_in_particular(engine: ScriptedEngine) -> None:
    said = await run(QuoteProducts(), "product_advice", text="which one should i buy?")
    assert said.response == "utter_product_advice"
    assert engine.received("products") == []
