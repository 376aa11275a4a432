import sys
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from itertools import product
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.benefits.benefit import Benefit, GiftedProduct
from promo_engine.domain.benefits.bundle_price import BundlePrice, Piece
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.free_delivery import FreeDelivery
from promo_engine.domain.benefits.gift import Gift
from promo_engine.domain.benefits.goodwill_credit import GoodwillCredit
from promo_engine.domain.benefits.loyalty_points import LoyaltyPoints
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.benefits.spend_and_save import SpendAndSave, Tier
from promo_engine.domain.conditions.conditions import UNKNOWN
from promo_engine.domain.conditions.facts import Facts
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Eligibility, Offer
from promo_engine.domain.pricing.baskets import Basket, BasketLine
from promo_engine.domain.pricing.pricing import (
    BETTER_TOGETHER,
    CHANGES_NOTHING,
    IN_BASKET_ALREADY,
    OfferToApply,
    Quote,
    price_basket,
)
from promo_engine.domain.pricing.stacking import StackingRule
from tests.support.benefit_strategies import ANY_BENEFIT
from tests.support.full_offer import full_offer
from tests.support.small_shop import offer

EUR = Currency("EUR")
BEST = StackingRule.BEST_FOR_CUSTOMER


def line(line_id: str, price: int, quantity: int = 1, **more: Any) -> BasketLine:
    fields: dict[str, Any] = {"product_id": line_id, "category_id": 0} | more
    return BasketLine(line_id=line_id, unit_price_cents=price, quantity=quantity, **fields)


BASKET = Basket((line("a", 1000), line("b", 250, 3, category_id=1, brand="B"), line("c", 333)), EUR, delivery_cents=490)


def price(basket: Basket, *offers: OfferToApply, rule: StackingRule = BEST, facts: Facts | None = None) -> Quote:
    return price_basket(basket, offers=offers, facts=facts or Facts(), stacking_rule=rule)


def off(benefit: Benefit, basket: Basket = BASKET, **fields: Any) -> dict[str, int]:
    """Cents off by line of one offer, `delivery` included."""
    quote = price(basket, OfferToApply("x", benefit, **fields))
    cuts = {line.line_id: line.discount_cents for line in (*quote.lines, quote.delivery)}
    return {line_id: cut for line_id, cut in cuts.items() if cut}


@pytest.mark.parametrize(
    ("benefit", "fields", "cuts"),
    [
        (PercentageOff(1000), {}, {"a": 100, "b": 75, "c": 33}),
        (PercentageOff(1000, cap_cents=100), {}, {"a": 48, "b": 36, "c": 16}),
        (PercentageOff(10_000), {"scope": Scope(category_ids=frozenset({1}))}, {"b": 750}),
        (PercentageOff(1000), {"scope": Scope(brands=frozenset({"B"}))}, {"b": 75}),
        (
            PercentageOff(1000),
            {"scope": Scope(product_ids=frozenset({"c"}), brands=frozenset({"B"}))},
            {"b": 75, "c": 33},
        ),
        (AmountOff(500), {"scope": Scope(product_ids=frozenset({"c"}))}, {"c": 333}),
        (AmountOff(10_000), {}, {"a": 1000, "b": 750, "c": 333}),
        (SpendAndSave((Tier(1000, 100), Tier(2083, 300))), {}, {"a": 144, "b": 108, "c": 48}),
        (SpendAndSave((Tier(1000, 100), Tier(2084, 300))), {}, {"a": 48, "b": 36, "c": 16}),
        (SpendAndSave((Tier(2084, 300),)), {}, {}),
        (BuyAndGet(2, 1), {}, {"b": 250}),
        (BuyAndGet(1, 1), {}, {"b": 250}),
        (BuyAndGet(1, 1, max_sets=None), {}, {"b": 500}),
        (BuyAndGet(1, 1, off_basis_points=5000, max_sets=1), {}, {"b": 125}),
        (BuyAndGet(5, 1), {}, {}),
        (BuyAndGet(1, 4), {}, {"b": 750, "c": 333}),
        (FreeDelivery(), {}, {"delivery": 490}),
        (FreeDelivery(cap_cents=300), {}, {"delivery": 300}),
        (BundlePrice((Piece("a", 1), Piece("b", 2)), 1200), {}, {"a": 200, "b": 100}),
        (BundlePrice((Piece("a", 1), Piece("b", 2)), 1501), {}, {}),
        (BundlePrice((Piece("a", 1), Piece("z", 1)), 1), {}, {}),
        (BundlePrice((Piece("a", 2), Piece("b", 1)), 1), {}, {}),
    ],
)
def test_each_kind_takes_off_what_it_says(benefit: Benefit, fields: dict[str, Any], cuts: dict[str, int]) -> None:
    assert off(benefit, **fields) == cuts


