"""What customers say about items, options, payment, addresses and reasons, and what becomes of it."""

from typing import Any

import pytest

from actions.changes.addresses import address_in
from actions.changes.change_tasks import ChangeAddress, ChangePayment, SwapItems
from actions.changes.identity import Identity
from actions.changes.order_items import Choices, Item, read_items
from actions.changes.payment_words import payment_in
from actions.changes.reasons import reason_in
from actions.orders.change_orders import CancelOrder, ReturnOrder
from tests.unit.actions.scripted_engine import CONTRACT, ScriptedEngine, run

JACKET = {"colour": "red", "size": "M"}
GLASSES = {"frame color": "black", "lens color": "brown"}
ITEMS = [
    Item(0, "jacket", "J-RED-M", "Fleece Jacket", JACKET, 5000),
    Item(1, "lamp", "L-BLACK", "Desk Lamp", {"color": "black", "waterproof": "no"}, 3000),
    Item(2, "kettle", "K-1", "Electric Kettle", {"capacity": "1L"}, 2000),
    Item(3, "kettle", "K-2", "Electric Kettle", {"capacity": "2L"}, 2500),
    Item(4, "glasses", "G-1", "Sunglasses", GLASSES, 9000),
]
CHOICES = {
    "jacket": Choices({"colour": ["red", "blue"], "size": ["S", "M", "L"]}),
    "lamp": Choices({"color": ["black", "white"], "waterproof": ["yes", "no"]}),
    "kettle": Choices({"capacity": ["1L", "1.5L", "2L"]}),
    "glasses": Choices({"frame color": ["black", "silver"], "lens color": ["black", "brown"]}),
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("change the jacket to a blue one in size L", {0: {"colour": "blue", "size": "L"}}),
        ("swap my fleece jaket from red to blue", {0: {"colour": "blue"}}),
        (
            "the lamp to white and waterproof, and the jacket to blue",
            {1: {"color": "white", "waterproof": "yes"}, 0: {"colour": "blue"}},
        ),
        ("change the lamp to white in the order with the fleece jacket", {1: {"color": "white"}}),
        ("the electric kettle (1 l) for 1.5 l please", {2: {"capacity": "1.5L"}}),
        ("sunglasses with a silver frame instead of black", {4: {"frame color": "silver"}}),
        ("the sunglasses with lens color black", {4: {"lens color": "black"}}),
        ("lamp without waterproof, white", {1: {"waterproof": "no", "color": "white"}}),
    ],
)  # fmt: skip
def test_which_items_and_which_options(text: str, wanted: dict[int, dict[str, str]]) -> None:
    read = read_items(text, ITEMS, CHOICES)
    assert {index: read.options[index] for index in read.items} == wanted


def test_what_two_things_may_be_meant_by_is_asked() -> None:
    assert read_items("return the kettle", ITEMS, {}).unclear == [2, 3]
    assert read_items("the sunglasses in black", ITEMS, CHOICES).unclear_values == {
        4: ("black", ["frame color", "lens color"])
    }


def test_all_some_and_not_those() -> None:
    assert read_items("everything goes back", ITEMS, {}).items == [0, 1, 2, 3, 4]
    read = read_items("the jacket and the lamp", ITEMS, {})
    assert read.items == [0, 1]
    assert read_items("keep the lamp", ITEMS, {}).left_out == {1}


def test_an_answer_without_a_name_belongs_to_the_item_that_was_asked_about() -> None:
    assert read_items("blue please", ITEMS, CHOICES, focus=[0]).options == {0: {"colour": "blue"}}


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("with my PayPal", "PayPal"),
        ("from paypal to my gift card", "gift card"),
        ("the Visa ending in 1234", "Visa ending in 1234"),
        ("my credit card ending in 9012 please", "credit card ending in 9012"),
        ("my mastercard", "Mastercard"),
        ("back to the original payment method", "the way it was paid"),
        ("the blue one", None),
        ("one with an SD card", None),
        ("with my other card", "credit card"),
    ],
)
def test_the_way_to_pay_in_the_customers_words(text: str, way: str | None) -> None:
    assert payment_in(text) == way


@pytest.mark.parametrize(
    ("text", "expected", "address"),
    [
        (
            "please change the address of order #W1 to 9 Oak Lane, Suite 5, Portland, OR 97201",
            False,
            "9 Oak Lane, Suite 5, Portland, OR 97201",
        ),
        ("it's Hauptstraße 5, 10115 Berlin", True, "Hauptstraße 5, 10115 Berlin"),
        (
            "my new address is 88 Mill Road, Springfield IL 62701, USA please",
            True,
            "88 Mill Road, Springfield IL 62701, USA",
        ),
        ("change the address of order 1001", False, None),
        ("somewhere else", True, None),
    ],
)  # fmt: skip
def test_the_address_in_one_line(text: str, expected: bool, address: str | None) -> None:
    assert address_in(text, expected=expected) == address


