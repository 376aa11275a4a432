"""Redemptions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.codes.redemptions import Redemption
from promo_engine.storage.tables import codes, offers, redeemed_codes, redemptions


class SqlRedemptions:
    """`ports.offers.redemption_repository.Redemptions` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, redemption_id: str, *, lock: bool = False) -> Redemption | None:
        """Return one redemption."""
        query = select(redemptions).where(redemptions.c.redemption_id == redemption_id)
        return _redemption((await self._connection.execute(query.with_for_update() if lock else query)).first())

    async def of_order(self, order_id: str) -> Redemption | None:
        """Return the redemption of an order, cancelled or not."""
        query = select(redemptions).where(redemptions.c.order_id == order_id)
        return _redemption((await self._connection.execute(query)).first())

    async def add(self, redemption: Redemption, *, codes: Mapping[str, int]) -> bool:
        """Store it with the cents that each code cost; False, and nothing stored, if the order has one."""
        values = {column.name: getattr(redemption, column.name) for column in redemptions.columns}
        # The insert waits for a unit that has inserted the same order and not ended yet.
        statement = insert_for(self._connection, redemptions).values(values).on_conflict_do_nothing()
        stored = await self._connection.execute(statement.returning(redemptions.c.redemption_id))
        if stored.first() is None:
            return False
        rows = [
            {"code": code, "redemption_id": redemption.redemption_id, "cost_cents": cents}
            for code, cents in codes.items()
        ]
        await self._connection.execute(insert(redeemed_codes), rows)
        return True

    async def codes(self, redemption_id: str) -> dict[str, int]:
        """Return what each code cost, by code, in the order in which codes are locked."""
        query = (
            select(redeemed_codes)
            .join(codes, codes.c.code == redeemed_codes.c.code)
            .join(offers, offers.c.offer_id == codes.c.offer_id)
            .where(redeemed_codes.c.redemption_id == redemption_id)
            .order_by(offers.c.promotion_id, redeemed_codes.c.code)
        )
        rows = await self._connection.execute(query)
        return {row.code: row.cost_cents for row in rows}

    async def cancel(self, redemption_id: str, *, at: datetime) -> None:
        """Mark one that `get` has locked as cancelled."""
        of_this = redemptions.c.redemption_id == redemption_id
        await self._connection.execute(update(redemptions).where(of_this).values(cancelled_at=at))


def _redemption(row: Row[Any] | None) -> Redemption | None:
    return None if row is None else Redemption(**row._mapping)
