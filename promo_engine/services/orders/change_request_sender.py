"""Hands requests to the shop, and finds its answers in what it reports of its orders."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from promo_engine.domain.customers.change_requests import ChangeKind, ChangeRequest, ChangeState, ShopAnswer
from promo_engine.domain.customers.order_report import StoredOrder, reported
from promo_engine.ports.shop.shop_access import ShopAccess, ShopUnreachableError, ShopWriteBack
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.orders.change_request_service import settle, write_back_of
from promo_engine.services.outbox import Outbox, within_patience

_BATCH = 50
_LOG = logging.getLogger(__name__)


class ChangeRequestSender(Outbox[tuple[ChangeKind, ChangeState]]):
    """Sends what is due, and looks for the answers to what was sent."""

    CONTENT = "change requests"

    def __init__(self, storage: Storage, *, access: ShopAccess, clock: Callable[[], datetime]) -> None:
        super().__init__(storage, clock=clock)
        self._access = access

    async def _round(self) -> None:
        await super()._round()
        await self.find_answers()

    async def _due(self, unit: UnitOfWork, *, limit: int) -> list[str]:
        return await unit.change_requests.due(at=self._clock(), limit=limit)

    async def _counts(self, unit: UnitOfWork) -> dict[tuple[ChangeKind, ChangeState], int]:
        return await unit.change_requests.counts()

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

    async def _send(self, key: str) -> None:
        claimed = await self._claim(key)
        if claimed is None:
            return
        request, stored, write_back = claimed
        try:
            answer = await within_patience(_asked(write_back, request, stored))
        except ShopUnreachableError as error:
            _LOG.warning("change request %s, attempt %s: %s", key, request.attempts, error)
            await self._failed(key, str(error))
            return
        async with self._storage.write() as unit:
            now = await unit.change_requests.get(key, lock=True)
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


async def _asked(write_back: ShopWriteBack | None, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
    if write_back is None:
        raise ShopUnreachableError("the shop's connection is no longer configured")
    return await write_back.send(request, stored)
