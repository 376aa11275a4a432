"""`shop.yml`: what it may say, and the words that replies get from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from common.shop_facts import ShopFacts, ShopFactsError, read_shop_facts
from common.shop_words import FACT_NAMES, shop_words

WHOLE = """
name: Trail & Tarn
currency: EUR
currencies: [GBP]
zone: Europe/Berlin
language: en-IE
order_number: "#?1\\\\d{4}"
delivery:
  working_days: [2, 4]
  countries: [DE, AT, GB]
  ways: [to your door, to a pick-up point]
  costs:
    - {countries: [DE, AT], cents: 495, free_from_cents: 6000}
    - {countries: [GB], cents: 0}
  hours: from Monday to Friday, by day
  missed: The driver tries a neighbour.
  po_boxes: false
returns: {days: 30, postage: shop, excluded: [used ropes, opened food], opened: true, without_box: false,
  refund_ways: [the way you paid, a gift card]}
cancellation: {until: packing, hours: 2, fee_cents: 0, reasons: [no longer needed, ordered by mistake]}
payment: [credit card, PayPal]
payment_taken: order
contact: {hours: "from Monday to Friday, nine to five", email: help@example.com, phone: "+49 30 1234"}
gift_cards: {least_cents: 1000, most_cents: 20000, valid_years: 3}
loyalty_points: {points_per_unit: 2, hundred_points_cents: 150, expire_years: 1, lost_with_account: true}
price_match: false
sells_data: false
"""


def facts(text: str) -> ShopFacts:
    return ShopFacts.model_validate(yaml.safe_load(text) or {})


def test_every_fact_has_its_words() -> None:
    words = shop_words(facts(WHOLE))
    assert words == {
        "shop_name": "Trail & Tarn",
        "delivery_days": "2 to 4 working days",
        "delivery_countries": "Germany, Austria and United Kingdom",
        "delivery_costs": "Germany and Austria: €4.95, free from €60.00; United Kingdom: free",
        "delivery_ways": "to your door or to a pick-up point",
        "free_delivery": "Delivery is free from €60.00 (Germany and Austria), for every order (United Kingdom).",
        "delivery_hours": "from Monday to Friday, by day",
        "delivery_missed": "The driver tries a neighbour.",
        "delivery_po_boxes": "We can't deliver to a post office box.",
        "return_days": "30 days",
        "return_postage": "We pay the postage of a return.",
        "return_exceptions": "used ropes and opened food",
        "return_opened": "What you have opened can come back, as long as you haven't used it.",
        "return_box": "It has to be in its own box.",
        "cancellation": "An order can be cancelled until it is packed, within 2 hours of ordering.",
        "cancellation_fee": "Cancelling costs nothing.",
        "cancel_reasons": "no longer needed or ordered by mistake",
        "refund_ways": "the way you paid or a gift card",
        "payment_ways": "credit card or PayPal",
        "payment_taken": (
            "We take the money when you order. If the order is cancelled, it goes back the way you paid."
        ),
        "service_hours": "from Monday to Friday, nine to five",
        "service_ways": "by e-mail at help@example.com or by telephone at +49 30 1234",
        "gift_cards": "We sell gift cards for any amount from €10.00 to €200.00. A card is valid for 3 years.",
        "loyalty_points": (
            "You collect 2 points for each €1.00 you spend; 100 points are worth €1.50. Points last 1 year."
        ),
        "points_at_closing": "Points are lost when the account is closed, so use them before that.",
        "price_match": "We don't match the prices of other shops.",
        "data_sold": "We don't sell your data.",
    }
    assert set(words) == set(FACT_NAMES)


def test_a_shop_that_said_nothing_has_no_words() -> None:
    assert shop_words(facts("")) == dict.fromkeys(FACT_NAMES)


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("gift_cards: none", "gift_cards", "We don't sell gift cards."),
        ("loyalty_points: none", "loyalty_points", "We have no loyalty programme."),
        (
            "loyalty_points: none",
            "points_at_closing",
            "We have no loyalty programme, so there are no points to lose.",
        ),
        (
            "{currency: EUR, loyalty_points: {points_per_unit: 1, hundred_points_cents: 1}}",
            "points_at_closing",
            None,
        ),
        ("delivery: {po_boxes: true}", "delivery_po_boxes", "We deliver to post office boxes, too."),
        ("delivery: {working_days: [1, 1]}", "delivery_days", "1 working day"),
        ("returns: {days: 1}", "return_days", "1 day"),
        ("cancellation: {until: never, fee_cents: 0}", "cancellation", "An order that is placed can't be cancelled."),
        ("cancellation: {hours: 1}", "cancellation", "An order can be cancelled within 1 hour of ordering."),
        (
            "{currency: JPY, language: ja, delivery: {costs: [{countries: [JP], cents: 500}]}}",
            "free_delivery",
            "There is no amount from which delivery is free.",
        ),
        (
            "{currency: JPY, delivery: {costs: [{countries: [JP], cents: 500, free_from_cents: 5000}]}}",
            "delivery_costs",
            "Japan: ¥500, free from ¥5,000",
        ),
    ],
)
def test_words_of_one_fact(text: str, name: str, words: str | None) -> None:
    assert shop_words(facts(text))[name] == words


def test_nothing_is_said_of_a_fee_where_orders_cannot_be_cancelled() -> None:
    assert shop_words(facts("cancellation: {until: never, fee_cents: 0}"))["cancellation_fee"] is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("returns: {days: '30'}", "returns.days: Input should be a valid integer"),
        ("returns: {dais: 30}", "returns.dais: there is no such fact; docs/shop.md lists them"),
        ("currency: EURO", "currency: 'EURO' is no currency; use a code of ISO 4217 such as EUR"),
        ("zone: Berlin", "zone: 'Berlin' is no time zone; use a name such as Europe/Berlin"),
        ("language: klingonish", "language: 'klingonish' is no language; use a tag such as en or en-GB"),
        ("order_number: '['", "order_number: '[' is no regular expression"),
        ("order_number: '.*'", "order_number: '.*' matches an empty text; name at least one digit"),
        ("delivery: {countries: [Germany]}", "delivery.countries.0: 'Germany' is no country; use a code of ISO 3166"),
        ("delivery: {working_days: [4, 2]}", "the first number is the smaller one"),
        (
            "{currency: EUR, delivery: {countries: [DE], costs: [{countries: [AT], cents: 5}]}}",
            "delivery.costs names AT, delivery.countries does not",
        ),
        ("gift_cards: {least_cents: 1, most_cents: 2}", "currency is missing: amounts are named"),
        ("{currency: EUR, gift_cards: {least_cents: 3, most_cents: 2}}", "least_cents is more than most_cents"),
        ("contact: {email: nobody}", "contact.email: String should match pattern"),
        ("- a list", "the file holds facts by name"),
        ("a: [", "while parsing"),
        ("price_match: maybe", "price_match: Input should be a valid boolean"),
    ],
)
def test_a_wrong_fact_is_refused_in_one_line(tmp_path: Path, text: str, line: str) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(text)
    with pytest.raises(ShopFactsError, match=re.escape(line)) as refused:
        read_shop_facts(file)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(str(file))


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert read_shop_facts(tmp_path / "shop.yml") == ShopFacts()


@pytest.mark.parametrize("shop", ["completejourney", "trail_and_tarn"])
def test_the_demo_shops_name_every_fact_that_a_reply_needs(shop: str) -> None:
    said = shop_words(read_shop_facts(Path(f"promo_engine/shops/{shop}/shop.yml")))
    optional = {"service_ways", "cancel_reasons", "refund_ways"}
    assert {name for name, words in said.items() if words is None} <= optional


def test_the_bot_has_a_slot_for_every_fact() -> None:
    domain = yaml.safe_load(Path("bot/domain/shop_facts.yml").read_text())
    assert set(domain["slots"]) == set(FACT_NAMES)
