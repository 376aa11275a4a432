"""What the user model expects of customers, kept for the hour in which a conversation asks for it again."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from promo_engine.domain.ports import CustomerModel, CustomerOutlook
from promo_engine.domain.unit_of_work import StoredState

_KEPT = 4096
"""Customers; some 20 kB each."""


class OutlookShelf:
    """Reads stored states. An outlook is that of the beginning of its hour, so that it can be computed again.

    The model counts in days. A purchase changes the state, and with it the outlook, at once.
    """

    def __init__(self, model: CustomerModel) -> None:
        self._model = model
        self._initial = model.initial_state()
        self._kept: OrderedDict[str | None, tuple[bytes, datetime, CustomerOutlook]] = OrderedDict()

    @property
    def model_version(self) -> str:
        """Under which states are stored."""
        return self._model.version

    def of(self, customer_id: str | None, stored: StoredState | None, *, now: datetime) -> CustomerOutlook:
        """Return the outlook on a customer whose state this is; None is a stranger, or one before the first basket."""
        at, state = now.replace(minute=0, second=0, microsecond=0), self._initial
        if stored is not None:
            # A state cannot be read before its last basket; the shop's clock may be a little ahead of ours.
            at, state = max(at, stored.last_event_at), stored.state
        kept = self._kept.get(customer_id)
        if kept is None or kept[1] != at or kept[0] != state:
            kept = self._kept[customer_id] = (state, at, self._model.outlook(state, at=at))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(customer_id)
        return kept[2]
