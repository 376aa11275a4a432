"""What each kind of benefit takes off the lines of a basket.

Every kind takes at most a cent less where a line has a cent less left, so that one more offer never lessens the sum of
all, but for the rounding of each line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promo_engine.domain.benefits.kinds import (
    AmountOff,
    AnyBenefit,
    BundlePrice,
    BuyAndGet,
    FreeDelivery,
    PercentageOff,
    SpendAndSave,
)
from promo_engine.domain.money import WHOLE, allocate, fraction, share
from promo_engine.domain.pricing.baskets import BasketLine

_STAGES: tuple[type[AnyBenefit], ...] = (BundlePrice, BuyAndGet, PercentageOff, SpendAndSave, AmountOff, FreeDelivery)


@dataclass(frozen=True)
class Remaining:
    """What earlier offers left of each line; the three run side by side."""

    lines: Sequence[BasketLine]
    left: Sequence[int]
    floors: Sequence[int]
    """Below which no line may fall, in cents."""

    def room(self, place: int) -> int:
        """Return the most that may still go off a line."""
        return max(0, self.left[place] - self.floors[place])


def stage_of(benefit: AnyBenefit) -> int:
    """Return when a benefit applies among those of one priority: the pickiest first, the broadest last."""
    kind = type(benefit)
    return _STAGES.index(kind) if kind in _STAGES else len(_STAGES)


def reductions_of(benefit: AnyBenefit, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
    """Return the cents off by place of the line; `inside` are the places in scope."""
    if isinstance(benefit, PercentageOff):
        return _percentage(benefit, of, inside)
    if isinstance(benefit, AmountOff):
        return _amount(benefit.amount_cents, of, inside)
    if isinstance(benefit, SpendAndSave):
        spent = sum(of.lines[place].full_cents for place in inside)
        return _amount(max((t.off_cents for t in benefit.tiers if t.from_cents <= spent), default=0), of, inside)
    if isinstance(benefit, BuyAndGet):
        return _buy_and_get(benefit, of, inside)
    if isinstance(benefit, BundlePrice):
        return _bundle(benefit, of)
    return {}


def _percentage(benefit: PercentageOff, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
    left = [of.left[place] for place in inside]
    parts = allocate(share(sum(left), benefit.percent_basis_points), left)
    wanted = [min(part, of.room(place)) for place, part in zip(inside, parts, strict=True)]
    # The cap comes after the floors: a higher cap then never gives less.
    if benefit.cap_cents is not None and sum(wanted) > benefit.cap_cents:
        wanted = allocate(benefit.cap_cents, wanted)
    return dict(zip(inside, wanted, strict=True))


def _amount(cents: int, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
    rooms = [of.room(place) for place in inside]
    return dict(zip(inside, allocate(min(cents, sum(rooms)), rooms), strict=True))


def _buy_and_get(benefit: BuyAndGet, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
    pieces = sum(of.lines[place].quantity for place in inside)
    sets = pieces // (benefit.buy_quantity + benefit.get_quantity)
    cheaper = (sets if benefit.max_sets is None else min(sets, benefit.max_sets)) * benefit.get_quantity
    cuts = {}
    for place in sorted(inside, key=lambda place: of.lines[place].unit_price_cents):
        if not cheaper:
            break
        line = of.lines[place]
        taken = min(cheaper, line.quantity)
        cheaper -= taken
        off = fraction(of.left[place], numerator=taken * benefit.off_basis_points, denominator=line.quantity * WHOLE)
        cuts[place] = min(off, of.room(place))
    return cuts


def _bundle(benefit: BundlePrice, of: Remaining) -> Mapping[int, int]:
    places: dict[str, list[int]] = {product_id: [] for product_id, _ in benefit.pieces}
    for place, line in enumerate(of.lines):
        if line.product_id in places:
            places[line.product_id].append(place)
    sets = min(
        sum(of.lines[place].quantity for place in places[product_id]) // quantity
        for product_id, quantity in benefit.pieces
    )
    sets = sets if benefit.max_sets is None else min(sets, benefit.max_sets)
    values: dict[int, int] = {}
    for product_id, quantity in benefit.pieces:
        needed = sets * quantity
        for place in sorted(places[product_id], key=lambda place: -of.lines[place].unit_price_cents):
            taken = min(needed, of.lines[place].quantity)
            needed -= taken
            if taken:
                values[place] = fraction(of.left[place], numerator=taken, denominator=of.lines[place].quantity)
    saved = max(0, sum(values.values()) - sets * benefit.price_cents)
    parts = allocate(saved, list(values.values()))
    return {place: min(part, of.room(place)) for place, part in zip(values, parts, strict=True)}
