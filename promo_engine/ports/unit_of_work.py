"""The storage that the services need: one unit of work is one transaction.

`storage` implements these ports. `async with storage.write() as unit:` commits when the block ends and rolls back when
it raises; nothing else commits. What a unit locks stays locked until then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from promo_engine.domain.catalogue.listed_products import ListedProduct
from promo_engine.domain.customers.customer_events import CustomerEvent, Purchase
from promo_engine.domain.customers.orders import Order, OrderLine, OrderState
from promo_engine.domain.decisions.decisions import Decision, OfferResults, Outcome
from promo_engine.domain.learning.objective import Objective
from promo_engine.domain.learning.reward_trust import Answers, Quarantined
from promo_engine.domain.offers.budgets import Budgets
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import Promotion
from promo_engine.ports.code_repository import CodeRepository
from promo_engine.ports.models import TrainingExample
from promo_engine.ports.plan_repository import PlanRepository
from promo_engine.ports.policy_repository import Lineage, PolicyRepository
from promo_engine.ports.promotion_repository import Promotions
from promo_engine.ports.redemption_repository import RedemptionRepository
from promo_engine.ports.reply_repository import ReplyRepository
from promo_engine.ports.report_repository import Reports


@dataclass(frozen=True)
class StoredState:
    """A customer's state in the user model, and the time of the basket that last moved it."""

    state: bytes
    last_event_at: datetime


@dataclass(frozen=True)
class KnownCustomer:
    """What a decision reads of a customer."""

    stored: StoredState | None
    """The state in the user model; None before the first basket."""
    segments: frozenset[str] = frozenset()
    """The shop's groups that the customer is in."""


@dataclass(frozen=True)
class CustomerSummary:
    """A customer as the demo page lists them."""

    customer_id: str
    order_count: int
    top_categories: tuple[str, ...]
    last_order_id: str


@dataclass(frozen=True)
class Product:
    """What the catalogue knows of a product that a basket may hold."""

    category_id: int | None
    brand: str | None
    unit_cost_cents: int | None


@dataclass(frozen=True)
class AnsweredOffers:
    """Offers that need not be shown again."""

    accepted: frozenset[str]
    """By this customer ever, or in this conversation."""
    declined_here: frozenset[str]


@dataclass(frozen=True)
class PendingReward:
    """A matured reward that no snapshot holds yet."""

    decision_id: str
    recorded_at: datetime
    labelled: TrainingExample
    offer_id: str
    conversation_id: str
    customer_id: str | None
    exposed_at: datetime
    weight: float | None
    """What it counts; None before it was weighed."""
    released: bool
    """Whether somebody looked at it in quarantine and let it go."""
    margin_cents: float | None
    """This code's share of the margin of the order that used it; None if none did, or no costs are known."""

    def lesson(self, objective: Objective) -> TrainingExample:
        """Return what the policy learns; a reward that nobody weighed counts fully."""
        reward = objective.reward(acceptance=self.labelled.reward, margin_cents=self.margin_cents)
        return replace(self.labelled, reward=reward, weight=1.0 if self.weight is None else self.weight)


@dataclass(frozen=True)
class SettledDecision:
    """A decision and what became of it."""

    decision: Decision
    reward: float | None
    """None: an offer that was never shown, or one whose answer is still awaited, or silence."""


@dataclass(frozen=True)
class Treatment:
    """What a decision did for its customer."""

    demographics: Mapping[str, str]
    exposure: float
    """Probability with which the policy made an offer."""
    value_cents: int
    """What the offer costs the shop; 0 for silence."""
    accepted: bool


class Customers(Protocol):
    """Customers and their states in the user model."""

    async def exists(self, customer_id: str) -> bool:
        """Say whether there is such a customer."""
        ...

    async def lock(self, customer_ids: Collection[str]) -> set[str]:
        """Lock these customers against other writers; return those that exist."""
        ...

    async def add(self, customer_id: str, *, demographics: Mapping[str, str], created_at: datetime) -> bool:
        """Add a customer; False, and nothing changed, if there is one already."""
        ...

    async def segments(self, customer_id: str) -> frozenset[str]:
        """Return the shop's groups that a customer is in; none for an unknown one."""
        ...

    async def set_segments(self, customer_id: str, segments: Collection[str]) -> None:
        """Replace the groups that a customer is in."""
        ...

    async def state(self, customer_id: str, *, model_version: str) -> StoredState | None:
        """Return the state under this version of the user model; None before the first basket.

        Raises LookupError if there is no such customer.
        """
        ...

    async def known(self, customer_ids: Collection[str], *, model_version: str) -> dict[str, KnownCustomer]:
        """Return what is known of these customers; unknown ones are absent."""
        ...

    async def save_state(self, customer_id: str, *, model_version: str, stored: StoredState) -> None:
        """Replace the state under this version of the user model."""
        ...

    async def busiest(self, limit: int) -> list[CustomerSummary]:
        """List customers who have orders, most orders first."""
        ...


