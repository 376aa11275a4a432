from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.codecs.offer_codec import WrittenOffer
from promo_engine.domain.benefits.bundle_price import BundlePrice, Piece
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.loyalty_points import LoyaltyPoints
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.registry import BENEFIT_KINDS
from promo_engine.domain.benefits.scope import WHOLE_BASKET, Scope
from promo_engine.domain.offers.offers import Eligibility, Offer
from promo_engine.files.offer_file import OfferFile, OfferFileError, read_offer_file

DEMO = Path(__file__).parents[4] / "data" / "offers" / "demo.yml"
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
CATEGORIES = {"SOFT DRINKS": 0, "FLUID MILK PRODUCTS": 1, "FRZN ICE": 2}
GOOD = """\
promotions:
  - id: everyday
    name: Everyday savings
    starts: -30d
    ends: +60d
    offers:
      - id: soft-drinks-15
        title: 15 % off soft drinks
        terms: On all soft drinks.
        benefit: {kind: percentage, percent_basis_points: 1500}
        categories: [SOFT DRINKS]
        unit_cost_cents: 69
        eligibility: {min_baskets: 3, bought_any_of: [FLUID MILK PRODUCTS], min_basket_cents: 1000}
      - id: free-delivery
        title: Free delivery
        terms: On one order.
        benefit: {kind: free_delivery}
        unit_cost_cents: 490
        starts: 2026-11-20
        ends: 2026-12-24T12:00:00Z
"""

SOFT_DRINKS = "offer soft-drinks-15: "
DELIVERY = "offer free-delivery: "
NOT_A_TIME = "is not a time; allowed are 2026-12-31, 2026-12-31T18:00:00Z, -30d, +60d"
OFFER_FIELDS = ", ".join(["id", *WrittenOffer.model_fields, "starts", "ends"])


def read(folder: Path, text: str) -> OfferFile:
    path = folder / "offers.yml"
    path.write_text(text, encoding="utf-8")
    return read_offer_file(path, category_ids=CATEGORIES, now=NOW)


