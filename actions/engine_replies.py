"""What the engine answers, as the actions use it.

EngineError
├── EngineUnavailable   no answer in time, a 5xx, or an answer that breaks the contract
└── EngineRefusal       a 4xx; `code` says why
"""
# ruff: noqa: N818  # reads better without the suffix; the base class carries it

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple


class EngineError(Exception):
    """The engine did not do what it was asked."""


class EngineUnavailable(EngineError):
    """There is no usable answer; the same request may work later."""


class EngineRefusal(EngineError):
    """The engine understood the request and refused it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True)
class Decision:
    """What the engine chose; `offer` is None where it chose to make no offer."""

    decision_id: str
    offer: Optional[Dict[str, Any]]
    explanation: str
    no_offer_reason: Optional[str]


@dataclass(frozen=True)
class ExampleProducts:
    """Products whose price an offer lowers, each with a quantity and its price in cents without and with the offer."""

    currency: Optional[str]
    products: List[Dict[str, Any]]


NO_EXAMPLES = ExampleProducts(currency=None, products=[])


@dataclass(frozen=True)
class QuotedProducts:
    """Products with their prices of today, in cents of the currency."""

    currency: str
    products: List[Dict[str, Any]]


@dataclass(frozen=True)
class ProductOption:
    """One of the options in which a product is sold; its price in cents, None where it is not known."""

    variant_id: str
    options: Dict[str, str]
    price_cents: Optional[int]
    in_stock: bool


@dataclass(frozen=True)
class AlsoBought:
    """Products that customers buy together with something: prices in cents, times as often as by chance."""

    basis: str
    """What they are bought together with: `product`, `category`, `offer` or `order`. With `customer` they are products
    that suit the customer."""
    currency: str
    products: List[Dict[str, Any]]


@dataclass(frozen=True)
class OpenOffer:
    """An earlier decision with its offer in the present terms."""

    decision_id: str
    offer: Dict[str, Any]
    explanation: str
    answered: bool
    """The customer accepted or declined it already."""


@dataclass(frozen=True)
class Outcome:
    """The recorded answer to an offer; code and expiry (ISO 8601) only where it was accepted and the code works."""

    outcome: str
    code: Optional[str]
    code_expires_at: Optional[str]
    code_state: Optional[str] = None
    """`ready`; `pending`: the shop has still to make the code; `failed`: it did not. None without a code."""


@dataclass(frozen=True)
class OrderChange:
    """A change of an order that the shop was asked for."""

    kind: str
    """`cancel`, `return`, `address`, `payment`, `items`, `exchange` or `account_address`."""
    state: str
    """`asked` and `sent` wait for the shop; it `confirmed` or `refused`; `failed`: it could not be asked."""
    shop_reason: str
    variant_ids: Tuple[str, ...] = ()
    """Of the lines that it is about; none: the whole order."""


@dataclass(frozen=True)
class Order:
    """An order as far as its shop said where it is; times are ISO 8601 in the shop's zone."""

    order_id: str
    number: str
    state: str
    as_of: Optional[str]
    placed_at: str
    promised_from: Optional[str]
    promised_until: Optional[str]
    delivered_at: Optional[str]
    shipments: List[Dict[str, Any]]
    yours: bool
    refused_changes: Dict[str, str]
    """Changes that are not possible, each with its reason as a code."""
    changes: List[OrderChange]
    """What the shop was asked for, the newest first."""
    currency: Optional[str]
    """Of the amounts; with them None for who is not signed in, who sees no lines either."""
    total_cents: Optional[int]
    refunded_cents: Optional[int]
    lines: List[Dict[str, Any]]
    """product_id, variant_id, name, options, quantity and sales_cents of each product."""

    @property
    def contents(self) -> List[str]:
        """The names of what is in it."""
        return [str(line["name"]) for line in self.lines]

    def change(self, kind: str) -> Optional[OrderChange]:
        """The newest request of a kind."""
        return next((change for change in self.changes if change.kind == kind), None)