class Orders(Protocol):
    """Orders and what is in them."""

    async def get(self, order_id: str, *, lock: bool = False) -> Order | None:
        """Return one order."""
        ...

    async def lines(self, order_id: str) -> list[OrderLine]:
        """Return the order's lines with the products' names."""
        ...

    async def newest_of(self, customer_id: str, *, limit: int) -> list[Order]:
        """List a customer's orders, the newest first."""
        ...

    async def page(self, *, after: str, limit: int) -> list[Order]:
        """List orders by order_id, those after one of them."""
        ...

    async def count_of(self, customer_ids: Collection[str]) -> dict[str, int]:
        """Count each customer's orders; those without any are absent."""
        ...

    async def existing(self, order_ids: Collection[str]) -> set[str]:
        """Return those of the ids that are taken."""
        ...

    async def add(self, purchases: Sequence[Purchase]) -> None:
        """Store new orders with their lines."""
        ...

    async def set_override(self, order_id: str, state: OrderState) -> None:
        """Fix the order's state from now on."""
        ...


class Events(Protocol):
    """The log of customer events."""

    async def add_new(self, events: Sequence[CustomerEvent]) -> set[str]:
        """Store the events that are not stored yet; return their ids."""
        ...


class Catalogue(Protocol):
    """Product categories, products and offers."""

    async def stamp(self) -> str | None:
        """Return a text that changes whenever offers are stored; None before the first time."""
        ...

    async def category_names(self) -> tuple[str, ...]:
        """Return the names, indexed by category_id."""
        ...

    async def products(self, product_ids: Collection[str]) -> dict[str, Product]:
        """Return what is known of each known product; unknown products are absent."""
        ...

    async def selling(self, *, within: timedelta, price_range_cents: tuple[int, int]) -> tuple[ListedProduct, ...]:
        """Return what the newest orders hold, the products in most of them first.

        `within` counts back from the newest order; a price is what a piece cost there on average before discounts.
        """
        ...

    async def set_costs(self, costs: Mapping[str, int]) -> set[str]:
        """Set what a piece of each product costs, in cents; return unknown products, and change nothing then."""
        ...

    async def offers(self) -> tuple[Offer, ...]:
        """Return every offer, ended ones too, by offer_id."""
        ...

    async def store_offers(
        self, *, promotions: Sequence[Promotion], offers: Sequence[Offer], at: datetime
    ) -> tuple[int, int]:
        """Add or replace these, end every other running offer at `at`; return how many were stored and ended."""
        ...

    async def touch(self, what: str, *, at: datetime) -> None:
        """Make the stamp another one, since `what` was changed at `at`."""
        ...


