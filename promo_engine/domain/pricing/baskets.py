"""A basket as the shop sends it for a price."""

from __future__ import annotations

from dataclasses import dataclass

from promo_engine.domain.money import MAX_CENTS, WHOLE, Currency

MAX_LINES = 10_000
MAX_QUANTITY = 100_000


@dataclass(frozen=True)
class BasketLine:
    """So many pieces of one product. Raises ValueError."""

    line_id: str
    product_id: str
    unit_price_cents: int
    quantity: int = 1
    category_id: int | None = None
    brand: str | None = None
    unit_cost_cents: int | None = None
    """What a piece costs the shop, without tax; None where it is not known, and then no margin floor protects it."""
    tax_basis_points: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= MAX_QUANTITY:
            raise ValueError(f"quantity: line {self.line_id}: 1 to {MAX_QUANTITY}, not {self.quantity}")
        for name in ("unit_price_cents", "unit_cost_cents"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= MAX_CENTS:
                raise ValueError(f"{name}: line {self.line_id}: 0 to {MAX_CENTS}, not {value}")
        _check_tax("tax_basis_points", self.tax_basis_points)

    @property
    def full_cents(self) -> int:
        """The price of the line before any offer."""
        return self.unit_price_cents * self.quantity


@dataclass(frozen=True)
class Basket:
    """Lines and their delivery, in one currency. Raises ValueError."""

    lines: tuple[BasketLine, ...]
    currency: Currency
    delivery_cents: int = 0
    delivery_tax_basis_points: int = 0
    prices_include_tax: bool = True

    def __post_init__(self) -> None:
        if len(self.lines) > MAX_LINES:
            raise ValueError(f"lines: at most {MAX_LINES}, not {len(self.lines)}")
        if len({line.line_id for line in self.lines}) < len(self.lines):
            raise ValueError("lines: every line needs a line_id of its own")
        if not 0 <= self.delivery_cents <= MAX_CENTS:
            raise ValueError(f"delivery_cents: 0 to {MAX_CENTS}, not {self.delivery_cents}")
        _check_tax("delivery_tax_basis_points", self.delivery_tax_basis_points)

    @property
    def goods_cents(self) -> int:
        """What the lines cost before any offer, delivery aside."""
        return sum(line.full_cents for line in self.lines)


def _check_tax(name: str, basis_points: int) -> None:
    if not 0 <= basis_points <= WHOLE:
        raise ValueError(f"{name}: 0 to {WHOLE}, not {basis_points}")
