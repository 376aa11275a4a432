"""What an offer gives, one class per kind, and which lines of a basket it is about.

Every class checks itself and raises a ValueError of one line that begins with the field's name. Amounts are cents of
`currency`; without one they are in the currency of whatever basket they meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from promo_engine.domain.money import WHOLE, Currency
from promo_engine.domain.pricing.baskets import MAX_CENTS, BasketLine


@dataclass(frozen=True)
class Scope:
    """The lines that a benefit is about: those of any of these. All empty: the whole basket."""

    category_ids: frozenset[int] = frozenset()
    product_ids: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()

    @property
    def is_whole_basket(self) -> bool:
        """Say whether every line is inside."""
        return not (self.category_ids or self.product_ids or self.brands)

    def holds(self, line: BasketLine) -> bool:
        """Say whether a line is inside."""
        if self.is_whole_basket:
            return True
        return line.category_id in self.category_ids or line.product_id in self.product_ids or line.brand in self.brands


WHOLE_BASKET = Scope()


@dataclass(frozen=True)
class PercentageOff:
    """A share of every line in scope, up to a cap on the sum."""

    percent_basis_points: int
    cap_cents: int | None = None
    currency: Currency | None = None

    def __post_init__(self) -> None:
        _need_share("percent_basis_points", self.percent_basis_points)
        if self.cap_cents is not None:
            _need("cap_cents", self.cap_cents)


@dataclass(frozen=True)
class AmountOff:
    """An amount off the lines in scope together, never more than they cost."""

    amount_cents: int
    currency: Currency | None = None

    def __post_init__(self) -> None:
        _need("amount_cents", self.amount_cents)


@dataclass(frozen=True)
class Tier:
    """From so much on, so much off."""

    from_cents: int
    off_cents: int


@dataclass(frozen=True)
class SpendAndSave:
    """The highest tier that the lines in scope reach, counted before any offer."""

    tiers: tuple[Tier, ...]
    currency: Currency | None = None

    def __post_init__(self) -> None:
        if not self.tiers:
            raise ValueError("tiers: one or more are needed")
        for tier in self.tiers:
            _need("tiers.from_cents", tier.from_cents)
            _need("tiers.off_cents", tier.off_cents)
            if tier.off_cents > tier.from_cents:
                raise ValueError(f"tiers: {tier.off_cents} off from {tier.from_cents} is more than is spent")
        for lower, higher in pairwise(self.tiers):
            if lower.from_cents >= higher.from_cents or lower.off_cents >= higher.off_cents:
                raise ValueError("tiers: from_cents and off_cents have to rise from tier to tier")


@dataclass(frozen=True)
class BuyAndGet:
    """Of every `buy_quantity` + `get_quantity` pieces in scope, `get_quantity` are free or cheaper: the cheapest."""

    buy_quantity: int
    get_quantity: int
    off_basis_points: int = WHOLE
    """5,000: the second at half price, with 1 and 1."""
    max_sets: int | None = 1
    """How often in one order; None is as often as the basket holds it."""

    def __post_init__(self) -> None:
        _need("buy_quantity", self.buy_quantity)
        _need("get_quantity", self.get_quantity)
        _need_share("off_basis_points", self.off_basis_points)
        if self.max_sets is not None:
            _need("max_sets", self.max_sets)


@dataclass(frozen=True)
class FreeDelivery:
    """Delivery for nothing, or a part of it."""

    cap_cents: int | None = None
    currency: Currency | None = None

    def __post_init__(self) -> None:
        if self.cap_cents is not None:
            _need("cap_cents", self.cap_cents)


@dataclass(frozen=True)
class BundlePrice:
    """One price for products bought together; the scope plays no part."""

    pieces: tuple[tuple[str, int], ...]
    """product_id and how many of it one bundle holds."""
    price_cents: int
    currency: Currency | None = None
    max_sets: int | None = 1
    """How often in one order; None is as often as the basket holds it."""

    def __post_init__(self) -> None:
        if len({product_id for product_id, _ in self.pieces}) < len(self.pieces):
            raise ValueError("pieces: every product stands once")
        for _, quantity in self.pieces:
            _need("pieces", quantity)
        if sum(quantity for _, quantity in self.pieces) < 2:
            raise ValueError("pieces: a bundle holds two pieces or more")
        _need_amount("price_cents", self.price_cents)
        if self.max_sets is not None:
            _need("max_sets", self.max_sets)


@dataclass(frozen=True)
class Gift:
    """A product on top."""

    product_id: str
    quantity: int = 1
    value_cents: int = 0
    """What all of it is worth to the shopper, for comparing offers and for budgets."""

    def __post_init__(self) -> None:
        _need("quantity", self.quantity)
        if not self.product_id:
            raise ValueError("product_id: is needed")
        _need_amount("value_cents", self.value_cents)


@dataclass(frozen=True)
class LoyaltyPoints:
    """Points on the customer's account; one counts as a cent where offers are compared."""

    points: int

    def __post_init__(self) -> None:
        _need("points", self.points)


@dataclass(frozen=True)
class GoodwillCredit:
    """Money on the customer's account after a complaint, for a later order; this one costs what it costs."""

    amount_cents: int
    currency: Currency | None = None

    def __post_init__(self) -> None:
        _need("amount_cents", self.amount_cents)


AnyBenefit = (
    PercentageOff
    | AmountOff
    | SpendAndSave
    | BuyAndGet
    | FreeDelivery
    | BundlePrice
    | Gift
    | LoyaltyPoints
    | GoodwillCredit
)


def currency_of(benefit: AnyBenefit) -> Currency | None:
    """Return the only currency in which the benefit can be given; None if any will do."""
    return getattr(benefit, "currency", None)


def _need(name: str, value: int) -> None:
    if value <= 0:
        raise ValueError(f"{name}: has to be above 0, not {value}")
    _need_amount(name, value)


def _need_amount(name: str, value: int) -> None:
    if value < 0:
        raise ValueError(f"{name}: has to be 0 or more, not {value}")
    if value > MAX_CENTS:
        raise ValueError(f"{name}: at most {MAX_CENTS}, not {value}")


def _need_share(name: str, basis_points: int) -> None:
    if not 0 < basis_points <= WHOLE:
        raise ValueError(f"{name}: 1 to {WHOLE}, which is 100 %, not {basis_points}")
