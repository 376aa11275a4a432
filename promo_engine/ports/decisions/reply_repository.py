"""Requests that may be sent twice: the first one's reply is kept and given again.

Only what was done is kept. A request that was refused has changed nothing, so sending it again may get another answer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from promo_engine.domain.idempotency import KeptReply


class ReplyRepository(Protocol):
    """Replies by key; a part of `unit_of_work.UnitOfWork`."""

    async def claim(self, key: str, *, request_hash: str, at: datetime) -> KeptReply | None:
        """Take the key for this unit, or return what its earlier request got.

        While another unit has it, this waits for that unit's end. A key older than `KEPT_FOR` is free again.
        """
        ...

    async def keep(self, key: str, *, reply: str) -> None:
        """Store the reply of a key that this unit has claimed."""
        ...

    async def prune(self, *, created_before: datetime) -> int:
        """Forget older keys; return how many."""
        ...