def test_what_costs_nothing_now_is_reported_beside_the_price() -> None:
    given = [
        OfferToApply("1", Gift("mug")),
        OfferToApply("2", LoyaltyPoints(50)),
        OfferToApply("3", GoodwillCredit(300)),
    ]
    quote = price(BASKET, *given)
    assert quote.discount_cents == 0
    assert quote.total_cents == 2083 + 490
    assert [(applied.gift, applied.points, applied.credit_cents) for applied in quote.applied] == [
        (GiftedProduct("mug", 1, 0), 0, 0),
        (None, 50, 0),
        (None, 0, 300),
    ]


def test_offers_apply_to_what_earlier_ones_left_and_priority_goes_first() -> None:
    basket = Basket((line("a", 1000),), EUR)
    tenth, one_euro = OfferToApply("t", PercentageOff(1000)), OfferToApply("e", AmountOff(100))
    assert price(basket, tenth, one_euro).discount_cents == 200
    assert price(basket, tenth, replace(one_euro, priority=1)).discount_cents == 190


def test_a_group_gives_one_offer_by_the_rule() -> None:
    small = OfferToApply("s", AmountOff(100), exclusive_group="g", priority=1)
    large = OfferToApply("l", AmountOff(300), exclusive_group="g")
    other = OfferToApply("o", AmountOff(50))
    expected = {
        StackingRule.BEST_FOR_CUSTOMER: (350, "s"),
        StackingRule.BEST_FOR_SHOP: (150, "l"),
        StackingRule.PRIORITY: (150, "l"),
    }
    for rule, (discount, left_out) in expected.items():
        quote = price(BASKET, small, large, other, rule=rule)
        assert quote.discount_cents == discount
        assert [(refused.offer_id, refused.reason) for refused in quote.refused] == [(left_out, BETTER_TOGETHER)]


def test_the_best_combination_is_not_always_made_of_the_best_members() -> None:
    basket = Basket((line("a", 1000), line("b", 900)), EUR)
    on_a, on_b = Scope(product_ids=frozenset({"a"})), Scope(product_ids=frozenset({"b"}))
    offers = [
        OfferToApply("1", AmountOff(1000), on_a, exclusive_group="g"),
        OfferToApply("2", AmountOff(900), on_b, exclusive_group="g"),
        OfferToApply("3", AmountOff(800), on_a, exclusive_group="h"),
    ]
    assert price(basket, *offers).discount_cents == 1700


def test_no_line_falls_below_the_margin_floor() -> None:
    # 20 % margin on a cost of 500 is 625 without tax, 743.75 with 19 %.
    taxed = line("a", 1000, unit_cost_cents=500, tax_basis_points=1900)
    basket = Basket((taxed, line("b", 1000)), EUR)
    floored = {"margin_floor_basis_points": 2000}
    assert off(PercentageOff(5000), basket, **floored) == {"a": 256, "b": 500}
    assert off(PercentageOff(5000), replace(basket, prices_include_tax=False), **floored) == {"a": 375, "b": 500}
    assert off(AmountOff(2000), basket, **floored) == {"a": 256, "b": 1000}
    sold_at_cost = Basket((line("a", 1000, unit_cost_cents=1000),), EUR)
    quote = price(sold_at_cost, OfferToApply("x", PercentageOff(500), margin_floor_basis_points=0))
    assert [refused.reason for refused in quote.refused] == [CHANGES_NOTHING]
    with pytest.raises(ValueError, match="margin_floor_basis_points: 0 to 9999, not 10000"):
        OfferToApply("x", PercentageOff(500), margin_floor_basis_points=10_000)


def test_tax_is_on_what_is_left_inside_or_on_top() -> None:
    basket = Basket((line("a", 1190, tax_basis_points=1900),), EUR, delivery_cents=119, delivery_tax_basis_points=1900)
    half = OfferToApply("x", PercentageOff(5000))
    inside = price(basket, half)
    assert (inside.total_cents, inside.tax_cents) == (595 + 119, 95 + 19)
    on_top = price(replace(basket, prices_include_tax=False), half)
    assert (on_top.total_cents, on_top.tax_cents) == (595 + 119 + 113 + 23, 113 + 23)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"benefit": AmountOff(100, Currency("JPY"))}, "this offer is for orders in JPY"),
        ({"min_basket_cents": 2084}, "this offer needs an order of at least 20.84 EUR"),
        ({"min_basket_cents": 2083}, None),
        ({"condition": condition_from_json({"basket_cents": 2084})}, "your basket is too small for this offer"),
        ({"condition": condition_from_json({"category_in_basket": [1]})}, None),
        ({"condition": condition_from_json({"first_order": True})}, UNKNOWN),
        ({"scope": Scope(category_ids=frozenset({9}))}, CHANGES_NOTHING),
    ],
)
def test_a_refused_code_says_why(fields: dict[str, Any], reason: str | None) -> None:
    to_apply = replace(OfferToApply("x", AmountOff(100), code="C"), **fields)
    quote = price(BASKET, to_apply)
    assert [(r.offer_id, r.code, r.reason) for r in quote.refused] == ([] if reason is None else [("x", "C", reason)])
    assert len(quote.applied) == (reason is None)


