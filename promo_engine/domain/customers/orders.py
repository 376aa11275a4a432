"""Orders as the engine stores them. Where one is, its shop says (`order_report.py`); nothing here guesses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from promo_engine.domain.customers.forecast import CategoryPurchase
from promo_engine.domain.customers.shop_orders import ShopOrderState


@dataclass(frozen=True)
class OrderLine:
    """One product of an order."""

    product_id: str
    quantity: int
    sales_cents: int
    """What the whole line cost."""
    name: str = ""
    """The shop's own name of its category, or what else is known."""
    title: str = ""
    """What it was called when it was bought, or is today; empty where nobody said."""
    variant_id: str = ""
    """Empty where the shop names none."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Such as `{"size": "M"}`: those of the variant."""


class OrderCount(NamedTuple):
    """How much a customer ordered."""

    customer_id: str
    orders: int
    newest: datetime


class Sale(NamedTuple):
    """An order as takings count it."""

    order_id: str
    placed_at: datetime
    total_cents: int
    currency: str
    """Empty where it is the shop's own."""


@dataclass(frozen=True)
class Order:
    """What a customer bought at once."""

    order_id: str
    customer_id: str
    placed_at: datetime
    total_cents: int
    override_state: ShopOrderState | None = None
    """For orders of a demo data set: a change that its shop has confirmed."""
    number: str = ""
    """What the customer knows it by, such as `#1001`; empty where that is its order_id."""
    currency: str = ""
    shop_state: ShopOrderState | None = None
    """As the shop reported it; None where no shop did."""
    shop_updated_at: datetime | None = None
    source_id: str | None = None
    source_kind: str = ""
    """Kind of the source that reported it, such as `shopify`; empty where that is not known."""
    source_ok_at: datetime | None = None
    """When that source was last heard."""
    email_hash: str = field(default="", repr=False)
    postcode_hash: str = field(default="", repr=False)
    codes: tuple[str, ...] = ()

    @property
    def shown_number(self) -> str:
        """The number as its customer knows it."""
        return self.number or self.order_id


def purchases_by_category(lines: Sequence[OrderLine], category_of: Mapping[str, int | None]) -> list[CategoryPurchase]:
    """Sum an order's lines by product category, in the order of category_id; products without one are left out."""
    quantities: dict[int, int] = {}
    sales: dict[int, int] = {}
    for line in lines:
        category_id = category_of[line.product_id]
        if category_id is not None:
            quantities[category_id] = quantities.get(category_id, 0) + line.quantity
            sales[category_id] = sales.get(category_id, 0) + line.sales_cents
    return [
        CategoryPurchase(category_id=category_id, quantity=quantities[category_id], sales_cents=sales[category_id])
        for category_id in sorted(quantities)
    ]
