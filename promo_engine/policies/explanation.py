"""Why this offer: one sentence, each word of which the user model's forecast backs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.offers.offers import Offer

OFTEN_DAYS = 30.0  # a category bought at least this often has a rhythm worth naming
DUE_FROM = 0.8  # of the usual gap
LONG_AGO = 4.0  # usual gaps


def explain_offer(*, forecast: CustomerForecast, offer: Offer, category_names: Sequence[str]) -> str:
    """Speaks of the offer's category that the customer is most likely to buy. `category_names` by category_id."""
    categories = offer.scope.category_ids
    if not categories:
        return _about_no_category(offer)
    category = max(sorted(categories), key=lambda key: forecast.purchase_probability[key])
    name = category_names[category]
    since, gap = forecast.days_since_purchase[category], forecast.mean_gap_days[category]
    if math.isinf(since):
        return _about_something_new(forecast, category, name)
    rhythm = f"You buy {name} about every {_days(gap)}" if gap <= OFTEN_DAYS else f"You have bought {name} before"
    if math.isinf(gap) or gap > OFTEN_DAYS:
        return rhythm + "."
    waited = f"it has been {round(since)}"
    if since > LONG_AGO * max(gap, 1.0):
        return f"You used to buy {name} about every {_days(gap)}, and {waited}."
    return f"{rhythm}, and {waited}." if round(since) >= 2 and since >= DUE_FROM * gap else rhythm + "."


def _about_no_category(offer: Offer) -> str:
    if offer.benefit.explanation:
        return offer.benefit.explanation
    if not offer.scope.is_whole_basket:
        return "It is for products we picked for you."
    return "It applies to your whole basket, whatever you buy."


def _about_something_new(forecast: CustomerForecast, category: int, name: str) -> str:
    """Popular is what the model expects more than most categories, of those not bought before."""
    unbought = sorted(
        probability
        for probability, since in zip(forecast.purchase_probability, forecast.days_since_purchase, strict=True)
        if math.isinf(since)
    )
    popular = forecast.purchase_probability[category] >= unbought[int(0.75 * (len(unbought) - 1))]
    capital = name[:1].upper() + name[1:]
    if forecast.basket_count == 0:
        return f"Many of our customers buy {name}." if popular else f"Perhaps {name} is something for you."
    return f"{capital}: new to you, and popular with other customers." if popular else f"{capital}: new to you."


def _days(gap: float) -> str:
    rounded = max(round(gap), 1)
    return "day" if rounded == 1 else f"{rounded} days"
