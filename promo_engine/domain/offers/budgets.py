"""Accounts: what promotions and offers have spent and reserved, against their caps.

A use is entered twice, in its promotion's account and in its offer's. `Budgets` moves both or neither. The caps are
conditions of the update and constraints of the table, so no order of events passes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from promo_engine.domain.offers.limits import Commitment, Limits


class AccountKind(StrEnum):
    """Whose account it is."""

    PROMOTION = "promotion"
    OFFER = "offer"


@dataclass(frozen=True)
class Account:
    """The name of an account and the limits in force for it."""

    kind: AccountKind
    owner_id: str
    limits: Limits


class Budgets(Protocol):
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
