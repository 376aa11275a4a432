"""The more is spent, the more is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from promo_engine.domain.benefits.benefit import Benefit, Remaining, Stage, require_positive, spread
from promo_engine.domain.money import Currency


@dataclass(frozen=True)
class Tier:
    """From so much on, so much off."""

    from_cents: int
    off_cents: int


@dataclass(frozen=True)
class SpendAndSave(Benefit):
    """The highest tier that the lines in scope reach, counted before any offer."""

    kind: ClassVar[str] = "spend_and_save"
    ordinal: ClassVar[int] = 3
    stage: ClassVar[Stage] = Stage.TIERS

    tiers: tuple[Tier, ...]
    currency: Currency | None = None

    def __post_init__(self) -> None:
        if not self.tiers:
            raise ValueError("tiers: one or more are needed")
        for tier in self.tiers:
            require_positive("tiers.from_cents", tier.from_cents)
            require_positive("tiers.off_cents", tier.off_cents)
            if tier.off_cents > tier.from_cents:
                raise ValueError(f"tiers: {tier.off_cents} off from {tier.from_cents} is more than is spent")
        for lower, higher in pairwise(self.tiers):
            if lower.from_cents >= higher.from_cents or lower.off_cents >= higher.off_cents:
                raise ValueError("tiers: from_cents and off_cents have to rise from tier to tier")

    def depth(self, basket_cents: int) -> float:
        """Return the best tier's share of what has to be spent for it."""
        return max(tier.off_cents / max(tier.from_cents, basket_cents) for tier in self.tiers)

    def reductions(self, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
        """Spread the reached tier's amount over the lines."""
        spent = sum(of.lines[index].full_cents for index in inside)
        reached = max((tier.off_cents for tier in self.tiers if tier.from_cents <= spent), default=0)
        return spread(reached, of, inside)
