"""What all user models share: a customer's counters, moved one basket at a time or for whole histories at once.

Categories are positions 0, 1, 2 … here; `shop_model.ShopCustomerModel` knows which category_id stands at which.
"""

from __future__ import annotations

import hashlib
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.customers.forecast import CategoryPurchase, CustomerForecast
from promo_engine.user_model.model_settings import ModelSettings
from promo_engine.user_model.pair_features import Floats, Singles, fade, step_inputs
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.serving.counters import MEAN_FADE, Counters, count_all
from promo_engine.user_model.serving.inference import Weights
from promo_engine.user_model.serving.state import CustomerState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def days_since_epoch(moment: datetime) -> float:
    """Days from 1970-01-01 UTC. Raises ValueError on a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - _EPOCH).total_seconds() / 86_400.0


def moment_of_day(day: float) -> datetime:
    """The inverse of `days_since_epoch`, rounded up to the microsecond so that it never falls before a basket."""
    return _EPOCH + timedelta(microseconds=math.ceil(day * 86_400_000_000))


class SteppedModel(ABC):
    """A user model over positions: weights, a version, and states that purchases move."""

    kind: ClassVar[str]
    """Its name in model folders and figures."""

    def __init__(self, settings: ModelSettings, weights: Weights) -> None:
        self.settings = settings
        self.weights = weights
        self._version = _content_hash(self.kind, settings, weights)
        self._initial = CustomerState.empty(settings).to_bytes()

    @property
    def version(self) -> str:
        """First 12 hex digits of the hash of weights and settings."""
        return self._version

    @property
    def finite(self) -> bool:
        """Every weight is a number; a model of which this is not so never serves."""
        return all(bool(np.isfinite(value).all()) for value in self.weights.values())

    def initial_state(self) -> bytes:
        """An anonymous customer's state."""
        return self._initial

    def step(self, state: bytes, *, occurred_at: datetime, purchases: Sequence[CategoryPurchase]) -> bytes:
        """The state after one more basket. Lines of the same category are added up.

        `category_id` is a position. Raises ValueError for a basket before the last one and for an unknown position.
        """
        old = CustomerState.from_bytes(state, self.settings)
        day = days_since_epoch(occurred_at)
        if old.baskets and day < old.last_day:
            raise ValueError("occurred_at: a basket cannot come before the customer's last one")
        totals: dict[int, tuple[float, float]] = {}
        for purchase in purchases:
            if not 0 <= purchase.category_id < self.settings.category_count:
                raise ValueError(f"category_id: the user model knows no category {purchase.category_id}")
            quantity, spend = totals.get(purchase.category_id, (0.0, 0.0))
            totals[purchase.category_id] = (quantity + purchase.quantity, spend + purchase.sales_cents / 100.0)
        category = np.array(sorted(totals), dtype=np.uint16)
        bought = np.array([totals[int(key)] for key in category]).reshape(-1, 2)
        moved = self._with_basket(old, day, breadth=float(len(category)), spend=float(bought[:, 1].sum()))
        return self._with_purchases(moved, category, bought).to_bytes()

    def _with_basket(self, old: CustomerState, day: float, *, breadth: float, spend: float) -> CustomerState:
        known = old.baskets > 0
        factor = fade(self.settings, days=np.array(day - old.last_day if known else 0.0), baskets=np.array(1.0))
        keep = MEAN_FADE if known else 0.0
        return replace(
            old,
            baskets=old.baskets + 1,
            last_day=day,
            first_day=old.first_day if known else day,
            breadth=keep * old.breadth + (1.0 - keep) * breadth,
            spend=keep * old.spend + (1.0 - keep) * spend,
            decayed=(old.decayed * factor + 1.0).astype(np.float32),
        )

    def _with_purchases(self, state: CustomerState, category: NDArray[np.uint16], bought: Floats) -> CustomerState:
        """Fold the purchases of the state's newest basket into the pairs; `bought` is (n, 2) quantity and spend."""
        fresh = np.setdiff1d(category, state.category)
        at = np.searchsorted(state.category, fresh)
        days = np.insert(state.pair_days, at, state.last_day, axis=0)
        counts = np.insert(state.pair_counts, at, (0, state.baskets, state.baskets), axis=0)
        decayed = np.insert(state.pair_decayed, at, 0.0, axis=0)
        memory = np.insert(state.memory, at, 0.0, axis=0)
        every = np.insert(state.category, at, fresh)
        rows = np.searchsorted(every, category)
        gap_days = state.last_day - days[rows, 1]
        gap_baskets = (state.baskets - counts[rows, 2]).astype(np.float64)
        inputs = step_inputs(
            gap_days=gap_days,
            gap_baskets=gap_baskets,
            first=counts[rows, 0] == 0,
            quantity=bought[:, 0],
            spend=bought[:, 1],
            breadth=np.full(len(rows), float(len(category))),
        )
        decayed[rows] = decayed[rows] * fade(self.settings, days=gap_days, baskets=gap_baskets) + 1.0
        memory[rows] = self._moved(memory[rows], inputs=inputs, category=category)
        days[rows, 1] = state.last_day
        counts[rows, 0] += 1
        counts[rows, 2] = state.baskets
        return replace(state, category=every, pair_days=days, pair_counts=counts, pair_decayed=decayed, memory=memory)

    def forecast(self, state: bytes, *, at: datetime) -> CustomerForecast:
        """What to expect at a moment. Raises ValueError if `at` lies before the state's last basket."""
        customer = CustomerState.from_bytes(state, self.settings)
        now = days_since_epoch(at)
        if customer.baskets and now < customer.last_day:
            raise ValueError("at: the forecast cannot be read before the customer's last basket")
        return self._forecast(customer, now)

    @abstractmethod
    def _forecast(self, customer: CustomerState, now: float) -> CustomerForecast:
        """What to expect on the day `now`."""

    @abstractmethod
    def _moved(self, memory: Singles, *, inputs: Singles, category: NDArray[np.integer]) -> Singles:
        """(n, 2 x hidden) memory after one more purchase of each of n positions."""

    @abstractmethod
    def _memories(self, history: PurchaseHistory, counters: Counters) -> Singles:
        """(pairs, 2 x hidden) memory of every pair after its last purchase."""

    def _rhythm(self, customer: CustomerState, now: float) -> tuple[Floats, Floats]:
        """(categories,) days since each was bought, and mean days between two purchases; `inf` where not known."""
        count, bought = self.settings.category_count, customer.category
        purchases = customer.pair_counts[:, 0].astype(np.float64)
        span_days = customer.pair_days[:, 1] - customer.pair_days[:, 0]
        days_since, mean_gap = np.full(count, np.inf), np.full(count, np.inf)
        days_since[bought] = now - customer.pair_days[:, 1]
        mean_gap[bought] = np.where(purchases > 1, span_days / np.maximum(purchases - 1.0, 1.0), np.inf)
        return days_since, mean_gap

    def states(self, history: PurchaseHistory) -> list[bytes]:
        """The state of every customer of a history, equal to stepping through their baskets one by one."""
        settings = self.settings
        counters = count_all(history, settings)
        memory = self._memories(history, counters)
        first, last = history.pair_start[:-1], history.pair_start[1:] - 1
        number = history.basket_number[history.step_basket]
        pair_days = np.stack([history.step_day[first], history.step_day[last]], axis=1)
        pair_counts = np.stack([counters.step_count[last].astype(np.int64), number[first], number[last]], axis=1)
        states = []
        for customer in range(history.customer_count):
            start, end = history.customer_start[customer], history.customer_start[customer + 1]
            if start == end:
                states.append(self._initial)
                continue
            pairs = slice(history.customer_pairs[customer], history.customer_pairs[customer + 1])
            state = CustomerState(
                baskets=int(end - start),
                last_day=float(history.basket_day[end - 1]),
                first_day=float(history.basket_day[start]),
                breadth=float(counters.basket_breadth[end - 1]),
                spend=float(counters.basket_spend[end - 1]),
                decayed=counters.basket_decayed[end - 1].astype(np.float32),
                category=history.pair_category[pairs].astype(np.uint16),
                pair_days=pair_days[pairs],
                pair_counts=pair_counts[pairs].astype(np.int32),
                pair_decayed=counters.step_decayed[last[pairs]].astype(np.float32),
                memory=memory[pairs],
            )
            states.append(state.to_bytes())
        return states


def _content_hash(kind: str, settings: ModelSettings, weights: Weights) -> str:
    said = asdict(settings) if kind == "lstm" else {"kind": kind, **asdict(settings)}  # as before there were kinds
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights[name], dtype="<f4").tobytes())
    return digest.hexdigest()[:12]
