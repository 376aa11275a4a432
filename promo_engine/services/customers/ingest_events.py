"""Takes in what customers do: events are logged, a purchase makes an order and moves the customer's state.

A purchase that arrives late, older than the last basket its customer's state has seen, is recorded like any other, but
the state stays: an LSTM cannot be stepped into the past, and refusing an order that really happened would make the shop
send it for ever. The next training, which reads all orders, takes it in. Purchases within one request may stand in any
order; they are sorted by time first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.customers.customer_events import CustomerEvent, Purchase
from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.customers.orders import purchases_by_category
from promo_engine.domain.events import PurchasesIngested
from promo_engine.ports.models import CustomerModel
from promo_engine.ports.unit_of_work import Storage, UnitOfWork

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of ours the shop's clock may be."""


@dataclass(frozen=True)
class RefusedEvent:
    """An event that was not taken in, and why; the others of its request were."""

    position: int
    event_id: str
    code: str
    message: str
    field: str


@dataclass(frozen=True)
class Ingested:
    """What became of the events of a request."""

    accepted: int
    duplicates: int
    late_purchases: int
    """Purchases that came too late to move a state."""
    unlisted_products: int = 0
    """Products that nobody reported yet."""
    refused: tuple[RefusedEvent, ...] = ()


class Ingest:
    """Takes in events; publishes `PurchasesIngested`."""

    def __init__(self, storage: Storage, *, model: CustomerModel) -> None:
        self._storage = storage
        self._model = model

    async def take_in(self, events: Sequence[CustomerEvent], *, now: datetime) -> Ingested:
        """Store what can be stored; a known event_id changes nothing.

        A customer whom nobody reported yet is made as a guest, a product as unlisted. Refused is what
        `occurs_in_future`, and a purchase whose order is there (`order_exists`).
        """
        refused = [refusal for position, event in enumerate(events) for refusal in _future(position, event, now)]
        late_for = {refusal.position for refusal in refused}
        possible = {position: event for position, event in enumerate(events) if position not in late_for}
        if not possible:
            return Ingested(0, 0, 0, refused=tuple(refused))
        async with self._storage.write() as unit:
            await _know_customers(unit, possible.values(), now)
            first: dict[str, int] = {}
            for position, event in possible.items():
                first.setdefault(event.event_id, position)
            stored = await unit.events.existing(first)
            fresh = {position: events[position] for event_id, position in first.items() if event_id not in stored}
            taken = await _taken_orders(unit, fresh)
            refused += taken
            new = [event for position, event in fresh.items() if position not in {found.position for found in taken}]
            unlisted, categories = await _know_products(unit, new)
            if new:
                await unit.events.add_new(new)
            purchases = [event.purchase for event in new if event.purchase is not None]
            await unit.orders.add(purchases)
            late = await self._move_states(unit, purchases, categories)
            if purchases:
                unit.publish(PurchasesIngested(tuple(purchases)))
        return Ingested(
            accepted=len(new),
            duplicates=len(possible) - len(fresh),
            late_purchases=late,
            unlisted_products=unlisted,
            refused=tuple(sorted(refused, key=lambda refusal: refusal.position)),
        )

    async def _move_states(
        self, unit: UnitOfWork, purchases: Sequence[Purchase], categories: dict[str, int | None]
    ) -> int:
        late = 0
        by_customer: dict[str, list[Purchase]] = {}
        for purchase in sorted(purchases, key=lambda purchase: purchase.order.placed_at):
            by_customer.setdefault(purchase.order.customer_id, []).append(purchase)
        tree = await tree_if_needed(unit, self._model, categories)
        for customer_id, baskets in by_customer.items():
            before = await unit.customers.state(customer_id, model_version=self._model.version)
            after, late_here = step_through(self._model, before, baskets, categories, tree)
            late += late_here
            if after is not None and after is not before:
                await unit.customers.save_state(customer_id, model_version=self._model.version, stored=after)
        return late


async def tree_if_needed(
    unit: UnitOfWork, model: CustomerModel, categories: Mapping[str, int | None]
) -> CategoryTree | None:
    """Read the tree if one of these categories is newer than the model, which is rare; `categories` by product_id."""
    known = model.knows(category_id for category_id in categories.values() if category_id is not None)
    return None if known else await unit.catalogue.category_tree()


def step_through(
    model: CustomerModel,
    stored: StoredState | None,
    baskets: Sequence[Purchase],
    categories: Mapping[str, int | None],
    tree: CategoryTree | None,
) -> tuple[StoredState | None, int]:
    """Move one customer's state by baskets in the order of time; return it and how many came too late.

    `tree`: the shop's categories, where the model does not know all that were bought.
    """
    late = 0
    for basket in baskets:
        placed_at = basket.order.placed_at
        bought = purchases_by_category(basket.lines, categories)
        if stored is not None and placed_at < stored.last_event_at:
            late += 1
            continue
        state = model.initial_state() if stored is None else stored.state
        moved = model.step(state, occurred_at=placed_at, purchases=bought, categories=tree)
        stored = StoredState(state=moved, last_event_at=placed_at)
    return stored, late


def _future(position: int, event: CustomerEvent, now: datetime) -> Iterator[RefusedEvent]:
    if event.occurred_at > now + CLOCK_TOLERANCE:
        field = f"events.{position}.occurred_at"
        message = f"{field}: is in the future; the time here is {now.isoformat(timespec='seconds')}"
        yield RefusedEvent(position, event.event_id, "occurs_in_future", message, field)


async def _know_customers(unit: UnitOfWork, events: Iterable[CustomerEvent], now: datetime) -> None:
    """Lock the customers, so that two requests about one follow each other; make those whom nobody reported."""
    wanted = {event.customer_id for event in events}
    unknown = wanted - await unit.customers.lock(wanted)
    for customer_id in sorted(unknown):
        await unit.customers.add(customer_id, demographics={}, created_at=now, guest=True)
    if unknown:
        await unit.customers.lock(unknown)


async def _know_products(unit: UnitOfWork, events: Iterable[CustomerEvent]) -> tuple[int, dict[str, int | None]]:
    """Return how many products nobody reported yet, which are made, and the category of every product."""
    wanted = {line.product_id for event in events if event.purchase is not None for line in event.purchase.lines}
    known = await unit.catalogue.products(wanted)
    unlisted = sorted(wanted - known.keys())
    if unlisted:
        await unit.catalogue.add_unlisted(unlisted)
    found: dict[str, int | None] = {product_id: product.category_id for product_id, product in known.items()}
    return len(unlisted), found | dict.fromkeys(unlisted)


async def _taken_orders(unit: UnitOfWork, fresh: Mapping[int, CustomerEvent]) -> list[RefusedEvent]:
    """Purchases whose order is there already, or comes twice in this request."""
    wanted = {event.purchase.order.order_id for event in fresh.values() if event.purchase is not None}
    taken = set(await unit.orders.existing(wanted)) if wanted else set()
    refused = []
    for position, event in sorted(fresh.items()):
        if event.purchase is None:
            continue
        order_id = event.purchase.order.order_id
        if order_id in taken:
            field = f"events.{position}.order_id"
            message = f"There is already an order {order_id}."
            refused.append(RefusedEvent(position, event.event_id, "order_exists", message, field))
        taken.add(order_id)
    return refused
