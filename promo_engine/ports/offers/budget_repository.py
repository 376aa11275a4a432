"""The repository of the accounts that hold caps."""

from __future__ import annotations

from typing import Protocol

from promo_engine.domain.offers.budgets import Account, AccountKind
from promo_engine.domain.offers.limits import Commitment


class BudgetRepository(Protocol):
    """The accounts; a part of `unit_of_work.UnitOfWork`.

    Where several accounts are locked, promotions come before their offers, so that nobody waits in a circle.
    """

    async def reserve(self, account: Account, *, cents: int) -> bool:
        """Reserve one use at this cost under the account's limits; False, and nothing changed, if it does not fit."""
        ...

    async def spend(self, account: Account, *, reserved_cents: int, cents: int) -> bool:
        """Turn a reserved use into a spent one at its real cost; False, and nothing changed, if that does not fit."""
        ...

    async def release(self, kind: AccountKind, owner_id: str, *, uses: int, cents: int) -> None:
        """Give reserved uses and their money back."""
        ...

    async def refund(self, kind: AccountKind, owner_id: str, *, uses: int, cents: int) -> None:
        """Give spent money back, with the use or, at a partial refund, without it."""
        ...

    async def commitment(self, kind: AccountKind, owner_id: str) -> Commitment:
        """Return what an account holds."""
        ...
