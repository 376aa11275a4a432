"""A user model as the engine knows it: in the shop's category ids, whatever has become of them since the training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.customers.forecast import CategoryPurchase, CustomerForecast
from promo_engine.user_model.category_index import NO_POSITION, CategoryIndex, PlacedCategories
from promo_engine.user_model.pair_features import Floats
from promo_engine.user_model.serving.other_purchases import OtherPurchases, join, split, with_basket
from promo_engine.user_model.shop_history import ShopHistory
from promo_engine.user_model.stepped_model import SteppedModel, days_since_epoch

_NOTHING_KNOWN = 0.02
"""Expected of a new category by a model that knows no category at all; about what a category is bought with a week."""


class ShopCustomerModel:
    """Implements `promo_engine.ports.models.CustomerModel` over a model of positions.

    Where every category_id is its own position, which is so until a shop adds a category, nothing is translated.
    """

    def __init__(self, model: SteppedModel, index: CategoryIndex) -> None:
        """Raises ValueError if the index has not as many categories as the model."""
        if len(index.category_ids) != model.settings.category_count:
            raise ValueError("the model has not as many positions as its index has categories")
        self.model, self.index = model, index
        self._own = frozenset(index.category_ids)
        self._version = model.version if index.plain else _joint_version(model.version, index.category_ids)

    @classmethod
    def plain(cls, model: SteppedModel) -> ShopCustomerModel:
        """The model of a shop whose categories are 0, 1, 2 …"""
        count = model.settings.category_count
        return cls(model, CategoryIndex(tuple(range(count)), count - 1))

    @property
    def version(self) -> str:
        """Of the model; another one where its positions are not 0, 1, 2 … of the shop."""
        return self._version

    @property
    def kind(self) -> str:
        """Of the model."""
        return self.model.kind

    def initial_state(self) -> bytes:
        """An anonymous customer's state."""
        return self.model.initial_state()

    def knows(self, category_ids: Iterable[int]) -> bool:
        """Say whether all of these are the model's own."""
        return self._own.issuperset(category_ids)

    def waiting(self, categories: CategoryTree) -> int:
        """How many active categories are newer than the model."""
        return categories.added_after(self.index.newest)

    def step(
        self,
        state: bytes,
        *,
        occurred_at: datetime,
        purchases: Sequence[CategoryPurchase],
        categories: CategoryTree | None = None,
    ) -> bytes:
        """The state after one more basket."""
        own, others = split(state)
        placed, same = self.index.placed(categories)
        bought = {purchase.category_id for purchase in purchases} - self._own
        if not same or bought:
            purchases = [
                replace(purchase, category_id=position)
                for purchase in purchases
                if (position := placed.position_of(purchase.category_id)) != NO_POSITION
            ]
        moved = self.model.step(own, occurred_at=occurred_at, purchases=purchases)
        return join(moved, with_basket(others, bought, day=days_since_epoch(occurred_at)))

    def forecast(self, state: bytes, *, at: datetime, categories: CategoryTree | None = None) -> CustomerForecast:
        """What to expect at a moment, for every category."""
        own, others = split(state)
        placed, same = self.index.placed(categories)
        expected = self.model.forecast(own, at=at)
        return expected if same and not others else _translated(expected, placed, others, now=days_since_epoch(at))

    def states(self, history: ShopHistory) -> list[bytes]:
        """The state of every customer, equal to stepping through their baskets one by one."""
        others = history.others()
        return [join(own, others.get(customer, {})) for customer, own in enumerate(self.model.states(history.known))]


def _translated(
    expected: CustomerForecast, placed: PlacedCategories, others: OtherPurchases, *, now: float
) -> CustomerForecast:
    """From positions to category ids. Who stands in lends expectations, never facts."""
    facts = [np.append(values, np.inf)[placed.position] for values in _facts(expected)]
    for category_id in placed.stand_ins:
        bought = others.get(category_id)
        facts[0][category_id] = np.inf if bought is None else max(now - bought.last_day, 0.0)
        facts[1][category_id] = np.inf if bought is None else bought.mean_gap_days
    days_to_purchase = expected.days_to_purchase
    return replace(
        expected,
        purchase_probability=_spread(expected.purchase_probability, placed),
        days_since_purchase=tuple(facts[0].tolist()),
        mean_gap_days=tuple(facts[1].tolist()),
        next_basket_probability=_spread(expected.next_basket_probability, placed),
        ranking=_spread(expected.ranking, placed),
        days_to_purchase=_spread(days_to_purchase, placed, unknown=expected.horizon_days / _NOTHING_KNOWN),
        stand_ins=placed.stand_ins,
    )


def _facts(expected: CustomerForecast) -> tuple[Floats, Floats]:
    return np.asarray(expected.days_since_purchase, dtype=float), np.asarray(expected.mean_gap_days, dtype=float)


def _spread(values: Sequence[float], placed: PlacedCategories, *, unknown: float = _NOTHING_KNOWN) -> tuple[float, ...]:
    """By category_id; those without a position have the mean."""
    mean = float(np.mean(values)) if len(values) else unknown
    return tuple(np.append(np.asarray(values, dtype=float), mean)[placed.position].tolist())


def _joint_version(version: str, category_ids: Sequence[int]) -> str:
    return hashlib.sha256(f"{version} {list(category_ids)}".encode()).hexdigest()[:12]
