"""The cheapest, one below an amount, another size, others: what is wanted of products beside their name."""

from typing import Any

import pytest

from actions.products.product_wishes import chosen, wishes_in
from actions.products.quote_products import QuoteProducts
from tests.unit.actions.scripted_engine import CONTRACT, ScriptedEngine, run

COLA = CONTRACT["products"]["response"]["products"][0]
ROWS = [
    {**COLA, "product_id": str(number), "name": name, "price_cents": cents, "highest_cents": cents, "in_stock": True}
    for number, (name, cents) in enumerate([("Tea, 8 oz", 350), ("Tea, 16 oz", 290), ("Tea, 8 oz", 500)])
]
SHOWN = [
    {"event": "user"},
    {
        "event": "bot",
        "text": "…",
        "data": {"custom": {"kind": "products", "currency": "USD", "products": ROWS}},
    },
]


def names(rows: Any) -> list[tuple[str, int]]:
    return [(row["name"], row["price_cents"]) for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the cheapest please", [290, 350, 500]),
        ("which costs less", [290, 350, 500]),
        ("the most expensive?", [500, 350, 290]),
        ("compare them", [290, 350, 500]),
        ("which sizes do you have", [350, 290]),
        ("do you have tea", [350, 290, 500]),
    ],
)
def test_wishes_choose_among_products(text: str, expected: list[int]) -> None:
    assert [cents for _, cents in names(chosen(ROWS, wishes_in(text, []), most=3))] == expected


def test_an_amount_is_a_limit_only_where_the_words_make_it_one() -> None:
    amount = [{"entity": "amount_of_money", "value": {"cents": 300, "currency": "USD"}}]
    assert names(chosen(ROWS, wishes_in("nothing over 3 dollars", amount), most=3)) == [("Tea, 16 oz", 290)]
    assert wishes_in("is it 3 dollars?", amount).most_cents is None


async def quote(text: str, **circumstances: Any) -> Any:
    return await run(QuoteProducts(), "product_search", text=text, **circumstances)


async def test_the_cheapest_of_those_is_one_of_those_that_were_shown(engine: ScriptedEngine) -> None:
    said = await quote("which of them is the cheapest?", earlier=SHOWN)
    assert (said.text or "").split("\n") == ["This is the cheapest:", "• Tea, 16 oz, $2.90"]
    assert engine.requests == []


async def test_others_are_looked_for_under_the_name_before_and_not_shown_twice(engine: ScriptedEngine) -> None:
    before = {
        "event": "user",
        "parse_data": {
            "text": "tea?",
            "entities": [{"entity": "category", "value": "tea", "category": "TEAS", "start": 0, "end": 3}],
        },
    }
    engine.plan("products", currency="USD", products=[*ROWS, {**ROWS[0], "product_id": "9", "name": "Mint tea"}])
    said = await quote("what else do you have", earlier=[before, *SHOWN[1:]])
    assert [row["name"] for row in said.custom["products"]] == ["Mint tea"]
    assert engine.received("products")[0]["category"] == "TEAS"


async def test_of_two_things_the_one_that_is_looked_for_counts(engine: ScriptedEngine) -> None:
    text = "which tea fits a cake"
    entities = [
        {"entity": "category", "value": "tea", "category": "TEAS", "start": 6, "end": 9},
        {"entity": "category", "value": "cake", "category": "CAKES", "start": 17, "end": 21},
    ]
    await quote(text, entities=entities)
    assert engine.received("products")[0]["category"] == "TEAS"


async def test_a_limit_that_nothing_meets_is_said(engine: ScriptedEngine) -> None:
    amount = {"entity": "amount_of_money", "value": {"cents": 100, "currency": "USD"}, "start": 16, "end": 24}
    said = await quote("any of those below a dollar", entities=[amount], earlier=SHOWN)
    assert said.text == "I found nothing up to $1.00."


async def test_without_a_name_the_best_sellers_are_shown(engine: ScriptedEngine) -> None:
    engine.plan("products", currency="USD", products=ROWS)
    said = await run(QuoteProducts(), "product_advice", text="what can you recommend?")
    assert (said.text or "").split("\n")[0] == "This is what sells best here:"
    assert "words" not in engine.received("products")[0]
