"""Hands requests to the shop, and finds its answers in what it reports of its orders.

A request is claimed in one transaction, sent outside of any, and its end recorded in another. A process that is killed
in between leaves a claim that runs out; the request is sent again under the same key, and the shop does it once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from promo_engine.domain.customers.change_requests import ChangeKind, ChangeRequest, ChangeState, ShopAnswer
from promo_engine.domain.customers.order_report import StoredOrder, reported
from promo_engine.ports.shop.shop_access import ShopAccess, ShopUnreachableError, ShopWriteBack
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.orders.change_request_service import settle, write_back_of

LOOK_EVERY_S = 5.0
PATIENCE_S = 10.0
"""For one attempt; a shop that needs longer is asked again."""
_BATCH = 50
_LOG = logging.getLogger(__name__)


@dataclass
class SenderStatus:
    """What stands in the queue, as last seen."""

    counts: dict[tuple[ChangeKind, ChangeState], int] = field(default_factory=dict)
    failure: str | None = None


class ChangeRequestSender:
    """Works the queue off in the background."""

    def __init__(self, storage: Storage, *, access: ShopAccess, clock: Callable[[], datetime]) -> None:
        self.status = SenderStatus()
        self._storage = storage
        self._access = access
        self._clock = clock

    async def run(self) -> None:
        """Send for ever. A round that fails is logged and tried again."""
        while True:
            try:
                await self.send_due()
                await self.find_answers()
                await self._count()
                self.status.failure = None
            except Exception as error:
                # The loop must outlive a database that goes away.
                _LOG.exception("sending change requests failed, trying again in %s s", LOOK_EVERY_S)
                self.status.failure = str(error)
            await asyncio.sleep(LOOK_EVERY_S)

    async def send_now(self, change_request_id: str, *, within_s: float) -> None:
        """Send one request at once and wait for its end for a moment; the attempt itself is not cut short."""
        attempt = asyncio.create_task(self._send(change_request_id))
        attempt.add_done_callback(_log_failure)
        await asyncio.wait({attempt}, timeout=within_s)

    async def send_due(self) -> int:
        """Send every request whose time has come; return how many."""
        sent = 0
        while True:
            async with self._storage.read() as unit:
                due = await unit.change_requests.due(at=self._clock(), limit=_BATCH)
            for change_request_id in due:
                await self._send(change_request_id)
            sent += len(due)
            if len(due) < _BATCH:
                return sent

    async def find_answers(self) -> int:
        """Settle requests whose orders show what the shop did; return how many."""
        settled, after = 0, ""
        while True:
            async with self._storage.read() as unit:
                page = await unit.change_requests.unanswered(after=after, limit=_BATCH)
            for request in page:
                settled += await self._find_answer(request)
            if len(page) < _BATCH:
                return settled
            after = page[-1].change_request_id

    async def _find_answer(self, request: ChangeRequest) -> bool:
        async with self._storage.write() as unit:
            stored = await unit.orders.stored(request.order_id)
            now = await unit.change_requests.get(request.change_request_id, lock=True)
            answer = None if stored is None or now is None else now.seen_in(reported(stored).state)
            if answer is None or now is None or not now.is_open:
                return False
            await settle(unit, now, answer, at=self._clock())
        return True

    async def _send(self, change_request_id: str) -> None:
        claimed = await self._claim(change_request_id)
        if claimed is None:
            return
        request, stored, write_back = claimed
        try:
            answer = await asyncio.wait_for(_asked(write_back, request, stored), PATIENCE_S)
        except (ShopUnreachableError, TimeoutError) as error:
            why = str(error) or f"no answer within {PATIENCE_S:.0f} s"
            _LOG.warning("change request %s, attempt %s: %s", change_request_id, request.attempts, why)
            await self._failed(change_request_id, why)
            return
        async with self._storage.write() as unit:
            now = await unit.change_requests.get(change_request_id, lock=True)
            if now is not None:
                await settle(unit, now, answer, at=self._clock())

    async def _claim(self, change_request_id: str) -> tuple[ChangeRequest, StoredOrder, ShopWriteBack | None] | None:
        async with self._storage.write() as unit:
            request = await unit.change_requests.get(change_request_id, lock=True)
            now = self._clock()
            if request is None or request.next_try_at is None or request.next_try_at > now:
                return None
            stored = await unit.orders.stored(request.order_id)
            assert stored is not None, "an order with a request is never deleted"
            claimed = request.begin_attempt(now)
            await unit.change_requests.save(claimed)
            return claimed, stored, await write_back_of(unit, stored.order, self._access)

    async def _failed(self, change_request_id: str, why: str) -> None:
        async with self._storage.write() as unit:
            request = await unit.change_requests.get(change_request_id, lock=True)
            if request is not None and request.state is ChangeState.ASKED:
                await unit.change_requests.save(request.fail_attempt(why[:500]))

    async def _count(self) -> None:
        async with self._storage.read() as unit:
            self.status.counts = await unit.change_requests.counts()


async def _asked(write_back: ShopWriteBack | None, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
    if write_back is None:
        raise ShopUnreachableError("the shop's connection is no longer configured")
    return await write_back.send(request, stored)


def _log_failure(attempt: asyncio.Task[None]) -> None:
    if not attempt.cancelled() and (error := attempt.exception()) is not None:
        _LOG.error("a change request could not be sent, and will be tried again", exc_info=error)
