"""A simulated shop for the learning tests: customers who buy each of their favourite categories at a steady pace.

Its numbers say nothing about real customers; a model that cannot learn it is broken.
"""

from __future__ import annotations

import numpy as np

from promo_engine.user_model.model_settings import ModelSettings, TrainingSettings
from promo_engine.user_model.purchase_history import PurchaseHistory

CUSTOMERS = 60
CATEGORIES = 12
DAYS = 120
FIRST_DAY = 20_000.0
TINY_MODEL = ModelSettings(category_count=CATEGORIES, hidden_size=6, embedding_size=4, head_size=16)
TINY_TRAINING = TrainingSettings(seed=7, epochs=12, customers_per_batch=10, sampled_others=4, learning_rate=2e-2)


def simulated_history(*, seed: int = 3, customers: int = CUSTOMERS) -> PurchaseHistory:
    """Paces are 5, 11 or 23 days with a day of jitter; category 0 is the favourite of most."""
    generator = np.random.default_rng(seed)
    lines: list[tuple[int, float, int, float, float]] = []
    for customer in range(customers):
        favourites = generator.permutation(CATEGORIES - 1)[:4] + 1
        for category in [0, *favourites] if generator.random() < 0.8 else favourites:
            pace = generator.choice([5, 11, 23])
            day = generator.integers(0, pace)
            while day < DAYS:
                spend = float(generator.integers(50, 900)) / 100.0
                lines.append((customer, FIRST_DAY + day + 0.5, int(category), float(generator.integers(1, 4)), spend))
                day += max(1, pace + generator.integers(-1, 2))
    table = np.array(lines)
    baskets, step_basket = np.unique(table[:, :2], axis=0, return_inverse=True)
    pairs = np.stack([step_basket, table[:, 2]], axis=1)
    _, first = np.unique(pairs, axis=0, return_index=True)
    return PurchaseHistory.build(
        customer_count=customers,
        category_count=CATEGORIES,
        basket_customer=baskets[:, 0].astype(np.int64),
        basket_day=baskets[:, 1],
        step_basket=step_basket[first],
        step_category=table[first, 2].astype(np.int64),
        step_quantity=table[first, 3],
        step_spend=table[first, 4],
    )
