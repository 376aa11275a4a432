"""What is to be sent to a shop: stored first, sent from a queue in the database.

An attempt is claimed in one transaction, made outside of any, and its end recorded in another. A process that is killed
in between leaves a claim that runs out; the same is then sent again under the same key, and the shop does it once.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from promo_engine.ports.shop.shop_access import ShopUnreachableError
from promo_engine.ports.unit_of_work import Storage, UnitOfWork

LOOK_EVERY_S = 5.0
PATIENCE_S = 10.0
"""For one attempt; a shop that needs longer is asked again."""
_BATCH = 50
_LOG = logging.getLogger(__name__)
Group = TypeVar("Group", bound=Hashable)
Answer = TypeVar("Answer")


@dataclass
class OutboxStatus(Generic[Group]):
    """What stands in the queue, as last seen."""

    counts: dict[Group, int] = field(default_factory=dict)
    failure: str | None = None


class Outbox(ABC, Generic[Group]):
    """Works a queue off in the background, and what somebody waits for at once."""

    CONTENT: ClassVar[str]
    """What it sends, as the log calls it."""

    def __init__(self, storage: Storage, *, clock: Callable[[], datetime]) -> None:
        self.status = OutboxStatus[Group]()
        self._storage = storage
        self._clock = clock

    async def run(self) -> None:
        """Send for ever. A round that fails is logged and tried again."""
        while True:
            try:
                await self._round()
                async with self._storage.read() as unit:
                    self.status.counts = await self._counts(unit)
                self.status.failure = None
            except Exception as error:
                # The loop must outlive a database that goes away.
                _LOG.exception("sending %s to the shop failed, trying again in %s s", self.CONTENT, LOOK_EVERY_S)
                self.status.failure = str(error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def send_now(self, key: str, *, within_s: float) -> None:
        """Send one item at once and wait for its end for a moment; the attempt itself is not cut short."""
        # A context of its own: the attempt's transactions are none of whoever waits for it.
        attempt = asyncio.get_running_loop().create_task(self._send_awaited(key), context=contextvars.Context())
        attempt.add_done_callback(self._log_failure)
        await asyncio.wait({attempt}, timeout=within_s)

    async def send_due(self) -> int:
        """Send everything whose time has come; return how much that was."""
        sent = 0
        while True:
            async with self._storage.read() as unit:
                due = await self._due(unit, limit=_BATCH)
            for key in due:
                await self._send(key)
            sent += len(due)
            if len(due) < _BATCH:
                return sent

    async def _round(self) -> None:
        await self.send_due()

    async def _send_awaited(self, key: str) -> None:
        """Send what somebody waits for."""
        await self._send(key)

    @abstractmethod
    async def _due(self, unit: UnitOfWork, *, limit: int) -> list[str]:
        """List what is to be sent by now, what waits longest first."""

    @abstractmethod
    async def _counts(self, unit: UnitOfWork) -> dict[Group, int]:
        """Count what the queue holds and held."""

    @abstractmethod
    async def _send(self, key: str) -> None:
        """Claim one item, send it, and record the end; what is not due or claimed by another is left alone."""

    def _log_failure(self, attempt: asyncio.Task[None]) -> None:
        if not attempt.cancelled() and (error := attempt.exception()) is not None:
            _LOG.error("%s could not be sent to the shop, and will be tried again", self.CONTENT, exc_info=error)


async def within_patience(answer: Awaitable[Answer]) -> Answer:
    """Wait for a shop's answer. Raises ShopUnreachableError where it takes too long or fails in its own way."""
    try:
        return await asyncio.wait_for(answer, PATIENCE_S)
    except TimeoutError as error:
        raise ShopUnreachableError(f"no answer within {PATIENCE_S:.0f} s") from error
