"""Codes of shoppers, and pools of codes that the shop brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from promo_engine.domain.codes.codes import CodeState, HeldCode
from promo_engine.storage.tables import codes, offers, pool_codes

_ROWS_AT_ONCE = 1000
"""Rows of one statement: SQLite takes 32,766 variables."""


class SqlCodes:
    """`ports.offers.code_repository.Codes` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, code: str, *, lock: bool = False) -> HeldCode | None:
        """Return one code."""
        query = _held().where(codes.c.code == code)
        row = (await self._connection.execute(query.with_for_update(of=codes) if lock else query)).first()
        return None if row is None else _code(row)

    async def move(self, code: str, state: CodeState, *, held_cents: int, customer_id: str | None) -> None:
        """Change a code that `get` or `due` has locked."""
        values = {"state": state.value, "held_cents": held_cents, "customer_id": customer_id}
        await self._connection.execute(update(codes).where(codes.c.code == code).values(**values))

    async def due(self, *, at: datetime, promotion_id: str | None = None, limit: int) -> list[HeldCode]:
        """List and lock reserved codes whose time is over; those that another unit holds are left to it."""
        query = _held().where(codes.c.state == CodeState.RESERVED.value, codes.c.expires_at <= at)
        if promotion_id is not None:
            query = query.where(offers.c.promotion_id == promotion_id)
        query = query.order_by(codes.c.expires_at).limit(limit).with_for_update(of=codes, skip_locked=True)
        return [_code(row) for row in await self._connection.execute(query)]

    async def has_pool(self, offer_id: str) -> bool:
        """Say whether codes were imported for this offer, taken or not."""
        query = select(pool_codes.c.code).where(pool_codes.c.offer_id == offer_id).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def take_from_pool(self, offer_id: str, *, decision_id: str) -> str | None:
        """Take the next code of the offer's pool for good; None if all are taken."""
        # Who takes has reserved in the promotion's account and so is alone here: the row needs no lock of its own.
        following = (
            select(pool_codes.c.code)
            .where(pool_codes.c.offer_id == offer_id, pool_codes.c.decision_id.is_(None))
            .order_by(pool_codes.c.place)
            .limit(1)
            .scalar_subquery()
        )
        taken = await self._connection.execute(
            update(pool_codes)
            .where(pool_codes.c.code == following, pool_codes.c.decision_id.is_(None))
            .values(decision_id=decision_id)
            .returning(pool_codes.c.code)
        )
        return taken.scalar_one_or_none()

    async def known(self, wanted: Sequence[str]) -> set[str]:
        """Return those of the codes that are in a pool or in a shopper's hands."""
        found: set[str] = set()
        for part in _parts(wanted):
            for table in (codes, pool_codes):
                found |= set((await self._connection.scalars(select(table.c.code).where(table.c.code.in_(part)))).all())
        return found

    async def add_to_pool(self, offer_id: str, new_codes: Sequence[str]) -> None:
        """Append to the offer's pool, in this order."""
        last = select(func.max(pool_codes.c.place)).where(pool_codes.c.offer_id == offer_id)
        first = (await self._connection.scalar(last) or 0) + 1
        rows = [
            {"code": code, "offer_id": offer_id, "place": position} for position, code in enumerate(new_codes, first)
        ]
        for part in _parts(rows):
            await self._connection.execute(insert(pool_codes), part)


def _parts(rows: Sequence[Any]) -> list[Any]:
    return [rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE)]


def _held() -> Select[Any]:
    return select(codes, offers.c.promotion_id).join(offers, offers.c.offer_id == codes.c.offer_id)


def _code(row: Row[Any]) -> HeldCode:
    return HeldCode(
        code=row.code,
        decision_id=row.decision_id,
        offer_id=row.offer_id,
        promotion_id=row.promotion_id,
        customer_id=row.customer_id,
        state=CodeState(row.state),
        expires_at=row.expires_at,
        held_cents=row.held_cents,
    )
