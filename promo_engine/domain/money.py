"""Money in whole numbers: currencies, shares of an amount, and amounts split without losing a cent.

An amount is an integer of the currency's minor unit and is called cents whatever the currency: 500 is 5.00 EUR, 500 JPY
or 0.500 KWD. A rate is basis points: 1,500 is 15 %. Half a cent goes to the even neighbour. Decimals are the minor
units of ISO 4217, list one (SIX, https://www.six-group.com/en/products-services/financial-information/data-standards.html);
funds, metals and test codes are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.money.currencies import DECIMALS

WHOLE = 10_000
"""Basis points of the whole."""
MAX_CENTS = 1_000_000_000
"""The most that any one amount may be, wherever it is written: ten million in most currencies. It fits a column of 32
bits, and a thousand of them a sum of 64."""
MAX_STORED_CENTS = 1_000 * MAX_CENTS
"""The most that an earlier version let an amount of an offer be: what was promised then stays as it is."""
MAX_BUDGET_CENTS = 1_000 * MAX_CENTS
"""The most that a budget may be, which is a sum of amounts."""


@dataclass(frozen=True)
class Currency:
    """A currency by its ISO 4217 code. Raises ValueError for a code that is not one."""

    code: str

    def __post_init__(self) -> None:
        if self.code not in DECIMALS:
            raise ValueError(f"currency: {self.code!r} is not the ISO 4217 code of a currency, such as EUR")

    @property
    def decimals(self) -> int:
        """Digits after the point: 0, 2 or 3."""
        return DECIMALS[self.code]

    def words(self, cents: int) -> str:
        """Write an amount of 0 or more for a person: `5.00 EUR`, `500 JPY`, `0.500 KWD`."""
        return f"{self.decimal(cents)} {self.code}"

    def decimal(self, cents: int) -> str:
        """Write an amount of 0 or more for another program: `5.00`, `500`, `0.500`."""
        if not self.decimals:
            return str(cents)
        whole, part = divmod(cents, 10**self.decimals)
        return f"{whole}.{part:0{self.decimals}}"


def fraction(amount: int, *, numerator: int, denominator: int) -> int:
    """Return amount * numerator / denominator, half to even; `denominator` is above 0."""
    whole, rest = divmod(amount * numerator, denominator)
    over = 2 * rest - denominator
    return whole + (over > 0 or (over == 0 and whole % 2 == 1))


def share(amount: int, basis_points: int) -> int:
    """Return so many basis points of an amount, half to even."""
    return fraction(amount, numerator=basis_points, denominator=WHOLE)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` by weight, summing to it exactly: whole parts first, then one cent to each largest remainder.

    Equal remainders go by place. No part is negative, and none passes its weight while `total` is not above the sum of
    the weights (Hamilton's method keeps the quota). Raises ValueError for anything negative, and where there is
    something to split but no weight.
    """
    whole = sum(weights)
    if total < 0 or min(weights, default=0) < 0:
        raise ValueError("total, weights: have to be 0 or more")
    if not total:
        return [0] * len(weights)
    if not whole:
        raise ValueError("weights: one has to be above 0")
    parts, rests = [], []
    for weight in weights:
        part, rest = divmod(total * weight, whole)
        parts.append(part)
        rests.append(rest)
    left = total - sum(parts)
    for index in sorted(range(len(weights)), key=lambda index: -rests[index])[:left]:
        parts[index] += 1
    return parts
