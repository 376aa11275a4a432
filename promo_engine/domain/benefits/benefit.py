"""What an offer gives: the base of all kinds of benefit. Each kind is a file beside this one; `registry` lists them.

A kind is a frozen dataclass. Its fields are its JSON: names and types say what is written and read (`benefit_codec`).
Every class checks itself and raises a ValueError of one line that begins with the field's name. Amounts are cents of
`currency`; without one they are in the shop's (`domain/offers/offers_on_sale.py: money_currency`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from promo_engine.domain.money import MAX_STORED_CENTS, WHOLE, Currency, allocate
from promo_engine.domain.pricing.baskets import BasketLine


class Stage(IntEnum):
    """When a benefit applies among those of one priority: the pickiest first, the broadest last."""

    BUNDLES = 0
    PIECES = 1
    SHARES = 2
    TIERS = 3
    AMOUNTS = 4
    DELIVERY = 5
    NOTHING_OFF = 6
    """It costs nothing now: a gift, points, credit."""


@dataclass(frozen=True)
class Remaining:
    """What earlier offers left of each line; the three run side by side."""

    lines: Sequence[BasketLine]
    left: Sequence[int]
    floors: Sequence[int]
    """Below which no line may fall, in cents."""

    def room(self, index: int) -> int:
        """Return the most that may still go off a line."""
        return max(0, self.left[index] - self.floors[index])


@dataclass(frozen=True)
class GiftedProduct:
    """A product on top of an order."""

    product_id: str
    quantity: int
    value_cents: int
    """What all of it is worth to the shopper."""


@dataclass(frozen=True)
class Extras:
    """What a benefit gives beside a lower price of this order."""

    points: int = 0
    credit_cents: int = 0
    gift: GiftedProduct | None = None


NO_EXTRAS = Extras()


@dataclass(frozen=True)
class Benefit:
    """What one use of an offer gives. A kind overrides what it does; the rest gives nothing."""

    kind: ClassVar[str]
    """Its name in JSON."""
    ordinal: ClassVar[int]
    """Where it stands in every list of kinds. Policies' features follow it, so it never changes; a new kind is last."""
    stage: ClassVar[Stage]
    explanation: ClassVar[str] = ""
    """Said to a shopper about an offer without categories; empty where the kind says nothing by itself."""

    def depth(self, basket_cents: int) -> float:
        """Return how much of a typical basket's price the shopper saves, 0 to 1, as a first guess for policies."""
        raise NotImplementedError

    def reductions(self, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
        """Return the cents off by index of the line; `inside` are the indices in scope, ascending.

        A kind takes at most a cent less where a line has a cent less left, so that one more offer never lessens the sum
        of all, but for the rounding of each line.
        """
        return {}

    def off_delivery(self, delivery_cents: int) -> int:
        """Return the cents off what is left of the delivery."""
        return 0

    def extras(self) -> Extras:
        """Return what it gives beside the price."""
        return NO_EXTRAS


def currency_of(benefit: Benefit) -> Currency | None:
    """Return the only currency in which the benefit can be given; None if any will do."""
    return getattr(benefit, "currency", None)


def share_of_basket(cents: int, basket_cents: int) -> float:
    """Return the depth of an amount."""
    return min(cents / basket_cents, 1.0)


def spread(cents: int, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
    """Take an amount off lines by what each may still lose."""
    rooms = [of.room(index) for index in inside]
    return dict(zip(inside, allocate(min(cents, sum(rooms)), rooms), strict=True))


def require_positive(name: str, value: int) -> None:
    """Raise ValueError unless the value is 1 to MAX_STORED_CENTS."""
    if value <= 0:
        raise ValueError(f"{name}: has to be above 0, not {value}")
    require_amount(name, value)


def require_amount(name: str, value: int) -> None:
    """Raise ValueError unless the value is 0 to MAX_STORED_CENTS."""
    if value < 0:
        raise ValueError(f"{name}: has to be 0 or more, not {value}")
    if value > MAX_STORED_CENTS:
        raise ValueError(f"{name}: at most {MAX_STORED_CENTS}, not {value}")


def require_share(name: str, basis_points: int) -> None:
    """Raise ValueError unless the value is a share of more than nothing."""
    if not 0 < basis_points <= WHOLE:
        raise ValueError(f"{name}: 1 to {WHOLE}, which is 100 %, not {basis_points}")