def test_an_offer_counts_once_whatever_codes_it_comes_with() -> None:
    to_apply = OfferToApply("x", AmountOff(100), code="A")
    quote = price(BASKET, replace(to_apply, code="B"), to_apply)
    assert [applied.code for applied in quote.applied] == ["A"]
    assert [(r.code, r.reason) for r in quote.refused] == [("B", IN_BASKET_ALREADY)]


def test_an_empty_basket_has_a_price() -> None:
    quote = price(Basket((), EUR), OfferToApply("x", AmountOff(100)))
    assert (quote.total_cents, quote.tax_cents, len(quote.refused)) == (0, 0, 1)


@pytest.mark.parametrize(
    ("benefit", "cuts"),
    [
        (PercentageOff(1000), {"a": 100, "c": 33}),
        (AmountOff(100), {"a": 75, "c": 25}),
        (BuyAndGet(1, 1), {"c": 333}),
        (FreeDelivery(), {"delivery": 490}),
        (LoyaltyPoints(5), {}),
    ],
)
def test_stored_offers_are_priced_on_their_categories(benefit: Benefit, cuts: dict[str, int]) -> None:
    stored = offer("x", benefit=benefit, eligibility=Eligibility(min_basket_cents=2000))
    quote = price(BASKET, OfferToApply.of(stored, code="C"))
    found = {line.line_id: line.discount_cents for line in (*quote.lines, quote.delivery) if line.discount_cents}
    assert found == cuts
    assert [applied.code for applied in quote.applied] == ["C"]


def steps_of_pricing(line_count: int) -> int:
    """How many lines of Python code run until so large a basket has its price."""
    many = tuple(
        line(f"{i:05}", 100 + i % 977, 1 + i % 4, category_id=i % 7, unit_cost_cents=60) for i in range(line_count)
    )
    offers = [
        OfferToApply("1", PercentageOff(1500), margin_floor_basis_points=1000, exclusive_group="g"),
        OfferToApply("2", BuyAndGet(2, 1, max_sets=None), Scope(category_ids=frozenset({1, 2}))),
        OfferToApply("3", AmountOff(5000), exclusive_group="g"),
    ]
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        quote = price(Basket(many, EUR), *offers)
    finally:
        sys.settrace(before)
    assert len(quote.lines) == line_count
    assert quote.discount_cents > 0
    return steps


def test_the_work_of_pricing_grows_with_the_lines_of_the_basket_and_no_faster() -> None:
    small, large = steps_of_pricing(500), steps_of_pricing(2_000)
    assert large <= 4.1 * small
    assert large <= 300 * 2_000  # about 210 a line


def test_pricing_takes_over_everything_it_has_in_common_with_an_offer() -> None:
    stored = full_offer()
    taken = OfferToApply.of(stored, code="C")
    common = {field.name for field in fields(OfferToApply)} & {field.name for field in fields(Offer)}
    assert common >= {"offer_id", "benefit", "scope", "condition", "priority"}
    assert {name: getattr(taken, name) for name in common} == {name: getattr(stored, name) for name in common}
    assert taken.min_basket_cents == stored.eligibility.min_basket_cents


# What has few values is drawn at once, and what has one is not drawn: drawing is most of what an example costs.
_KINDS_OF_LINE = list(product("pqr", [None, 0, 1], [None, "B"], [0, 700, 1900]))
_SCOPES = [Scope(), Scope(category_ids=frozenset({1})), Scope(brands=frozenset({"B"}))]
_KINDS_OF_OFFER = list(product(_SCOPES, [None, "g", "h"], [0, 1], [0, 3000]))


_DrawnLine = tuple[tuple[str, int | None, str | None, int], int, int, int | None]
_DrawnOffer = tuple[tuple[Scope, str | None, int, int], Benefit, int | None]


def _lines(drawn: list[_DrawnLine]) -> tuple[BasketLine, ...]:
    return tuple(
        BasketLine(
            line_id=f"l{index}",
            product_id=product_id,
            unit_price_cents=price,
            quantity=quantity,
            category_id=category_id,
            brand=brand,
            unit_cost_cents=cost,
            tax_basis_points=tax,
        )
        for index, ((product_id, category_id, brand, tax), price, quantity, cost) in enumerate(drawn)
    )