def test_the_reason_is_one_of_the_shops() -> None:
    reasons = ["no longer needed", "ordered by mistake"]
    for text in ("I don't need it anymore", "we no longer need it", "no longer needed"):
        assert reason_in(text, reasons) == "no longer needed", text
    for text in ("it was an accident", "oops, ordered the wrong thing", "by mistake"):
        assert reason_in(text, reasons) == "ordered by mistake", text
    assert reason_in("cancel order 1001", reasons) is None


def test_who_writes() -> None:
    for text in ("my name is Ada Berg and my zip code is 10115", "Ada Berg, 10115", "I'm Ada Berg, zip 10115"):
        assert Identity().with_message(text, expected=True) == Identity(name="Ada Berg", postcode="10115"), text
    assert Identity().with_message("it's ada@example.com", expected=False).email == "ada@example.com"
    half = Identity().with_message("my name is Ada Berg", expected=False)
    assert not half.whole
    assert half.with_message("10115", expected=True).whole


ORDER = CONTRACT["order"]["response"]
LINES = [
    {"product_id": "jacket", "name": "Fleece Jacket", "quantity": 1, "sales_cents": 5000, "variant_id": "J-RED-M",
     "options": JACKET},
    {"product_id": "mug", "name": "Mug", "quantity": 2, "sales_cents": 2000, "variant_id": "MUG", "options": {}},
]  # fmt: skip
BLUE = {"colour": "blue", "size": "M"}
VARIANTS = {
    "product_id": "jacket", "currency": "USD",
    "variants": [
        {"variant_id": "J-RED-M", "options": JACKET, "price_cents": 5000, "in_stock": True},
        {"variant_id": "J-BLUE-M", "options": BLUE, "price_cents": 5450, "in_stock": True},
        {"variant_id": "J-BLUE-L", "options": {**BLUE, "size": "L"}, "price_cents": 5450, "in_stock": False},
    ],
}  # fmt: skip


def packed(engine: ScriptedEngine, **changes: Any) -> None:
    """The customer has one order, which has not left."""
    refused = {"return": "not_arrived", "exchange": "not_arrived"}
    engine.have_orders({"state": "packing", "as_of": None, "lines": LINES, "refused_changes": refused, **changes})
    engine.plan("product_variants", VARIANTS)


GIVEN = {"order_number": ORDER["number"]}


async def test_other_options_are_listed_with_their_price_and_asked_for_after_a_yes(engine: ScriptedEngine) -> None:
    packed(engine)
    text = "change the jacket to blue, the difference on my paypal"
    listed = await run(SwapItems(), "exchange_items", text=text, slots=GIVEN)
    assert "Fleece Jacket (red, M): now colour blue" in (listed.text or "")
    assert "That is $4.50 more, paid with PayPal." in (listed.text or "")
    assert engine.received("ask_for_change") == []
    engine.plan("ask_for_change", kind="items", state="confirmed")
    slots = {**GIVEN, **listed.slots}
    done = await run(SwapItems(), "affirm", text="yes", slots=slots)
    assert done.text == f"The shop has changed order {ORDER['number']}."
    (request,) = engine.received("ask_for_change")
    assert request["kind"] == "items"
    assert request["lines"] == [{"variant_id": "J-RED-M", "quantity": 1, "new_variant_id": "J-BLUE-M"}]
    assert (request["payment"], request["difference_cents"]) == ("PayPal", 450)


async def test_a_yes_that_says_more_than_yes_is_listed_again(engine: ScriptedEngine) -> None:
    packed(engine)
    listed = await run(
        SwapItems(), "exchange_items", text="change the jacket to blue, difference on paypal", slots=GIVEN
    )
    again = await run(SwapItems(), "affirm", text="yes but charge my gift card", slots={**GIVEN, **listed.slots})
    assert "paid with gift card" in (again.text or "")
    assert engine.received("ask_for_change") == []


async def test_what_is_missing_is_asked_for_one_after_the_other(engine: ScriptedEngine) -> None:
    packed(engine)
    items = await run(SwapItems(), "exchange_items", text="I want to change something in it", slots=GIVEN)
    assert "Which of these do you want in other options" in (items.text or "")
    assert items.slots["pending_detail"] == "swap"
    options = await run(SwapItems(), "inform_detail", text="the jacket", slots={**GIVEN, **items.slots})
    assert "Which options should the Fleece Jacket have?" in (options.text or "")
    payment = await run(SwapItems(), "inform_detail", text="in blue", slots={**GIVEN, **options.slots})
    listed = await run(SwapItems(), "inform_detail", text="paypal", slots={**GIVEN, **payment.slots})
    assert (listed.slots["pending_detail"], listed.slots["confirming"]) == (None, "swap")
    assert payment.text == "Which payment method should the difference be paid with?"
    sold_out = await run(SwapItems(), "exchange_items", text="change the jacket to blue, size L", slots=GIVEN)
    assert "sold out in blue, L" in (sold_out.text or "").replace("just that", "blue, L")


