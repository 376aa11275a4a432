"""Replies to requests that carried an `Idempotency-Key`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.idempotency import KEPT_FOR, KeptReply
from promo_engine.storage.tables import reply_records


class SqlReplyRecords:
    """`ports.decisions.reply_repository.ReplyRepository` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, key: str, *, request_hash: str, at: datetime) -> KeptReply | None:
        """Take the key for this unit, or return what its earlier request got."""
        statement = insert_for(self._connection, reply_records).values(
            idempotency_key=key, request_hash=request_hash, created_at=at
        )
        # The insert waits for a unit that has inserted the same key and not ended yet.
        claimed = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["idempotency_key"],
                set_={"request_hash": request_hash, "created_at": at, "reply": None},
                where=reply_records.c.created_at <= at - KEPT_FOR,
            ).returning(reply_records.c.idempotency_key)
        )
        if claimed.first() is not None:
            return None
        earlier = select(reply_records).where(reply_records.c.idempotency_key == key)
        row = (await self._connection.execute(earlier)).one()
        return KeptReply(row.request_hash, row.reply)

    async def keep(self, key: str, *, reply: str) -> None:
        """Store the reply of a key that this unit has claimed."""
        statement = update(reply_records).where(reply_records.c.idempotency_key == key)
        await self._connection.execute(statement.values(reply=reply))

    async def prune(self, *, created_before: datetime) -> int:
        """Forget older keys; return how many."""
        statement = delete(reply_records).where(reply_records.c.created_at <= created_before)
        return len((await self._connection.execute(statement.returning(reply_records.c.idempotency_key))).all())