class Decisions(Protocol):
    """Decisions."""

    async def add(self, decisions: Sequence[Decision], *, states: Mapping[str, StoredState] | None = None) -> set[str]:
        """Store them; return the decision_ids of those whose conversation had no decision for the request yet.

        `states` by `state_hash` are kept beside them, so that what was decided on can be read again.
        """
        ...

    async def states(self, state_hashes: Collection[str]) -> dict[str, StoredState]:
        """Return the states that decisions were made on."""
        ...

    async def settled(
        self, *, model_version: str, since: datetime, until: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> list[SettledDecision]:
        """List the decisions of a policy made in (since, until], the earliest first, from the one after `after`.

        Without those that no policy made: certain silence.
        """
        ...

    async def treatments(self, *, limit: int) -> list[Treatment]:
        """List what the newest decisions of a policy did for customers."""
        ...

    async def newest(self, limit: int) -> list[Decision]:
        """List decisions, the newest first."""
        ...

    async def get(self, decision_id: str, *, lock: bool = False) -> Decision | None:
        """Return one decision."""
        ...

    async def of_request(self, *, conversation_id: str, request_id: str) -> Decision | None:
        """Return the decision that this request got."""
        ...

    async def mark_exposed(self, decision_id: str, at: datetime) -> None:
        """Record that the offer was shown."""
        ...

    async def answered_offers(self, of: Sequence[tuple[str | None, str]]) -> list[AnsweredOffers]:
        """Return what each (customer_id, conversation_id) has answered, in that order."""
        ...


class Outcomes(Protocol):
    """Outcomes and the codes of accepted offers."""

    async def get(self, decision_id: str) -> Outcome | None:
        """Return the decision's outcome with its code."""
        ...

    async def add(self, outcome: Outcome, *, decision: Decision, held_cents: int = 0) -> None:
        """Store an outcome and, if it has one, its code, which holds so much of the accounts."""
        ...

    async def count_silent(self, *, exposed_after: datetime | None, exposed_until: datetime) -> int:
        """Count the unanswered offers exposed in (after, until]; `None` counts from the beginning."""
        ...

    async def add_silent(self, *, exposed_after: datetime | None, exposed_until: datetime, at: datetime) -> int:
        """Give what `count_silent` counts the outcome `silent`; return how many."""
        ...

    async def waiting(
        self, *, model_version: str, since_version: int, until: datetime, limit: int
    ) -> list[PendingReward]:
        """List and lock rewards recorded until a moment that no snapshot holds, the oldest first.

        Only those of decisions by policy version `since_version` or a later one: older features mean something else.
        """
        ...

    async def count_waiting(self, *, model_version: str, since_version: int, until: datetime) -> int:
        """Count what `waiting` would list without a limit."""
        ...

    async def mark_learned(self, decision_ids: Sequence[str], *, version: int) -> None:
        """Record which snapshot holds these rewards."""
        ...

    async def lessons(self, lineage: Lineage, *, after: tuple[datetime, str] | None, limit: int) -> list[PendingReward]:
        """List the rewards that the last version of a lineage holds, the oldest first."""
        ...

    async def set_weights(self, weights: Mapping[str, tuple[float, bool]]) -> None:
        """Store by decision_id what a reward counts and whether it is quarantined."""
        ...

    async def answers(
        self, offer_ids: Collection[str], *, after: datetime, until: datetime, quarantined: bool
    ) -> dict[str, Answers]:
        """Count exposures in (after, until] and their acceptances by offer_id, with or without quarantined ones."""
        ...

    async def quarantined(self) -> list[Quarantined]:
        """Count what is held back, by offer_id."""
        ...

    async def release(self, offer_id: str) -> int:
        """Let an offer's quarantined rewards wait for the learner again; return how many."""
        ...

    async def results(self, *, exposed_since: datetime) -> list[OfferResults]:
        """Count what became of every offer that was exposed since then, by offer_id."""
        ...

    async def change_lineage(self, *, before: Lineage, after: Lineage, set_aside: bool) -> tuple[int, int]:
        """Let the rewards that the version in force holds be those of `after`, whose last version it is from now on.

        What `before` had learned and `after` has not waits again, or is set aside for good. Return how many do either.
        """
        ...


class UnitOfWork(Protocol):
    """Everything that one transaction may touch."""

    @property
    def customers(self) -> Customers: ...  # noqa: D102  # the protocol above says it
    @property
    def orders(self) -> Orders: ...  # noqa: D102
    @property
    def events(self) -> Events: ...  # noqa: D102
    @property
    def catalogue(self) -> Catalogue: ...  # noqa: D102
    @property
    def promotions(self) -> Promotions: ...  # noqa: D102
    @property
    def decisions(self) -> Decisions: ...  # noqa: D102
    @property
    def outcomes(self) -> Outcomes: ...  # noqa: D102
    @property
    def codes(self) -> CodeRepository: ...  # noqa: D102
    @property
    def budgets(self) -> Budgets: ...  # noqa: D102
    @property
    def redemptions(self) -> RedemptionRepository: ...  # noqa: D102
    @property
    def replies(self) -> ReplyRepository: ...  # noqa: D102
    @property
    def snapshots(self) -> PolicyRepository: ...  # noqa: D102
    @property
    def plans(self) -> PlanRepository: ...  # noqa: D102
    @property
    def reports(self) -> Reports: ...  # noqa: D102


class Storage(Protocol):
    """Opens units of work. Raises `Unavailable` while the database cannot be used."""

    def read(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit that only reads."""
        ...

    def write(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit that may write; on SQLite it waits until every other writer is done."""
        ...

    def joined(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit that may write, and that every unit which this task opens inside the block joins."""
        ...

    async def check(self) -> None:
        """Raise `Unavailable` if the database does not answer."""
        ...