async def test_single_lines_are_returned(engine: ScriptedEngine) -> None:
    packed(engine, state="delivered", refused_changes={})
    listed = await run(ReturnOrder(), "return_order", text="I want to return the jacket", slots=GIVEN)
    assert "Fleece Jacket" in (listed.text or "") and "Mug" not in (listed.text or "")
    engine.plan("ask_for_change", kind="return", state="confirmed")
    await run(ReturnOrder(), "affirm", text="yes", slots={**GIVEN, **listed.slots})
    (request,) = engine.received("ask_for_change")
    assert request["lines"] == [{"variant_id": "J-RED-M", "quantity": 1}]


async def test_a_reason_is_asked_for_where_the_shop_wants_one(engine: ScriptedEngine) -> None:
    packed(engine)
    slots = {**GIVEN, "cancel_reasons": "no longer needed or ordered by mistake"}
    question = await run(CancelOrder(), "cancel_order", text="cancel it", slots=slots)
    assert question.messages[0]["buttons"] == [
        {"title": "no longer needed", "payload": "no longer needed"},
        {"title": "ordered by mistake", "payload": "ordered by mistake"},
    ]
    listed = await run(CancelOrder(), "inform_detail", text="by mistake", slots={**slots, **question.slots})
    assert "Reason: ordered by mistake." in (listed.text or "")


async def test_address_and_payment_are_confirmed_as_they_were_said(engine: ScriptedEngine) -> None:
    packed(engine)
    text = "send it to 9 Oak Lane, Portland, OR 97201"
    listed = await run(ChangeAddress(), "change_shipping_address", text=text, slots=GIVEN)
    assert listed.text == (f"Shall I ask the shop to send order {ORDER['number']} to 9 Oak Lane, Portland, OR 97201?")
    listed = await run(ChangePayment(), "change_payment", text="pay it with my gift card", slots=GIVEN)
    assert listed.text == f"Shall I ask the shop to have order {ORDER['number']} paid with gift card?"


async def test_who_is_not_signed_in_is_found_where_the_shop_allows_it(engine: ScriptedEngine) -> None:
    packed(engine)
    engine.plan("customer_lookup", {"code": "says_too_little", "message": "", "field": "email"}, status=400)
    question = await run(CancelOrder(), "cancel_order", text="cancel my order", customer_id=None)
    assert "e-mail address" in (question.text or "")
    engine.forget_plans()
    packed(engine)
    engine.plan("customer_lookup", {"customer_id": "1228"})
    listed = await run(
        CancelOrder(), "inform_detail", text="ada@example.com", customer_id=None, slots=dict(question.slots)
    )
    assert listed.slots["found_customer"] == "1228"
    assert "Shall I ask the shop to cancel order" in (listed.text or "")


async def test_the_address_of_the_account_is_asked_of_the_shop_of_the_newest_order(engine: ScriptedEngine) -> None:
    packed(engine, state="delivered", refused_changes={"address": "too_late"})
    wanted = await run(ChangeAddress(), "change_shipping_address", text="change the address of my account")
    assert wanted.text == "What's the new address of your account? Please send all of it."
    slots = dict(wanted.slots)
    text = "9 Oak Lane, Portland, OR 97201"
    listed = await run(ChangeAddress(), "inform_detail", text=text, slots=slots)
    assert listed.text == f"Shall I ask the shop to keep {text} as the address of your account?"
    engine.plan("ask_for_change", kind="account_address", state="confirmed")
    done = await run(ChangeAddress(), "affirm", text="yes", slots={**slots, **listed.slots})
    assert done.text == "The shop has changed the address of your account."
    (request,) = engine.received("ask_for_change")
    assert (request["kind"], request["new_address"]) == ("account_address", text)


async def test_where_no_order_can_go_elsewhere_the_customer_hears_where_addresses_are_changed(
    engine: ScriptedEngine,
) -> None:
    packed(engine, state="delivered", refused_changes={"address": "too_late"})
    said = await run(ChangeAddress(), "change_shipping_address", text="i moved, please update my address")
    assert said.response == "utter_change_shipping_address"
    assert said.slots["offering_person"] is True
