"""The demo's offers and category names against the real data that they are made for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from promo_engine.domain.benefits.bundle_price import BundlePrice
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.gift import Gift
from promo_engine.domain.benefits.goodwill_credit import GoodwillCredit
from promo_engine.domain.benefits.loyalty_points import LoyaltyPoints
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.registry import BENEFIT_KINDS
from promo_engine.domain.benefits.spend_and_save import SpendAndSave
from promo_engine.domain.conditions.conditions import names_in
from promo_engine.domain.offers.offers import Offer
from promo_engine.files.category_names import read_category_names
from promo_engine.files.offer_file import OfferFile, read_offer_file
from promo_engine.shops.completejourney.frames import read_frames
from promo_engine.shops.completejourney.package_files import data_folder

DATA = Path(__file__).parents[4] / "data"
DEMO = DATA / "offers" / "demo.yml"
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    return read_frames(data_folder())


@pytest.fixture(scope="module")
def category_ids(frames: dict[str, pd.DataFrame]) -> dict[str, int]:
    names = frames["product_categories"]
    return dict(zip(names["name"], names["category_id"], strict=True))


@pytest.fixture(scope="module")
def demo(category_ids: dict[str, int]) -> OfferFile:
    return read_offer_file(DEMO, category_ids=category_ids, now=NOW)


def open_to_strangers(offer: Offer) -> bool:
    rules = offer.eligibility
    return not (rules.min_baskets or rules.signed_in_only or rules.bought_any_of)


def test_the_demo_has_every_kind_of_offer(demo: OfferFile) -> None:
    offers = demo.offers
    assert 55 <= len(offers) <= 80
    assert {offer.benefit.kind for offer in offers} == set(BENEFIT_KINDS)
    assert sum(open_to_strangers(offer) for offer in offers) >= 8
    assert sum(offer.scope.is_whole_basket for offer in offers) >= 5
    assert any(offer.eligibility.signed_in_only for offer in offers)
    assert any(offer.eligibility.min_baskets for offer in offers)
    assert any(offer.eligibility.bought_any_of for offer in offers)
    assert any(offer.eligibility.min_basket_cents for offer in offers)
    conditions = [names_in(offer.condition) for offer in offers if offer.condition is not None]
    assert frozenset().union(*conditions) >= {"first_order", "lapsed_days", "intent", "sentiment"}


@pytest.mark.parametrize("years", [0, 1, 20])
def test_the_demo_never_goes_stale(category_ids: dict[str, int], years: int) -> None:
    now = NOW.replace(year=NOW.year + years)
    for offer in read_offer_file(DEMO, category_ids=category_ids, now=now).offers:
        assert offer.starts_at < now < offer.ends_at


def test_every_customer_with_a_usual_history_may_get_many_offers(
    demo: OfferFile, frames: dict[str, pd.DataFrame]
) -> None:
    baskets = frames["orders"].groupby("customer_id").size().median()
    assert sum(offer.eligibility.min_baskets <= baskets for offer in demo.offers) >= 60


def test_the_demo_costs_are_what_customers_really_spend(demo: OfferFile, frames: dict[str, pd.DataFrame]) -> None:
    lines = frames["purchases"].merge(frames["products"][["product_id", "category_id"]], on="product_id")
    totals = frames["orders"].set_index("order_id")["total_cents"]
    lines["order_cents"] = lines["order_id"].map(totals)
    for offer in demo.offers:
        assert offer.unit_cost_cents == pytest.approx(expected_cost(offer, lines, totals), abs=0.5), offer.offer_id


def expected_cost(offer: Offer, lines: pd.DataFrame, totals: pd.Series[Any]) -> float:  # noqa: PLR0911  # one a kind
    """The rule that the head of demo.yml states."""
    inside = lines[lines["category_id"].isin(offer.scope.category_ids)]
    match offer.benefit:
        case PercentageOff(percent_basis_points=share, cap_cents=cap):
            least = offer.eligibility.min_basket_cents
            inside = inside[inside["order_cents"] >= least]
            whole = offer.scope.is_whole_basket
            spent = totals[totals >= least] if whole else inside.groupby("order_id")["sales_cents"].sum()
            return float((spent * share / 10_000).clip(upper=cap).mean())
        case SpendAndSave(tiers=tiers):
            reached = totals[totals >= tiers[0].from_cents]
            return float(reached.map(lambda spent: max(t.off_cents for t in tiers if t.from_cents <= spent)).mean())
        case BuyAndGet(get_quantity=free):
            return mean_price(inside) * free
        case BundlePrice(pieces=pieces, price_cents=price):
            return sum(mean_price(lines[lines["product_id"] == item]) * quantity for item, quantity in pieces) - price
        case Gift(product_id=product_id, quantity=quantity, value_cents=value):
            assert value == offer.unit_cost_cents
            return mean_price(lines[lines["product_id"] == product_id]) * quantity
        case AmountOff(amount_cents=cents) | GoodwillCredit(amount_cents=cents) | LoyaltyPoints(points=cents):
            return cents
    return 490


def mean_price(lines: pd.DataFrame) -> float:
    sold = lines[lines["quantity"] > 0]
    return float(sold["sales_cents"].sum() / sold["quantity"].sum())


def test_every_imported_category_has_one_friendly_name_of_its_own(category_ids: dict[str, int]) -> None:
    friendly = read_category_names(DATA / "category_names.yml").friendly
    assert set(friendly) == set(category_ids)
    assert len(set(friendly.values())) == len(category_ids) == 302