def _offers(drawn: list[_DrawnOffer]) -> list[OfferToApply]:
    return [
        OfferToApply(
            offer_id=f"o{index}",
            benefit=benefit,
            scope=scope,
            exclusive_group=group,
            priority=priority,
            margin_floor_basis_points=floor,
            min_basket_cents=least,
        )
        for index, ((scope, group, priority, least), benefit, floor) in enumerate(drawn)
    ]


_COST = st.none() | st.integers(0, 4000)
_FLOOR = st.none() | st.integers(0, 9000)
BASKETS = st.builds(
    partial(Basket, currency=EUR),
    lines=st.lists(
        st.tuples(st.sampled_from(_KINDS_OF_LINE), st.integers(0, 5000), st.integers(1, 5), _COST), max_size=8
    ).map(_lines),
    delivery_cents=st.integers(0, 900),
    delivery_tax_basis_points=st.sampled_from([0, 1900]),
    prices_include_tax=st.booleans(),
)
OFFERS = st.lists(st.tuples(st.sampled_from(_KINDS_OF_OFFER), ANY_BENEFIT, _FLOOR), max_size=6).map(_offers)
CENTS = st.integers(1, 6000)
RULES = st.sampled_from(list(StackingRule))


@settings(deadline=None, max_examples=300, derandomize=True)
@given(BASKETS, OFFERS, RULES)
def test_no_cent_is_lost_and_nothing_falls_below_zero(
    basket: Basket, offers: list[OfferToApply], rule: StackingRule
) -> None:
    quote = price(basket, *offers, rule=rule)
    assert quote.discount_cents == sum(applied.discount_cents for applied in quote.applied)
    assert all(cut > 0 for applied in quote.applied for cut in applied.line_discounts.values())
    for line in (*quote.lines, quote.delivery):
        assert 0 <= line.discount_cents <= line.full_cents
        assert line.tax_cents >= 0
    net_or_gross = sum(line.after_cents for line in (*quote.lines, quote.delivery))
    assert net_or_gross == basket.goods_cents + basket.delivery_cents - quote.discount_cents
    assert quote.total_cents == net_or_gross + (0 if basket.prices_include_tax else quote.tax_cents)
    stated = [applied.offer_id for applied in quote.applied] + [refused.offer_id for refused in quote.refused]
    assert sorted(stated) == [offer.offer_id for offer in offers]
    assert all(refused.reason for refused in quote.refused)
    groups = {offer.offer_id: offer.exclusive_group for offer in offers}
    taken = [groups[applied.offer_id] for applied in quote.applied if groups[applied.offer_id]]
    assert len(taken) == len(set(taken))


@settings(deadline=None, max_examples=200, derandomize=True)
@given(BASKETS, OFFERS, RULES, st.randoms(use_true_random=False))
def test_neither_the_order_of_offers_nor_of_lines_matters(
    basket: Basket, offers: list[OfferToApply], rule: StackingRule, random: Random
) -> None:
    quote = price(basket, *offers, rule=rule)
    lines = list(basket.lines)
    random.shuffle(lines)
    random.shuffle(offers)
    other = price(replace(basket, lines=tuple(lines)), *offers, rule=rule)
    assert (other.applied, other.refused, other.delivery) == (quote.applied, quote.refused, quote.delivery)
    assert (other.total_cents, other.tax_cents) == (quote.total_cents, quote.tax_cents)
    assert {line.line_id: line for line in other.lines} == {line.line_id: line for line in quote.lines}


@settings(deadline=None, max_examples=200, derandomize=True)
@given(BASKETS, st.integers(1, 10_000), CENTS, CENTS, st.none() | st.integers(0, 9000))
def test_a_higher_cap_never_gives_less(
    basket: Basket, basis_points: int, cap: int, more: int, floor: int | None
) -> None:
    lower, higher = (
        price(basket, OfferToApply("x", PercentageOff(basis_points, each), margin_floor_basis_points=floor))
        for each in (cap, cap + more)
    )
    assert lower.discount_cents <= higher.discount_cents
    assert lower.discount_cents <= cap


@settings(deadline=None, max_examples=200, derandomize=True)
@given(BASKETS, OFFERS)
def test_what_is_best_for_the_customer_is_at_least_what_is_best_for_the_shop(
    basket: Basket, offers: list[OfferToApply]
) -> None:
    customer, shop = (
        sum(applied.worth_cents for applied in price(basket, *offers, rule=rule).applied)
        for rule in (StackingRule.BEST_FOR_CUSTOMER, StackingRule.BEST_FOR_SHOP)
    )
    assert customer >= shop
