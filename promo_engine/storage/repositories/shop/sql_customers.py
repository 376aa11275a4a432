"""Customers and their states in the user model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.upsert import insert_for
from promo_engine.domain.customers.customers import CustomerSummary, KnownCustomer, StoredState
from promo_engine.storage.sqlite.prepared_statements import quick
from promo_engine.storage.tables import customer_states, customers, orders, product_categories, products, purchases

_TOP_CATEGORIES = 3
_MOST_ALIKE = 3
"""Customers of one name and postcode that are read: where there is more than one, none of them is meant for certain."""
_RECENT_ORDERS = 20
"""What a customer likes is read from these, not from a year: the list has to be quick for 200 customers."""


_KNOWN = quick(
    select(customers.c.customer_id, customers.c.segments, customer_states.c.state, customer_states.c.last_event_at)
    .select_from(
        customers.outerjoin(
            customer_states,
            and_(
                customer_states.c.customer_id == customers.c.customer_id,
                customer_states.c.model_version == bindparam("model_version"),
            ),
        )
    )
    .where(customers.c.customer_id.in_(bindparam("customer_ids", expanding=True)), customers.c.merged_into.is_(None))
)


class SqlCustomers:
    """`ports.unit_of_work.Customers` in SQL."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def exists(self, customer_id: str) -> bool:
        """Say whether there is such a customer."""
        query = select(customers.c.customer_id).where(customers.c.customer_id == customer_id)
        return (await self._connection.execute(query)).first() is not None

    async def with_hashes(self, *, email_hash: str, name_hash: str) -> list[str]:
        """Find customers by e-mail address, or by name and postcode."""
        pairs = ((customers.c.email_hash, email_hash), (customers.c.name_hash, name_hash))
        known = [column == hashed for column, hashed in pairs if hashed]
        if not known:
            return []
        current = func.coalesce(customers.c.merged_into, customers.c.customer_id)
        query = select(current).where(or_(*known)).distinct().limit(_MOST_ALIKE)
        return list((await self._connection.execute(query)).scalars())

    async def lock(self, customer_ids: Collection[str]) -> set[str]:
        """Lock in the order of the ids, so that two requests never wait for each other."""
        query = (
            select(customers.c.customer_id)
            .where(customers.c.customer_id.in_(customer_ids))
            .order_by(customers.c.customer_id)
            # FOR NO KEY UPDATE: rows that refer to the customer may still be inserted, so that a unit which does so
            # while it holds an account never waits for one that holds the customer and waits for that account.
            .with_for_update(key_share=True)
        )
        return set((await self._connection.execute(query)).scalars())

    async def add(
        self, customer_id: str, *, demographics: Mapping[str, str], created_at: datetime, guest: bool = False
    ) -> bool:
        """Add a customer; False if there is one already."""
        statement = (
            insert_for(self._connection, customers)
            .values(customer_id=customer_id, demographics=dict(demographics), created_at=created_at, guest=guest)
            .on_conflict_do_nothing()
            .returning(customers.c.customer_id)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def segments(self, customer_id: str) -> frozenset[str]:
        """Return the shop's groups that a customer is in; none for an unknown one."""
        query = select(customers.c.segments).where(customers.c.customer_id == customer_id)
        return frozenset((await self._connection.execute(query)).scalar() or ())

    async def set_segments(self, customer_id: str, segments: Collection[str]) -> None:
        """Replace the groups that a customer is in."""
        statement = update(customers).where(customers.c.customer_id == customer_id)
        await self._connection.execute(statement.values(segments=sorted(set(segments))))

    async def state(self, customer_id: str, *, model_version: str) -> StoredState | None:
        """Return the state under this version of the user model. Raises LookupError for an unknown customer."""
        found = await self.known([customer_id], model_version=model_version)
        if customer_id not in found:
            raise LookupError(f"there is no customer {customer_id}")
        return found[customer_id].stored

    async def known(self, customer_ids: Collection[str], *, model_version: str) -> dict[str, KnownCustomer]:
        """Return what is known of these customers; unknown ones and those merged into others are absent."""
        rows = await self._connection.execute(
            _KNOWN, {"customer_ids": list(customer_ids), "model_version": model_version}
        )
        return {
            row.customer_id: KnownCustomer(
                stored=None if row.state is None else StoredState(row.state, row.last_event_at),
                segments=frozenset(row.segments),
            )
            for row in rows
        }

    async def save_state(self, customer_id: str, *, model_version: str, stored: StoredState) -> None:
        """Replace the state under this version of the user model."""
        changed = {"state": stored.state, "last_event_at": stored.last_event_at}
        statement = (
            insert_for(self._connection, customer_states)
            .values(customer_id=customer_id, model_version=model_version, **changed)
            .on_conflict_do_update(index_elements=["customer_id", "model_version"], set_=changed)
        )
        await self._connection.execute(statement)

    async def busiest(self, limit: int) -> list[CustomerSummary]:
        """List customers who have orders, most orders first."""
        order_count = func.count().label("order_count")
        query = (
            select(orders.c.customer_id, order_count)
            .group_by(orders.c.customer_id)
            .order_by(order_count.desc(), orders.c.customer_id)
            .limit(limit)
        )
        rows = (await self._connection.execute(query)).all()
        customer_ids = [row.customer_id for row in rows]
        recent = await self._recent_orders(customer_ids)
        numbers = await self._order_numbers([order_ids[0] for order_ids in recent.values()])
        favourites = await self._top_categories([order_id for order_ids in recent.values() for order_id in order_ids])
        return [
            CustomerSummary(
                customer_id=row.customer_id,
                order_count=row.order_count,
                top_categories=favourites.get(row.customer_id, ()),
                last_order_number=numbers[recent[row.customer_id][0]],
            )
            for row in rows
        ]

    async def _order_numbers(self, order_ids: Sequence[str]) -> dict[str, str]:
        """Return what the shop calls each of these orders."""
        query = select(orders.c.order_id, orders.c.number).where(orders.c.order_id.in_(order_ids))
        return {row.order_id: row.number or row.order_id for row in await self._connection.execute(query)}

    async def _recent_orders(self, customer_ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the order_ids of each customer's newest orders, the newest first."""
        ranked = (
            select(
                orders.c.customer_id,
                orders.c.order_id,
                func.row_number()
                .over(partition_by=orders.c.customer_id, order_by=(orders.c.placed_at.desc(), orders.c.order_id.desc()))
                .label("place"),
            )
            .where(orders.c.customer_id.in_(customer_ids))
            .subquery()
        )
        query = (
            select(ranked.c.customer_id, ranked.c.order_id)
            .where(ranked.c.place <= _RECENT_ORDERS)
            .order_by(ranked.c.customer_id, ranked.c.place)
        )
        order_ids: dict[str, list[str]] = {}
        for row in await self._connection.execute(query):
            order_ids.setdefault(row.customer_id, []).append(row.order_id)
        return order_ids

    async def _top_categories(self, order_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the names of the categories that most of these orders' lines are of, by customer."""
        counted = (
            select(
                orders.c.customer_id,
                products.c.category_id,
                func.row_number()
                .over(partition_by=orders.c.customer_id, order_by=(func.count().desc(), products.c.category_id))
                .label("place"),
            )
            .select_from(orders.join(purchases).join(products))
            .where(orders.c.order_id.in_(order_ids), products.c.category_id.is_not(None))
            .group_by(orders.c.customer_id, products.c.category_id)
            .subquery()
        )
        query = (
            select(counted.c.customer_id, product_categories.c.name)
            .join(product_categories, product_categories.c.category_id == counted.c.category_id)
            .where(counted.c.place <= _TOP_CATEGORIES)
            .order_by(counted.c.customer_id, counted.c.place)
        )
        names: dict[str, tuple[str, ...]] = {}
        for row in await self._connection.execute(query):
            names[row.customer_id] = (*names.get(row.customer_id, ()), row.name)
        return names
