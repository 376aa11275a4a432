from __future__ import annotations

import pytest

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.policies.explanation import explain_offer
from tests.unit.promo_engine.policies.shop import INF, NAMES, STRANGER, forecast, offer


def customer(since: float, gap: float) -> CustomerForecast:
    return forecast(since=(since, INF, INF, INF, INF), gap=(gap, INF, INF, INF, INF))


@pytest.mark.parametrize(
    ("who", "categories", "sentence"),
    [
        (customer(12, 9), [0], "You buy soft drinks about every 9 days, and it has been 12."),
        (customer(3, 9), [0], "You buy soft drinks about every 9 days."),
        (customer(0.2, 0.9), [0], "You buy soft drinks about every day."),
        (customer(60, 9), [0], "You used to buy soft drinks about every 9 days, and it has been 60."),
        (customer(60, 50), [0], "You have bought soft drinks before."),
        (customer(60, INF), [0], "You have bought soft drinks before."),
        (customer(12, 9), [0, 1], "You buy soft drinks about every 9 days, and it has been 12."),
        (customer(12, 9), [2], "Coffee: new to you, and popular with other customers."),
        (customer(12, 9), [4], "Flowers: new to you."),
        (customer(12, 9), [], "It applies to your whole basket, whatever you buy."),
        (STRANGER, [0], "Many of our customers buy soft drinks."),
        (STRANGER, [4], "Perhaps flowers is something for you."),
    ],
)
def test_the_sentence_says_what_the_model_saw(who: CustomerForecast, categories: list[int], sentence: str) -> None:
    assert explain_offer(forecast=who, offer=offer("any", *categories), category_names=NAMES) == sentence
