"""Who a customer's identifier means today.

Two customers may turn out to be one while one of them chats: the page that is open goes on sending the earlier id.
Shops also call customers by ids of their own. Answers are kept for a few seconds, since every decision asks; what is
asked at the same time is looked up together, so that decisions that come in a batch cost one transaction and not many.
"""

from __future__ import annotations

import asyncio
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
        self._wanted: dict[str, asyncio.Future[str | None]] = {}
        """What the next transaction looks up."""
        self._reader: asyncio.Task[None] | None = None

    def on_customers_merged(self, event: CustomersMerged) -> None:
        """Look again for whom these identifiers mean."""
        self._kept.pop(event.gone, None)
        self._kept.pop(event.into, None)

    def on_customers_forgotten(self, event: CustomersForgotten) -> None:
        """Keep nothing of them."""
        for customer_id in event.customer_ids:
            self._kept.pop(customer_id, None)

    async def current(self, customer_id: str) -> str:
        """Return the customer that an identifier means; the identifier itself where nobody is called so."""
        return await self._look_up(customer_id) or customer_id

    async def known_or_new(self, customer_id: str) -> str:
        """The same; a customer whom nobody reported yet is added, without any history."""
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
        answer = self._wanted.get(customer_id)
        if answer is None:
            answer = self._wanted[customer_id] = asyncio.get_running_loop().create_future()
            if self._reader is None:
                self._reader = asyncio.create_task(self._read_wanted(), name="identities")
        current = await asyncio.shield(answer)  # others may wait for it too
        if current is None:
            return None
        self._kept[customer_id] = (current, now)
        self._kept.move_to_end(customer_id)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return current

    async def _read_wanted(self) -> None:
        """Look up what is wanted, in one transaction, until nothing is."""
        try:
            while self._wanted:
                wanted, self._wanted = self._wanted, {}
                try:
                    async with self._storage.read() as unit:
                        found = {name: await unit.privacy.current_id(name) for name in wanted}
                except Exception as error:  # each caller hears of it, and the next ones are looked up anew
                    for answer in wanted.values():
                        answer.set_exception(error)
                else:
                    for name, answer in wanted.items():
                        answer.set_result(found[name])
        finally:
            self._reader = None