def test_a_file_gives_promotions_and_offers(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    assert [(entry.promotion_id, entry.name) for entry in found.promotions] == [("everyday", "Everyday savings")]
    assert found.offers[0] == Offer(
        offer_id="soft-drinks-15",
        promotion_id="everyday",
        title="15 % off soft drinks",
        terms="On all soft drinks.",
        benefit=PercentageOff(1_500),
        scope=Scope(category_ids=frozenset({0})),
        unit_cost_cents=69,
        starts_at=datetime(2026, 10, 23, tzinfo=UTC),
        ends_at=datetime(2027, 1, 21, 23, 59, 59, tzinfo=UTC),
        eligibility=Eligibility(min_baskets=3, bought_any_of=frozenset({1}), min_basket_cents=1_000),
    )


def test_an_offer_may_have_days_and_moments_of_its_own(tmp_path: Path) -> None:
    offer = read(tmp_path, GOOD).offers[1]
    assert offer.starts_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert offer.ends_at == datetime(2026, 12, 24, 12, tzinfo=UTC)
    assert offer.scope == WHOLE_BASKET
    assert offer.eligibility == Eligibility()


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            "[SOFT DRINKS]",
            "[SOFT DRNKS]",
            11,
            SOFT_DRINKS + "categories.0: there is no category 'SOFT DRNKS'; did you mean SOFT DRINKS?",
        ),
        (
            "[SOFT DRINKS]",
            "[ice]",
            11,
            SOFT_DRINKS + "categories.0: there is no category 'ice'; did you mean FRZN ICE?",
        ),
        (
            "[SOFT DRINKS]",
            "[qqq]",
            11,
            SOFT_DRINKS + "categories.0: there is no category 'qqq'; allowed are the shop's 3 category names",
        ),
        (
            "[FLUID MILK PRODUCTS]",
            "[milk]",
            13,
            SOFT_DRINKS + "eligibility.bought_any_of.0: there is no category 'milk'; did you mean FLUID MILK PRODUCTS?",
        ),
        (
            "unit_cost_cents: 69",
            "unit_cost_cents: -1",
            12,
            SOFT_DRINKS + "unit_cost_cents: input should be greater than or equal to 0, not -1",
        ),
        (
            "unit_cost_cents: 69",
            "unit_cost_cents: 0.69",
            12,
            SOFT_DRINKS + "unit_cost_cents: input should be a valid integer, not 0.69",
        ),
        ("        unit_cost_cents: 69\n", "", 7, SOFT_DRINKS + "unit_cost_cents: is missing"),
        (
            "kind: percentage,",
            "kind: percent,",
            10,
            SOFT_DRINKS + "benefit: kind: there is no kind 'percent'; allowed are " + ", ".join(BENEFIT_KINDS),
        ),
        (
            "percent_basis_points: 1500",
            "percent_basis_points: 15000",
            10,
            SOFT_DRINKS + "benefit: percent_basis_points: 1 to 10000, which is 100 %, not 15000",
        ),
        (
            "percent_basis_points: 1500",
            "amount_cents: 50",
            10,
            SOFT_DRINKS + "benefit: amount_cents: a percentage benefit has no such field; "
            "allowed are percent_basis_points, cap_cents, currency",
        ),
        (
            "{kind: free_delivery}",
            "{kind: free_delivery, points: 5}",
            17,
            DELIVERY + "benefit: points: a free_delivery benefit has no such field; allowed are cap_cents, currency",
        ),
        ("title: 15 % off", "titel: 15 % off", 7, SOFT_DRINKS + "unknown field 'titel'; allowed are " + OFFER_FIELDS),
        (
            "id: soft-drinks-15",
            "id: Soft Drinks",
            7,
            "offer Soft Drinks: id: may hold lower-case letters, digits and single hyphens only",
        ),
        ("id: free-delivery", "id: soft-drinks-15", 14, SOFT_DRINKS + "id: is used twice; every offer needs its own"),
        ("starts: -30d", "starts: soon", 4, "promotion everyday: starts: 'soon' " + NOT_A_TIME),
        ("2026-12-24T12:00:00Z", "2026-12-24T12:00:00", 20, DELIVERY + "ends: '2026-12-24T12:00:00' " + NOT_A_TIME),
        ("starts: 2026-11-20", "starts: 2026-13-20", 19, DELIVERY + "starts: '2026-13-20' " + NOT_A_TIME),
        (
            "starts: 2026-11-20",
            "starts: 2026-01-01",
            14,
            DELIVERY + "starts, ends: must lie in order and inside its promotion, 2026-10-23 to 2027-01-21",
        ),
        (
            "        terms: On one order.",
            "        terms: On one order.\n        terms: Twice.",
            17,
            "this is not YAML: the key 'terms' stands twice",
        ),
        ("[SOFT DRINKS]", "[SOFT DRINKS", 12, "this is not YAML: expected ',' or ']', but got ':'"),
        ("promotions:", "offers:", 1, "unknown field 'offers'; allowed are promotions"),
    ],
)
def test_a_fault_is_one_line_with_file_line_offer_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(OfferFileError) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert str(caught.value) == f"{tmp_path / 'offers.yml'}:{line}: {message}"


FULL = (
    GOOD
    + """\
      - id: club-bundle
        title: Drink and ice
        terms: Together.
        benefit:
          kind: bundle_price
          pieces:
            - {product_id: "1", quantity: 1}
            - {product_id: "2", quantity: 2}
          price_cents: 500
        unit_cost_cents: 80
        products: ["1"]
        brands: [Acme]
        condition:
          all:
            - segment: [club]
            - not:
                category_bought: [FRZN ICE]
        exclusive_group: drinks
        priority: 5
        margin_floor_basis_points: 1000
"""
)


