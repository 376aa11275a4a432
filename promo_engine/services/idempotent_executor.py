"""Requests that are sent twice under one `Idempotency-Key` are done once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from promo_engine.domain.errors import Conflict
from promo_engine.ports.unit_of_work import Storage


class IdempotentExecutor:
    """Keeps replies by key, in the transaction of what they report."""

    def __init__(self, storage: Storage, *, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock

    async def do(self, key: str, *, request_hash: str, act: Callable[[], Awaitable[str]]) -> str:
        """Return what `act` replies, or what it replied the first time.

        All units that `act` opens are one, which also keeps the reply. An error of `act` leaves nothing behind, not
        even the key. Raises Conflict `idempotency_key_reused` if the key was used for another request.
        """
        async with self._storage.joined() as unit:
            kept = await unit.replies.claim(key, request_hash=request_hash, at=self._clock())
            if kept is None:
                reply = await act()
                await unit.replies.keep(key, reply=reply)
                return reply
        if kept.request_hash != request_hash:
            raise Conflict(
                "idempotency_key_reused", "This Idempotency-Key was used for another request.", field="Idempotency-Key"
            )
        return kept.reply
