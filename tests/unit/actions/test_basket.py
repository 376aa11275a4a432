"""What was bought before, and what was shown, as cards with a button: the bot itself puts nothing into a basket."""

from typing import Any

import pytest

from actions.orders.reorder import Reorder
from actions.products.add_to_basket import AddToBasket
from tests.unit.actions.scripted_engine import CONTRACT, ScriptedEngine, run

COLA = CONTRACT["product"]["response"]["product"]
SHOWN = {name: COLA[name] for name in COLA if name not in ("category", "brand")}
LEMONADE = {**SHOWN, "product_id": "7", "name": "Cloudy lemonade, 1 l", "price_cents": 290, "highest_cents": 290}
TEA = {**SHOWN, "product_id": "8", "name": "mint tea", "price_cents": 350, "highest_cents": 350}
GONE = {"code": "unknown_product", "message": "There is no such product.", "field": "product_id"}


def order_of(*product_ids: str) -> dict[str, Any]:
    lines = [{"product_id": name, "name": name, "quantity": 1, "sales_cents": 100} for name in product_ids]
    return {"number": "1003", "lines": lines}


def card(*products: dict[str, Any], kind: str = "products") -> list[dict[str, Any]]:
    custom = {"kind": kind, "currency": "USD", "products": list(products)}
    return [{"event": "user"}, {"event": "bot", "text": "…", "data": {"custom": custom}}]


async def add(text: str, **circumstances: Any) -> Any:
    return await run(AddToBasket(), "add_to_basket", text=text, **circumstances)


async def test_an_order_is_shown_again_as_cards_and_nothing_is_said_to_be_in_the_basket(engine: ScriptedEngine) -> None:
    engine.have_orders(order_of("1095275"))
    said = await run(Reorder(), text="the same again please")
    assert said.text == (
        "This was in order 1003, at today's prices. I put nothing into your basket: "
        'please tap "Add to basket" on what you want.\n• Cola, 12 cans, 12 oz, $4.79'
    )
    assert said.custom == {"kind": "products", "currency": "USD", "products": [SHOWN]}
    assert engine.received("product") == [{"product_id": "1095275"}]
    assert said.slots == {"order_number": "1003", "foreign_order": None}


async def test_what_is_not_sold_any_more_and_what_is_too_much_is_said(engine: ScriptedEngine) -> None:
    engine.have_orders(order_of(*"abcdefgh"))
    engine.plan("product", GONE, status=404)
    engine.plan("product")
    said = await run(Reorder())
    assert len(said.custom["products"]) == 5
    assert "One product isn't sold any more. 2 more would be too many to show here." in (said.text or "")


async def test_an_order_of_which_nothing_is_sold_says_so(engine: ScriptedEngine) -> None:
    engine.have_orders(order_of("a"))
    engine.plan("product", GONE, status=404)
    assert (await run(Reorder())).text == (
        "The shop no longer sells what was in order 1003, so I have nothing to show you."
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("put the second one into my basket", ["Cloudy lemonade, 1 l"]),
        ("add the lemonade", ["Cloudy lemonade, 1 l"]),
        ("i take the last one in the list, the bottom one", ["mint tea"]),
        ("the teas please", ["mint tea"]),
        ("the last one", ["mint tea"]),
    ],
)
async def test_the_card_of_what_was_shown_comes_back_alone(engine: ScriptedEngine, text: str, names: list[str]) -> None:
    said = await add(text, earlier=card(SHOWN, LEMONADE, TEA, kind="companions"))
    assert [product["name"] for product in said.custom["products"]] == names
    assert said.text.split("\n")[0] == 'Please tap "Add to basket" on it, then it is in:'
    assert engine.requests == []


async def test_the_only_one_shown_is_the_one_that_is_meant(engine: ScriptedEngine) -> None:
    assert (await add("add it", earlier=card(TEA))).custom["products"] == [TEA]


async def test_where_several_were_shown_it_is_asked_which(engine: ScriptedEngine) -> None:
    said = await add("add it", earlier=card(SHOWN, TEA))
    assert said.text == 'Which of these shall go into your basket? Say its name, or "the first one".'


async def test_with_nothing_shown_the_shop_is_searched(engine: ScriptedEngine) -> None:
    said = await add("add cola to my basket")
    assert said.custom["products"] == [SHOWN]
    assert engine.received("products")[0]["words"] == "add cola to my basket"
    engine.plan("products", products=[])
    assert (await add("add a piano")).response == "utter_product_search"


@pytest.mark.usefixtures("no_engine")
async def test_without_the_engine_the_shop_s_own_search_is_named() -> None:
    assert (await add("add cola")).response == "utter_product_search"


@pytest.mark.parametrize(
    ("changes", "opening"),
    [
        ({"in_stock": False}, "That is sold out at the moment, so it can't go into the basket:"),
        (
            {"variant_id": None},
            "Please choose size or colour on its page, and add it there:",
        ),
    ],
)
async def test_where_there_is_no_button_to_tap_that_is_said(
    engine: ScriptedEngine, changes: dict[str, Any], opening: str
) -> None:
    said = await add("add it", earlier=card({**TEA, **changes}))
    assert said.text.split("\n")[0] == opening
