"""Who a customer's identifier means today.

Two customers may turn out to be one while one of them chats: the page that is open goes on sending the earlier id.
Shops also call customers by ids of their own. Answers are kept for a few seconds, since nearly every request asks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from promo_engine.domain.events import CustomersForgotten, CustomersMerged
from promo_engine.ports.unit_of_work import Storage

_KEPT_FOR = timedelta(seconds=5)
_KEPT = 10_000


class Identities:
    """Looks identifiers up."""

    def __init__(self, storage: Storage, *, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock
        self._kept: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def on_customers_merged(self, event: CustomersMerged) -> None:
        """Look again for whom identifiers mean: others may have led to the one that is gone."""
        self._kept.clear()

    def on_customers_forgotten(self, event: CustomersForgotten) -> None:
        """Keep nothing of them."""
        for customer_id in event.customer_ids:
            self._kept.pop(customer_id, None)

    async def current(self, customer_id: str) -> str:
        """Return the customer that an identifier means; the identifier itself where nobody is called so."""
        return await self._look_up(customer_id) or customer_id

    async def known_or_new(self, customer_id: str) -> str:
        """The same, read anew; a customer whom nobody reported yet is added, without any history."""
        self._kept.pop(customer_id, None)
        current = await self._look_up(customer_id)
        if current is not None:
            return current
        async with self._storage.write() as unit:
            await unit.customers.add(customer_id, demographics={}, created_at=self._clock())
        return customer_id

    async def _look_up(self, customer_id: str) -> str | None:
        now = self._clock()
        kept = self._kept.get(customer_id)
        if kept is not None and timedelta(0) <= now - kept[1] < _KEPT_FOR:
            return kept[0]
        async with self._storage.read() as unit:
            current = await unit.privacy.current_id(customer_id)
        if current is None:
            return None
        self._kept[customer_id] = (current, now)
        self._kept.move_to_end(customer_id)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return current