def test_an_offer_says_all_that_an_offer_can(tmp_path: Path) -> None:
    assert read(tmp_path, FULL).offers[2] == Offer(
        offer_id="club-bundle",
        promotion_id="everyday",
        title="Drink and ice",
        terms="Together.",
        benefit=BundlePrice((Piece("1", 1), Piece("2", 2)), 500),
        scope=Scope(product_ids=frozenset({"1"}), brands=frozenset({"Acme"})),
        unit_cost_cents=80,
        starts_at=datetime(2026, 10, 23, tzinfo=UTC),
        ends_at=datetime(2027, 1, 21, 23, 59, 59, tzinfo=UTC),
        condition=condition_from_json({"all": [{"segment": ["club"]}, {"not": {"category_bought": [2]}}]}),
        exclusive_group="drinks",
        priority=5,
        margin_floor_basis_points=1000,
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            'product_id: "2", quantity: 2',
            'product_id: "2", quantity: two',
            28,
            "benefit: pieces.1.quantity: a whole number is needed, not 'two'",
        ),
        (
            'product_id: "1"',
            "product_id: 1",
            27,
            "benefit: pieces.0.product_id: a text of 1 to 64 characters is needed",
        ),
        ("price_cents: 500", "price: 500", 29, "benefit: price: a bundle_price benefit has no such field"),
        ("[FRZN ICE]", "[ICE]", 37, "condition: all.1.not.category_bought: there is no category 'ICE'; did you mean"),
        ("segment: [club]", "segment: club", 35, "condition: all.0.segment: a list of one or more texts is needed"),
        ("segment: [club]", "group: [club]", 35, "condition: all.0: there is no 'group'; allowed are all, any, not"),
        ("priority: 5", "priority: 1001", 39, "priority: input should be less than or equal to 1000, not 1001"),
        ("margin_floor_basis_points: 1000", "margin_floor_basis_points: 10000", 40, "margin_floor_basis_points: input"),
    ],
)
def test_a_fault_deep_inside_an_offer_has_its_line(
    tmp_path: Path, *, old: str, new: str, line: int, message: str
) -> None:
    assert FULL.count(old) == 1
    with pytest.raises(OfferFileError) as caught:
        read(tmp_path, FULL.replace(old, new))
    found = str(caught.value)
    assert found.startswith(f"{tmp_path / 'offers.yml'}:{line}: offer club-bundle: {message}"), found


def test_every_fault_is_told_and_the_message_stays_one_line(tmp_path: Path) -> None:
    with pytest.raises(OfferFileError) as caught:
        read(tmp_path, GOOD.replace("[SOFT DRINKS]", "[COLA, ICE]").replace("490", "-4"))
    assert len(caught.value.faults) == 3
    assert str(caught.value) == f"{caught.value.faults[0]} (and 2 more)"


@pytest.mark.parametrize(
    "text",
    ["", "promotions: []\n", "- a\n", "promotions: 7\n", "promotions: [{}]\n", "\t", "? [a]\n: b\n", "&a [*a]\n"],
)
def test_a_file_of_another_shape_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(OfferFileError) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "offers.yml").write_bytes("promotions: Süß".encode("latin-1"))
    with pytest.raises(OfferFileError, match=r"offers\.yml:1: this is not text in UTF-8"):
        read_offer_file(tmp_path / "offers.yml", category_ids=CATEGORIES, now=NOW)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.yml: there is no such offer file"):
        read_offer_file(tmp_path / "nowhere.yml", category_ids=CATEGORIES, now=NOW)


def test_the_demo_file_reads_well_to_a_person() -> None:
    for promotion in yaml.safe_load(DEMO.read_text(encoding="utf-8"))["promotions"]:
        for offer in promotion["offers"]:
            assert len(offer["title"]) <= 60
            assert offer["terms"].endswith("Once per customer.")
            assert len(offer["id"]) <= 32


def test_a_file_of_the_first_version_is_read_as_it_is(tmp_path: Path) -> None:
    """Written before there were scopes, conditions, groups, priorities and margin floors: each has its default."""
    text = """\
promotions:
  - id: everyday
    name: Everyday savings
    starts: -30d
    ends: +90d
    offers:
      - id: two-for-one
        title: Two for one
        terms: Once per customer.
        benefit: {kind: buy_x_get_y, buy_quantity: 1, get_quantity: 1}
        categories: [SOFT DRINKS]
        unit_cost_cents: 82
        eligibility: {min_baskets: 2, min_basket_cents: 1000, bought_any_of: [SOFT DRINKS]}
      - id: points
        title: 300 points
        terms: Once per customer.
        benefit: {kind: loyalty_points, points: 300}
        unit_cost_cents: 300
        eligibility: {signed_in_only: true}
"""
    two, points = read(tmp_path, text).offers
    assert (two.benefit, points.benefit) == (BuyAndGet(1, 1), LoyaltyPoints(300))
    assert two.eligibility == Eligibility(2, False, frozenset({CATEGORIES["SOFT DRINKS"]}), 1000)
    assert (two.condition, two.exclusive_group, two.priority, two.margin_floor_basis_points) == (None, None, 0, None)
    assert points.scope.is_whole_basket
