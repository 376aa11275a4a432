"""Takes in what customers do: events are logged, a purchase makes an order and moves the customer's state.

A purchase that arrives late, older than the last basket its customer's state has seen, is recorded like any other, but
the state stays: an LSTM cannot be stepped into the past, and refusing an order that really happened would make the shop
send it for ever. The next training, which reads all orders, takes it in. Purchases within one request may stand in any
order; they are sorted by time first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promo_engine.domain.catalogue.category_tree import CategoryTree
from promo_engine.domain.customers.customer_events import CustomerEvent, Purchase
from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.customers.orders import purchases_by_category
from promo_engine.domain.errors import Conflict, InvalidRequest, NotFound
from promo_engine.domain.events import PurchasesIngested
from promo_engine.ports.models import CustomerModel
from promo_engine.ports.unit_of_work import Storage, UnitOfWork

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far ahead of ours the shop's clock may be."""


@dataclass(frozen=True)
class Ingested:
    """How many events were new, how many were known, and how many purchases came too late to move a state."""

    accepted: int
    duplicates: int
    late_purchases: int


class Ingest:
    """Takes in events; publishes `PurchasesIngested`."""

    def __init__(self, storage: Storage, *, model: CustomerModel) -> None:
        self._storage = storage
        self._model = model

    async def take_in(self, events: Sequence[CustomerEvent], *, now: datetime) -> Ingested:
        """Store all events or none; a known event_id changes nothing.

        Raises InvalidRequest `occurs_in_future`, NotFound `unknown_customer` or `unknown_product`, Conflict
        `order_exists`; `field` says which event.
        """
        _refuse_future(events, now)
        async with self._storage.write() as unit:
            await _refuse_unknown_customers(unit, events)
            categories = await _categories(unit, events)
            unique = {event.event_id: event for event in reversed(events)}  # the first of equal ids stands
            fresh_ids = await unit.events.add_new(list(reversed(unique.values())))
            fresh = [event for event in events if event.event_id in fresh_ids and unique[event.event_id] is event]
            purchases = await _refuse_taken_orders(unit, events, fresh)
            await unit.orders.add(purchases)
            late = await self._move_states(unit, purchases, categories)
            if purchases:
                unit.publish(PurchasesIngested(tuple(purchases)))
        return Ingested(accepted=len(fresh), duplicates=len(events) - len(fresh), late_purchases=late)

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


def _refuse_future(events: Sequence[CustomerEvent], now: datetime) -> None:
    for position, event in enumerate(events):
        if event.occurred_at > now + CLOCK_TOLERANCE:
            raise InvalidRequest(
                "occurs_in_future",
                f"events.{position}.occurred_at: is in the future; "
                f"the time here is {now.isoformat(timespec='seconds')}",
                field=f"events.{position}.occurred_at",
            )


async def _refuse_unknown_customers(unit: UnitOfWork, events: Sequence[CustomerEvent]) -> None:
    known = await unit.customers.lock({event.customer_id for event in events})
    for position, event in enumerate(events):
        if event.customer_id not in known:
            raise NotFound(
                "unknown_customer",
                f"There is no customer {event.customer_id}.",
                field=f"events.{position}.customer_id",
            )


async def _categories(unit: UnitOfWork, events: Sequence[CustomerEvent]) -> dict[str, int | None]:
    product_ids = {line.product_id for event in events if event.purchase is not None for line in event.purchase.lines}
    products = await unit.catalogue.products(product_ids)
    for position, event in enumerate(events):
        for number, line in enumerate(event.purchase.lines if event.purchase is not None else ()):
            if line.product_id not in products:
                raise NotFound(
                    "unknown_product",
                    f"There is no product {line.product_id}.",
                    field=f"events.{position}.lines.{number}.product_id",
                )
    return {product_id: product.category_id for product_id, product in products.items()}


async def _refuse_taken_orders(
    unit: UnitOfWork, events: Sequence[CustomerEvent], fresh: Sequence[CustomerEvent]
) -> list[Purchase]:
    purchases: dict[str, Purchase] = {}
    wanted = [event.purchase.order.order_id for event in fresh if event.purchase is not None]
    taken = await unit.orders.existing(wanted)
    places: Mapping[int, int] = {id(event): position for position, event in enumerate(events)}
    for event in fresh:
        if event.purchase is None:
            continue
        order_id = event.purchase.order.order_id
        if order_id in taken or order_id in purchases:
            raise Conflict(
                "order_exists",
                f"There is already an order {order_id}.",
                field=f"events.{places[id(event)]}.order_id",
            )
        purchases[order_id] = event.purchase
    return list(purchases.values())
