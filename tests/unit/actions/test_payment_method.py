from typing import Any

import pytest

from actions.payment_method import METHODS, AnswerPaymentMethod, answer_of, methods_in
from tests.unit.actions.scripted_engine import run

LARDER = "credit or debit card, PayPal, bank transfer or gift card"
TRAIL = "credit card, PayPal or invoice"
YES, NO, BRAND = "utter_payment_method_taken", "utter_payment_method_not_taken", "utter_card_brand"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("do you take PayPal?", ["PayPal"]),
        ("can i pay with apple pay or google pay", ["Apple Pay", "Google Pay"]),
        ("do you accept visa and mastercard", ["Visa", "Mastercard"]),
        ("can i use my credit card", ["credit card"]),
        ("gift card?", ["gift cards"]),
        ("is direct debit possible", ["direct debit"]),
        ("can i pay the driver in cash", ["cash"]),
        ("can i pay by card", ["card"]),
        ("how do i pay", []),
    ],
)
def test_methods_are_found_by_their_names(text: str, names: list[str]) -> None:
    assert [method.name for method in methods_in(text)] == names


@pytest.mark.parametrize(
    ("name", "ways", "response"),
    [
        ("PayPal", LARDER, YES),
        ("credit card", LARDER, YES),
        ("debit card", LARDER, YES),
        ("debit card", TRAIL, NO),
        ("credit card", "PayPal or gift card", NO),
        ("card", "PayPal or gift card", NO),
        ("card", TRAIL, YES),
        ("gift cards", LARDER, YES),
        ("gift cards", TRAIL, NO),
        ("invoice", TRAIL, YES),
        ("Visa", TRAIL, BRAND),
        ("Visa", "Visa or PayPal", YES),
        ("Visa", "PayPal or gift card", NO),
        ("direct debit", LARDER, NO),
        ("cash", LARDER, NO),
        ("cash", "card or cash on delivery", YES),
        ("cheques", LARDER, NO),
    ],
)
def test_the_answer_follows_the_shops_own_words(name: str, ways: str, response: str) -> None:
    method = next(method for method in METHODS if method.name == name)
    assert answer_of(method, ways) == response


async def ask(text: str, *, intent: str = "payment_method_specific", ways: str | None = LARDER) -> list[dict[str, Any]]:
    return (await run(AnswerPaymentMethod(), intent, text=text, slots={"payment_ways": ways})).messages


async def test_each_method_is_answered_by_name() -> None:
    said = await ask("paypal or klarna?")
    assert [(row["response"], row["payment_method"]) for row in said] == [(YES, "PayPal"), (NO, "Klarna")]


async def test_who_asks_for_delivery_without_naming_a_way_means_cash() -> None:
    (said,) = await ask("can i pay when it is here", intent="cash_on_delivery")
    assert (said["response"], said["payment_method"]) == (NO, "cash")


@pytest.mark.parametrize(("text", "ways"), [("can i pay with that", LARDER), ("do you take paypal", None)])
async def test_a_method_nobody_knows_and_a_shop_that_named_none_get_all_ways(text: str, ways: str | None) -> None:
    (said,) = await ask(text, ways=ways)
    assert said["response"] == "utter_payment_methods"
