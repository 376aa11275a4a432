"""A small shop made by hand for what plans are built on: two categories, two segments with names of their own."""

from __future__ import annotations

import numpy as np

from studio.data.shop_facts import SEGMENTS, ShopFacts
from studio.products.bundles import Bundle
from studio.report.money import Money
from studio.response.response_model import CROSS, EFFECTS, Estimate, Pooled, ResponseModel


def small_facts(*, categories: tuple[str, ...] = ("COFFEE", "SOFT DRINKS"), customers: int = 40) -> ShopFacts:
    weekly = np.tile([100_000.0, 40_000.0, 30_000.0, 20_000.0, 10_000.0], (len(categories), 1))
    everyone = frozenset(f"c{number:03}" for number in range(customers))
    quarter = {name: frozenset(sorted(everyone)[at::4]) for at, name in enumerate(SEGMENTS[1:])}
    ones = np.ones(len(categories))
    bundles = {"COFFEE": Bundle(("p-2", "p-3"), ("ground coffee", "brie"), 650, 3.1, 9_000.0)}
    return ShopFacts(
        categories,
        weekly,
        500 * ones,
        250 * ones,
        {"everyone": everyone} | quarter,
        0.4,
        bundles,
        money=Money("USD"),
        delivery_cents=490,
    )


def small_response() -> ResponseModel:
    pooled = {name: Pooled(mean, 0.1, 0.3, 12) for name, mean in zip(EFFECTS, (-1.4, 0.1), strict=True)}
    own = {"COFFEE": {"price": Estimate(-2.2, 0.2, -2.0, 0.2)}}
    return ResponseModel(own, pooled | {CROSS: Pooled(0.2, 0.1, 0.2, 12)}, {})
