"""Accounts: what promotions and offers have spent and reserved, against their caps.

A use is entered twice, in its promotion's account and in its offer's. `Budgets` moves both or neither. The caps are
conditions of the update and constraints of the table, so no order of events passes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from promo_engine.domain.offers.limits import Limits


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
