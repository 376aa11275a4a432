from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.bundle_price import BundlePrice, Piece
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.free_delivery import FreeDelivery
from promo_engine.domain.benefits.gift import Gift
from promo_engine.domain.benefits.goodwill_credit import GoodwillCredit
from promo_engine.domain.benefits.loyalty_points import LoyaltyPoints
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.spend_and_save import SpendAndSave, Tier
from promo_engine.domain.money import Currency
from promo_engine.domain.pricing.baskets import Basket, BasketLine

EUR = Currency("EUR")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: PercentageOff(0), "percent_basis_points: 1 to 10000, which is 100 %, not 0"),
        (lambda: PercentageOff(10_001), "percent_basis_points: 1 to 10000, which is 100 %, not 10001"),
        (lambda: PercentageOff(500, cap_cents=0), "cap_cents: has to be above 0, not 0"),
        (lambda: AmountOff(-5), "amount_cents: has to be above 0, not -5"),
        (lambda: AmountOff(5, Currency("DOLLAR")), "currency: 'DOLLAR' is not the ISO 4217 code"),
        (lambda: SpendAndSave(()), "tiers: one or more are needed"),
        (lambda: SpendAndSave((Tier(100, 200),)), "tiers: 200 off from 100 is more than is spent"),
        (lambda: SpendAndSave((Tier(500, 50), Tier(400, 60))), "tiers: from_cents and off_cents have to rise"),
        (lambda: SpendAndSave((Tier(500, 50), Tier(600, 50))), "tiers: from_cents and off_cents have to rise"),
        (lambda: SpendAndSave((Tier(500, -1),)), "tiers.off_cents: has to be above 0, not -1"),
        (lambda: BuyAndGet(0, 1), "buy_quantity: has to be above 0, not 0"),
        (lambda: BuyAndGet(1, 1, off_basis_points=10_001), "off_basis_points: 1 to 10000"),
        (lambda: BuyAndGet(1, 1, max_sets=0), "max_sets: has to be above 0, not 0"),
        (lambda: FreeDelivery(cap_cents=-1), "cap_cents: has to be above 0, not -1"),
        (lambda: BundlePrice((Piece("a", 1),), 100), "pieces: a bundle holds two pieces or more"),
        (lambda: BundlePrice((Piece("a", 1), Piece("a", 1)), 100), "pieces: every product stands once"),
        (lambda: BundlePrice((Piece("a", 1), Piece("b", 1)), -1), "price_cents: has to be 0 or more, not -1"),
        (lambda: Gift("", 1), "product_id: is needed"),
        (lambda: Gift("a", 0), "quantity: has to be above 0, not 0"),
        (lambda: LoyaltyPoints(0), "points: has to be above 0, not 0"),
        (lambda: GoodwillCredit(0), "amount_cents: has to be above 0, not 0"),
    ],
)
def test_what_no_offer_may_give_is_refused_in_one_line(make: Callable[[], Benefit], words: str) -> None:
    with pytest.raises(ValueError, match="^" + words.replace(".", r"\.")) as caught:
        make()
    assert "\n" not in str(caught.value)


def line(**changes: Any) -> BasketLine:
    return replace(BasketLine("1", "a", 100), **changes)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: line(quantity=0), "quantity: line 1: 1 to 100000, not 0"),
        (lambda: line(unit_price_cents=-1), "unit_price_cents: line 1: 0 to"),
        (lambda: line(unit_cost_cents=-1), "unit_cost_cents: line 1: 0 to"),
        (lambda: line(tax_basis_points=10_001), "tax_basis_points: 0 to 10000, not 10001"),
        (lambda: Basket((line(), line()), EUR), "lines: every line needs a line_id of its own"),
        (lambda: Basket((), EUR, delivery_cents=-1), "delivery_cents: 0 to"),
        (lambda: Basket((line(),) * 10_001, EUR), "lines: at most 10000, not 10001"),
    ],
)
def test_an_impossible_basket_is_refused(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match="^" + words):
        make()
