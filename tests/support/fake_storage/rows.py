"""The rows that the fake repositories share. A unit that writes works on a copy, which its commit puts in place."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from promo_engine.domain.catalogue.shop_catalogue import ListingStatus, ShopCategory, ShopPrice, ShopStock, ShopVariant
from promo_engine.domain.codes.codes import HeldCode
from promo_engine.domain.codes.hosted_codes import HostedCode
from promo_engine.domain.codes.redemptions import Redemption
from promo_engine.domain.customers.change_requests import ChangeRequest
from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.customers.orders import Order, OrderLine
from promo_engine.domain.customers.shop_orders import ShopCustomer, ShopOrder
from promo_engine.domain.decisions.decisions import Decision, Outcome
from promo_engine.domain.learning.policy_versions import PolicyChange, Snapshot
from promo_engine.domain.offers.audit import AuditEntry
from promo_engine.domain.offers.budgets import AccountKind
from promo_engine.domain.offers.limits import OfferContactKind
from promo_engine.domain.offers.pacing import PacingState
from promo_engine.domain.offers.promotions import ManagedOffer, Promotion
from promo_engine.domain.plans.plans import StoredPlan
from promo_engine.ports.shop.connected_shop_repository import ConnectedShop

_Row = TypeVar("_Row")


class ConstraintError(Exception):
    """A row breaks a rule that a database would hold."""


@dataclass
class CustomerRow:
    """A customer."""

    demographics: dict[str, str]
    created_at: datetime
    segments: tuple[str, ...] = ()
    guest: bool = False
    reported: ShopCustomer | None = None


@dataclass
class CategoryRow:
    """A category that the shop reported."""

    category_id: int
    item: ShopCategory


@dataclass
class VariantRow:
    """A variant, and whether its product still has it."""

    product_id: str
    item: ShopVariant
    status: ListingStatus


@dataclass
class ProductRow:
    """A product of the catalogue."""

    category_id: int | None
    product_type: str = ""
    package_size: str = ""
    brand: str = ""
    unit_cost_cents: int | None = None
    status: str = ListingStatus.ACTIVE.value
    source_id: str | None = None
    content_hash: str = ""
    shop_updated_at: datetime | None = None
    title: str = ""
    url: str = ""
    image_url: str = ""


@dataclass
class OutcomeRow:
    """An outcome, and what the learner made of it."""

    outcome: Outcome
    learned_in_version: int | None = None
    weight: float | None = None
    quarantine: str | None = None
    set_aside: bool = False


@dataclass
class AccountRow:
    """An account of caps."""

    budget_cents: int | None = None
    max_uses: int | None = None
    reserved_cents: int = 0
    reserved_uses: int = 0
    spent_cents: int = 0
    spent_uses: int = 0

    def check(self) -> None:
        """Raise ConstraintError if it holds more than its caps, or less than nothing."""
        cents, uses = self.reserved_cents + self.spent_cents, self.reserved_uses + self.spent_uses
        if self.budget_cents is not None and cents > self.budget_cents:
            raise ConstraintError(f"{cents} cents are above the budget of {self.budget_cents}")
        if self.max_uses is not None and uses > self.max_uses:
            raise ConstraintError(f"{uses} uses are above the cap of {self.max_uses}")
        if min(self.reserved_cents, self.reserved_uses, self.spent_cents, self.spent_uses) < 0:
            raise ConstraintError("an account holds less than nothing")


@dataclass
class ContactRow:
    """The first contact of its kind in a decision."""

    subject: str
    offer_id: str
    at: datetime


@dataclass
class ReplyRow:
    """A kept reply."""

    request_hash: str
    created_at: datetime
    reply: str | None = None


@dataclass
class Rows:
    """Everything that is stored, by primary key."""

    customers: dict[str, CustomerRow] = field(default_factory=dict)
    states: dict[tuple[str, str], StoredState] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    categories: dict[int, str] = field(default_factory=dict)
    products: dict[str, ProductRow] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    lines: dict[str, tuple[OrderLine, ...]] = field(default_factory=dict)
    shop_categories: dict[str, CategoryRow] = field(default_factory=dict)
    """By the shop's own id."""
    variants: dict[str, VariantRow] = field(default_factory=dict)
    prices: dict[tuple[str, str], ShopPrice] = field(default_factory=dict)
    """By variant_id and currency."""
    priced_at: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """When each price was last reported."""
    products_stamp: str | None = None
    stock: dict[str, ShopStock] = field(default_factory=dict)
    shop_orders: dict[str, ShopOrder] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    """customer_id by source and the source's id."""
    sources: dict[str, ConnectedShop] = field(default_factory=dict)
    change_requests: dict[str, ChangeRequest] = field(default_factory=dict)
    hosted_codes: dict[str, HostedCode] = field(default_factory=dict)
    stamp: str | None = None
    promotions: dict[str, Promotion] = field(default_factory=dict)
    offers: dict[str, ManagedOffer] = field(default_factory=dict)
    offers_of_files: set[str] = field(default_factory=set)
    audit: list[AuditEntry] = field(default_factory=list)
    pacing: dict[str, PacingState] = field(default_factory=dict)
    contacts: dict[tuple[str, OfferContactKind], ContactRow] = field(default_factory=dict)
    refusals: dict[str, datetime] = field(default_factory=dict)
    accounts: dict[tuple[AccountKind, str], AccountRow] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    decision_states: dict[str, StoredState] = field(default_factory=dict)
    outcomes: dict[str, OutcomeRow] = field(default_factory=dict)
    learned_elsewhere: set[tuple[str, int]] = field(default_factory=set)
    codes: dict[str, HeldCode] = field(default_factory=dict)
    pools: dict[str, list[str]] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    """decision_id by code of a pool."""
    redemptions: dict[str, Redemption] = field(default_factory=dict)
    redeemed_codes: dict[str, dict[str, int]] = field(default_factory=dict)
    """Cents by code, by redemption_id."""
    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    policy_changes: list[PolicyChange] = field(default_factory=list)
    plans: dict[str, StoredPlan] = field(default_factory=dict)
    replies: dict[str, ReplyRow] = field(default_factory=dict)

    def copy(self) -> Rows:
        """Copy all that a unit may change: the containers, and the rows that are no immutable values."""
        return Rows(**{name: _copied(value) for name, value in vars(self).items()})


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: copy.copy(row) for key, row in value.items()}
    return copy.copy(value)


def page(rows: list[_Row], limit: int | None) -> list[_Row]:
    """Return the first rows."""
    return rows if limit is None else rows[:limit]
