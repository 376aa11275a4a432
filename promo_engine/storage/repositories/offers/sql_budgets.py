"""The accounts of promotions and offers."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.offers.budgets import Account, AccountKind
from promo_engine.domain.offers.limits import Commitment, Limits
from promo_engine.storage.tables import budget_accounts

_HELD = budget_accounts.c


class SqlBudgets:
    """`domain.offers.budgets.Budgets` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def reserve(self, account: Account, *, cents: int) -> bool:
        """Reserve one use at this cost under the account's limits; False, and nothing changed, if it does not fit."""
        if await self._move(account, reserved_cents=cents, reserved_uses=1):
            return True
        # Refused, or the first use of all, whose row has to be made: by us, or by another first one at this moment.
        opening = insert_for(self._connection, budget_accounts).values(
            kind=account.kind.value, owner_id=account.owner_id
        )
        await self._connection.execute(opening.on_conflict_do_nothing())
        return await self._move(account, reserved_cents=cents, reserved_uses=1)

    async def spend(self, account: Account, *, reserved_cents: int, cents: int) -> bool:
        """Turn a reserved use into a spent one at its real cost; False, and nothing changed, if that does not fit."""
        return await self._move(
            account, reserved_cents=-reserved_cents, reserved_uses=-1, spent_cents=cents, spent_uses=1
        )

    async def release(self, kind: AccountKind, owner_id: str, *, uses: int, cents: int) -> None:
        """Give reserved uses and their money back."""
        await self._connection.execute(
            update(budget_accounts)
            .where(_is(kind, owner_id))
            .values(reserved_uses=_HELD.reserved_uses - uses, reserved_cents=_HELD.reserved_cents - cents)
        )

    async def refund(self, kind: AccountKind, owner_id: str, *, uses: int, cents: int) -> None:
        """Give spent money back, with the use or, at a partial refund, without it."""
        await self._connection.execute(
            update(budget_accounts)
            .where(_is(kind, owner_id))
            .values(spent_uses=_HELD.spent_uses - uses, spent_cents=_HELD.spent_cents - cents)
        )

    async def commitment(self, kind: AccountKind, owner_id: str) -> Commitment:
        """Return what an account holds."""
        row = (await self._connection.execute(select(budget_accounts).where(_is(kind, owner_id)))).first()
        if row is None:
            return Commitment()
        return Commitment(row.spent_cents, row.reserved_cents, row.reserved_uses + row.spent_uses)

    async def _move(
        self,
        account: Account,
        *,
        reserved_cents: int,
        reserved_uses: int,
        spent_cents: int = 0,
        spent_uses: int = 0,
    ) -> bool:
        limits = account.limits
        statement = update(budget_accounts).where(_is(account.kind, account.owner_id))
        if limits.budget_cents is not None:
            held = _HELD.reserved_cents + _HELD.spent_cents + (reserved_cents + spent_cents)
            statement = statement.where(held <= limits.budget_cents)
        if limits.max_uses is not None:
            uses = _HELD.reserved_uses + _HELD.spent_uses + (reserved_uses + spent_uses)
            statement = statement.where(uses <= limits.max_uses)
        moved = await self._connection.execute(
            statement.values(
                budget_cents=limits.budget_cents,
                max_uses=limits.max_uses,
                reserved_cents=_HELD.reserved_cents + reserved_cents,
                reserved_uses=_HELD.reserved_uses + reserved_uses,
                spent_cents=_HELD.spent_cents + spent_cents,
                spent_uses=_HELD.spent_uses + spent_uses,
            ).returning(_HELD.owner_id)
        )
        return moved.first() is not None


async def set_caps(connection: AsyncConnection, kind: AccountKind, owner_id: str, limits: Limits) -> None:
    """Copy changed limits into the account, if there is one. The database refuses a cap below what is held."""
    values = {"budget_cents": limits.budget_cents, "max_uses": limits.max_uses}
    await connection.execute(update(budget_accounts).where(_is(kind, owner_id)).values(**values))


def _is(kind: AccountKind, owner_id: str) -> ColumnElement[bool]:
    return and_(_HELD.kind == kind.value, _HELD.owner_id == owner_id)
