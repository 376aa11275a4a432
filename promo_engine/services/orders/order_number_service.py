"""Keeps the bot told what this shop's order numbers look like."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from promo_engine.domain.customers.order_numbers import AUTO, OrderNumberPatterns, learn_patterns, told_pattern
from promo_engine.ports.unit_of_work import Storage

LEARN_FROM = 2_000
"""Newest orders."""
LEARN_EVERY_S = 900.0
LOOK_AGAIN_S = 1.0
"""While there is no order: the first one is asked about soon after it comes."""
_LOG = logging.getLogger(__name__)


class OrderNumberService:
    """Tells or learns the patterns, and hands them out whenever it looked."""

    def __init__(
        self, storage: Storage, *, setting: str, hand_out: Callable[[OrderNumberPatterns], object] = lambda _found: None
    ) -> None:
        self._storage = storage
        self._setting = setting
        self._hand_out = hand_out

    async def patterns(self) -> OrderNumberPatterns:
        """Return the patterns of now; none while there is no order and the shop set none."""
        if self._setting != AUTO:
            return told_pattern(self._setting)
        async with self._storage.read() as unit:
            return learn_patterns(await unit.orders.newest_numbers(limit=LEARN_FROM))

    async def run(self) -> None:
        """Look for ever. A round that fails is logged and tried again."""
        while True:
            pause_s = LEARN_EVERY_S
            try:
                patterns = await self.patterns()
                await asyncio.to_thread(self._hand_out, patterns)
                if not patterns.patterns:
                    pause_s = LOOK_AGAIN_S
            except Exception:
                # The loop must outlive a database that goes away, and a disk that is full.
                _LOG.exception("order numbers could not be learned, trying again in %s s", LEARN_EVERY_S)
            await asyncio.sleep(pause_s)
