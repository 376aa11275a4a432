"""What the user model expects of customers, kept for the hour in which a conversation asks for it again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.ports.models import CustomerModel

_KEPT = 4096
"""Customers; some 20 kB each."""


@dataclass(frozen=True, eq=False)
class CachedForecast:
    """A forecast, and what it was read from."""

    forecast: CustomerForecast
    at: datetime
    state: bytes
    state_hash: str | None
    """None: nothing is known of the customer."""


class ForecastCache:
    """Reads stored states. A forecast is that of the beginning of its hour, so that it can be computed again.

    The model counts in days. A purchase changes the state, and with it the forecast, at once. So does a category that
    the shop adds: forecasts are of the categories that were named last.
    """

    def __init__(self, model: CustomerModel) -> None:
        self._model = model
        self._initial = model.initial_state()
        self._categories: CategoryTree | None = None
        self._kept: OrderedDict[str | None, CachedForecast] = OrderedDict()

    @property
    def model_version(self) -> str:
        """Under which states are stored."""
        return self._model.version

    def follow(self, categories: CategoryTree) -> None:
        """Forecast these categories from now on."""
        if categories is not self._categories:
            self._categories = categories
            self._kept.clear()

    @property
    def waiting_categories(self) -> int:
        """How many of the categories wait for the next training."""
        return 0 if self._categories is None else self._model.waiting(self._categories)

    def of(self, customer_id: str | None, stored: StoredState | None, *, now: datetime) -> CustomerForecast:
        """Return the forecast of a customer whose state this is; None is an anonymous customer, or one before
        the first basket."""
        return self.read(customer_id, stored, now=now).forecast

    def read(self, customer_id: str | None, stored: StoredState | None, *, now: datetime) -> CachedForecast:
        """Return the forecast with the name of the state that it was read from."""
        at, state = now.replace(minute=0, second=0, microsecond=0), self._initial
        if stored is not None:
            # A state cannot be read before its last basket; the shop's clock may be a little ahead of ours.
            at, state = max(at, stored.last_event_at), stored.state
        kept = self._kept.get(customer_id)
        if kept is None or kept.at != at or kept.state != state:
            state_hash = None if stored is None else hash_of(state)
            forecast = self._model.forecast(state, at=at, categories=self._categories)
            kept = self._kept[customer_id] = CachedForecast(forecast, at, state, state_hash)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(customer_id)
        return kept


def hash_of(state: bytes) -> str:
    """Name a state by what it holds, in 32 characters."""
    return hashlib.blake2b(state, digest_size=16).hexdigest()
