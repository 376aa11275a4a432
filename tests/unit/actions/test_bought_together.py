from typing import Any

import pytest

from actions.products.bought_together import SuggestAlsoBought
from tests.unit.actions.scripted_engine import CONTRACT, DECISION_ID, ScriptedEngine, run

STRAWBERRY = {"entity": "product", "value": "strawberry", "category": "BERRIES", "start": 15, "end": 27}
COFFEE = {"entity": "category", "value": "coffee", "category": "COFFEE", "start": 0, "end": 6}
FOUND = CONTRACT["pairings"]["response"]
OPEN = {"open_decision_id": DECISION_ID, "offer_open": True}


def said_before(*entities: dict[str, Any]) -> dict[str, Any]:
    return {"event": "user", "text": "…", "parse_data": {"entities": list(entities)}}


async def suggest(text: str, **circumstances: Any) -> Any:
    return await run(SuggestAlsoBought(), "product_pairing", text=text, **circumstances)


async def test_lists_what_goes_with_a_named_product_in_words_and_on_a_card(engine: ScriptedEngine) -> None:
    said = await suggest("what goes with strawberries?", entities=[STRAWBERRY])
    assert said.text == "Often bought along with strawberries:\n• Cola, 12 cans, 12 oz, $4.79"
    (product,) = FOUND["products"]
    assert said.custom == {
        "kind": "companions",
        "thing": "strawberries",
        "basis": "category",
        "currency": "USD",
        "products": [{name: product[name] for name in product if name not in ("category", "brand")}],
    }
    assert engine.received("pairings") == [{"category": "BERRIES", "word": "strawberry"}]
    assert said.slots == {}


@pytest.mark.parametrize(
    ("context", "price", "words"),
    [
        ({"currency": "EUR"}, {"price_cents": 44_900}, "Cola, 12 cans, 12 oz, €449.00"),
        ({"currency": "JPY"}, {"price_cents": 500}, "Cola, 12 cans, 12 oz, ¥500"),
        ({"currency": "KWD"}, {"price_cents": 500}, "Cola, 12 cans, 12 oz, KWD\u00a00.500"),
        ({"currency": "HUF"}, {"price_cents": 159_000}, "Cola, 12 cans, 12 oz, HUF\u00a01,590.00"),
        ({"currency": "EUR"}, {"price_cents": 900, "highest_cents": 990}, "Cola, 12 cans, 12 oz, from €9.00"),
        ({"currency": "SEK"}, {"price_cents": None, "highest_cents": None}, "Cola, 12 cans, 12 oz"),
    ],
)
async def test_prices_are_in_the_customers_currency_or_not_named(
    engine: ScriptedEngine, context: dict[str, Any], price: dict[str, Any], words: str
) -> None:
    (product,) = FOUND["products"]
    engine.plan("pairings", currency=context["currency"], products=[product | {"highest_cents": None} | price])
    said = await suggest("what goes with strawberries?", entities=[STRAWBERRY], context=context)
    assert said.text.split("\n") == ["Often bought along with strawberries:", f"• {words}"]
    assert engine.received("pairings")[0]["currency"] == context["currency"]


@pytest.mark.parametrize(
    ("text", "circumstances", "query"),
    [
        ("what wine goes with coffee", {"entities": [STRAWBERRY, COFFEE]}, {"category": "COFFEE"}),
        ("what goes with it", {"events": [said_before(STRAWBERRY), said_before(COFFEE), said_before()]},
         {"category": "COFFEE"}),
        ("and with this offer?", {"slots": OPEN}, {"offer_id": "soft-drinks-15"}),
        ("what goes with my order", {}, {"customer_id": "1228"}),
        ("what else could i need", {"events": [said_before(COFFEE)], "slots": OPEN},
         {"customer_id": "1228", "new": "true"}),
    ],
)  # fmt: skip
async def test_knows_what_this_means(
    engine: ScriptedEngine, text: str, circumstances: dict[str, Any], query: dict[str, str]
) -> None:
    assert (await suggest(text, **circumstances)).custom["kind"] == "companions"
    assert engine.received("pairings") == [query]


async def test_an_offer_without_products_gives_way_to_the_latest_order(engine: ScriptedEngine) -> None:
    engine.plan("pairings", basis="offer", products=[])
    engine.plan("pairings", basis="order")
    assert (await suggest("what goes with that", slots=OPEN)).text.startswith("With your latest order these go well:")
    assert engine.received("pairings") == [{"offer_id": "soft-drinks-15"}, {"customer_id": "1228"}]


async def test_asks_an_anonymous_customer_what_is_meant(engine: ScriptedEngine) -> None:
    said = await suggest("what goes with this", customer_id=None)
    assert said.response == "utter_ask_what_to_pair"
    assert engine.received("pairings") == []


async def test_says_that_it_knows_nothing(engine: ScriptedEngine) -> None:
    engine.plan("pairings", products=[])
    assert (await suggest("what goes with coffee", entities=[COFFEE])).response == "utter_nothing_bought_together"
    engine.plan("pairings", {"code": "no_pairings", "message": "…", "field": None}, status=404)
    assert (await suggest("what goes with coffee", entities=[COFFEE])).response == "utter_nothing_bought_together"


async def test_an_engine_that_is_down_costs_the_answer_and_nothing_else(no_engine: None) -> None:
    assert (await suggest("what goes with coffee", entities=[COFFEE])).response == "utter_nothing_bought_together"
