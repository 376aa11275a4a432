"""Offers of all kinds and customers with chosen forecasts, for the policies' tests."""

from __future__ import annotations

from datetime import UTC, datetime

from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.free_delivery import FreeDelivery
from promo_engine.domain.benefits.loyalty_points import LoyaltyPoints
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.offers.offers import Eligibility, Offer

ALWAYS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
CONTEXT = ConversationContext(trigger="after_service")
NAMES = ("soft drinks", "baby food", "coffee", "cheese", "flowers")
INF = float("inf")


def offer(offer_id: str, *categories: int, benefit: Benefit | None = None, min_basket_cents: int = 0) -> Offer:
    return Offer(
        offer_id=offer_id,
        promotion_id="autumn",
        title=offer_id,
        terms="",
        benefit=benefit or PercentageOff(1500),
        scope=Scope(category_ids=frozenset(categories)),
        unit_cost_cents=60,
        starts_at=ALWAYS[0],
        ends_at=ALWAYS[1],
        eligibility=Eligibility(min_basket_cents=min_basket_cents),
    )


OFFERS = (
    offer("soft-drinks-15", 0),
    offer("baby-5", 1, benefit=AmountOff(500), min_basket_cents=2500),
    offer("coffee-3-for-2", 2, benefit=BuyAndGet(2, 1)),
    offer("cheese-points", 3, 4, benefit=LoyaltyPoints(300)),
    offer("delivery", benefit=FreeDelivery()),
)


def forecast(
    probability: tuple[float, ...] = (0.4, 0.02, 0.2, 0.1, 0.01),
    *,
    since: tuple[float, ...] = (12.0, INF, 3.0, 40.0, 80.0),
    gap: tuple[float, ...] = (9.0, INF, 10.0, 20.0, INF),
    baskets: int = 30,
) -> CustomerForecast:
    embedding = (0.0, 0.8, 0.5, 0.9, 0.6, 0.7, 0.3, -0.2)
    return CustomerForecast(probability, since, gap, embedding, baskets)


STRANGER = CustomerForecast((0.3, 0.02, 0.2, 0.1, 0.01), (INF,) * 5, (INF,) * 5, (1.0,) + (0.0,) * 7, 0)
