"""One price for products bought together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from promo_engine.domain.benefits.benefit import Benefit, Remaining, Stage, require_amount, require_positive
from promo_engine.domain.money import Currency, allocate, fraction

_TYPICAL_SAVING = 0.2


class Piece(NamedTuple):
    """A product and how many of it one bundle holds."""

    product_id: str
    quantity: int


@dataclass(frozen=True)
class BundlePrice(Benefit):
    """One price for products bought together; the scope plays no part."""

    kind: ClassVar[str] = "bundle_price"
    ordinal: ClassVar[int] = 6
    stage: ClassVar[Stage] = Stage.BUNDLES
    explanation: ClassVar[str] = "It is for things that go well together."

    pieces: tuple[Piece, ...]
    price_cents: int
    currency: Currency | None = None
    max_sets: int | None = 1
    """How often in one order; None is as often as the basket holds it."""

    def __post_init__(self) -> None:
        if len({product_id for product_id, _ in self.pieces}) < len(self.pieces):
            raise ValueError("pieces: every product stands once")
        for _, quantity in self.pieces:
            require_positive("pieces", quantity)
        if sum(quantity for _, quantity in self.pieces) < 2:
            raise ValueError("pieces: a bundle holds two pieces or more")
        require_amount("price_cents", self.price_cents)
        if self.max_sets is not None:
            require_positive("max_sets", self.max_sets)

    def depth(self, basket_cents: int) -> float:
        """Return a typical bundle's saving."""
        return _TYPICAL_SAVING

    def reductions(self, of: Remaining, inside: Sequence[int]) -> Mapping[int, int]:
        """Take off what the dearest pieces of every full bundle cost above its price."""
        indices: dict[str, list[int]] = {product_id: [] for product_id, _ in self.pieces}
        for index, line in enumerate(of.lines):
            if line.product_id in indices:
                indices[line.product_id].append(index)
        sets = min(
            sum(of.lines[index].quantity for index in indices[product_id]) // quantity
            for product_id, quantity in self.pieces
        )
        sets = sets if self.max_sets is None else min(sets, self.max_sets)
        values: dict[int, int] = {}
        for product_id, quantity in self.pieces:
            needed = sets * quantity
            for index in sorted(indices[product_id], key=lambda index: -of.lines[index].unit_price_cents):
                taken = min(needed, of.lines[index].quantity)
                needed -= taken
                if taken:
                    values[index] = fraction(of.left[index], numerator=taken, denominator=of.lines[index].quantity)
        saved = max(0, sum(values.values()) - sets * self.price_cents)
        parts = allocate(saved, list(values.values()))
        return {index: min(part, of.room(index)) for index, part in zip(values, parts, strict=True)}
