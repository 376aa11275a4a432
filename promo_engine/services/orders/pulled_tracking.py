"""Orders of shops that can be asked: what they say now is stored like any report, then read like any other."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from promo_engine.domain.customers.order_report import OrderReport, StoredOrder, reported
from promo_engine.domain.customers.shop_orders import number_key
from promo_engine.ports.shop.shop_access import ShopAccess, ShopOrders, ShopUnreachableError
from promo_engine.ports.unit_of_work import Storage

PATIENCE_S = 2.0
CACHED_S = 60.0
_REMEMBERED = 10_000
_LOG = logging.getLogger(__name__)


class PulledTracking:
    """Asks every shop that can be asked, for two seconds at most, and again after a minute at the soonest."""

    def __init__(self, storage: Storage, *, access: ShopAccess, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._access = access
        self._clock = clock
        self._asked: OrderedDict[tuple[str, str], tuple[float, datetime]] = OrderedDict()
        """By source and number: when it answered, by the process's clock and by the shop's calendar."""

    async def refresh(self, number: str) -> None:
        """Ask the shops for orders with this number and store what they say. A shop that does not answer is no error:
        what it said before still counts, with its age."""
        async with self._storage.read() as unit:
            shops = await unit.connected_shops.all()
        to_ask = [
            (shop.source_id, orders)
            for shop in shops
            if (orders := self._access.orders(shop)) is not None and not self._is_fresh(shop.source_id, number)
        ]
        await asyncio.gather(*(self._ask(source_id, orders, number) for source_id, orders in to_ask))

    def report(self, stored: StoredOrder, *, at: datetime) -> OrderReport:
        """Say what the shop said, as of the moment it was asked."""
        report = reported(stored)
        order = stored.order
        answered = self._asked.get((order.source_id or "", number_key(order.shown_number)))
        if answered is None or (report.as_of is not None and report.as_of > answered[1]):
            return report
        return replace(report, as_of=answered[1])

    def _is_fresh(self, source_id: str, number: str) -> bool:
        answered = self._asked.get((source_id, number_key(number)))
        return answered is not None and time.monotonic() - answered[0] < CACHED_S

    async def _ask(self, source_id: str, orders: ShopOrders, number: str) -> None:
        now = self._clock()
        try:
            found = await asyncio.wait_for(orders.with_number(number), PATIENCE_S)
        except (ShopUnreachableError, TimeoutError) as error:
            _LOG.warning("source %s could not be asked for an order: %s", source_id, error or "no answer in time")
            return
        async with self._storage.write() as unit:
            await unit.shop.store_orders(found, source_id=source_id, at=now)
        self._asked[source_id, number_key(number)] = (time.monotonic(), now)
        while len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
