"""A share of every line in scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from promo_engine.domain.benefits.benefit import Benefit, Remaining, Stage, require_positive, require_share
from promo_engine.domain.money import WHOLE, Currency, allocate, share


@dataclass(frozen=True)
class PercentageOff(Benefit):
    """A share of every line in scope, up to a cap on the sum."""

    kind: ClassVar[str] = "percentage"
    ordinal: ClassVar[int] = 1
    stage: ClassVar[Stage] = Stage.SHARES

    percent_basis_points: int
    cap_cents: int | None = None
    currency: Currency | None = None

    def __post_init__(self) -> None:
        require_share("percent_basis_points", self.percent_basis_points)
        if self.cap_cents is not None:
            require_positive("cap_cents", self.cap_cents)

    def depth(self, basket_cents: int) -> float:
        """Return the share."""
        return self.percent_basis_points / WHOLE

    def reductions(self, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
        """Take the share of what is left of each line."""
        left = [of.left[index] for index in inside]
        parts = allocate(share(sum(left), self.percent_basis_points), left)
        wanted = [min(part, of.room(index)) for index, part in zip(inside, parts, strict=True)]
        # The cap comes after the floors: a higher cap then never gives less.
        if self.cap_cents is not None and sum(wanted) > self.cap_cents:
            wanted = allocate(self.cap_cents, wanted)
        return dict(zip(inside, wanted, strict=True))
