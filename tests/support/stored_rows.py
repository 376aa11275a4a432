"""What a test looks at, or damages, behind the repositories: the same in a database and in the fake."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal, Protocol

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.ports.shop.connected_shop_repository import ConnectedShop
from promo_engine.storage import tables
from tests.support.fake_storage import FakeStorage

Table = Literal["codes", "customer_events", "decisions", "orders", "outcomes", "policy_snapshots"]


class StoredRows(Protocol):
    """The rows of one storage."""

    async def count(self, table: Table) -> int:
        """Count the rows of a table."""
        ...

    async def weights(self) -> dict[str, float | None]:
        """What each outcome counts, by "conversation_id request_id"."""
        ...

    async def set_brand(self, product_id: str, brand: str) -> None:
        """Give a product a brand."""
        ...

    async def connect_shop(self, shop: ConnectedShop) -> None:
        """Make a source known."""
        ...

    async def forget_prices(self) -> None:
        """Make every decision one from before prices were recorded."""
        ...

    async def damage_snapshots(self, versions: Collection[int]) -> None:
        """Make these versions of the policy unreadable."""
        ...


class SqlRows:
    """Rows of a database."""

    def __init__(self, database: AsyncEngine) -> None:
        self._database = database

    async def count(self, table: Table) -> int:
        async with self._database.connect() as connection:
            return (await connection.execute(select(func.count()).select_from(getattr(tables, table)))).scalar_one()

    async def weights(self) -> dict[str, float | None]:
        decisions, outcomes = tables.decisions, tables.outcomes
        query = select(decisions.c.conversation_id, decisions.c.request_id, outcomes.c.weight)
        async with self._database.connect() as connection:
            rows = await connection.execute(query.join(outcomes, outcomes.c.decision_id == decisions.c.decision_id))
            return {f"{conversation} {request}": weight for conversation, request, weight in rows}

    async def set_brand(self, product_id: str, brand: str) -> None:
        async with self._database.begin() as connection:
            product = update(tables.products).where(tables.products.c.product_id == product_id)
            await connection.execute(product.values(brand=brand))

    async def connect_shop(self, shop: ConnectedShop) -> None:
        async with self._database.begin() as connection:
            values = {name: value for name, value in vars(shop).items() if name in tables.shop_sources.c}
            await connection.execute(insert(tables.shop_sources).values(**values))

    async def forget_prices(self) -> None:
        async with self._database.begin() as connection:
            await connection.execute(update(tables.decisions).values(prices=None))

    async def damage_snapshots(self, versions: Collection[int]) -> None:
        async with self._database.begin() as connection:
            damaged = update(tables.policy_snapshots).where(tables.policy_snapshots.c.version.in_(versions))
            await connection.execute(damaged.values(snapshot=b"no policy"))


class FakeRows:
    """Rows of a fake storage."""

    def __init__(self, storage: FakeStorage) -> None:
        self._storage = storage

    async def count(self, table: Table) -> int:
        names = {"customer_events": "events", "policy_snapshots": "snapshots"}
        return len(getattr(self._storage.rows, names.get(table, table)))

    async def weights(self) -> dict[str, float | None]:
        rows = self._storage.rows
        found = [(rows.decisions[decision_id], row.weight) for decision_id, row in rows.outcomes.items()]
        return {f"{decision.conversation_id} {decision.request_id}": weight for decision, weight in found}

    async def set_brand(self, product_id: str, brand: str) -> None:
        async with self._storage.write() as unit:
            unit.rows.products[product_id].brand = brand

    async def connect_shop(self, shop: ConnectedShop) -> None:
        async with self._storage.write() as unit:
            unit.rows.sources[shop.source_id] = shop

    async def forget_prices(self) -> None:
        async with self._storage.write() as unit:
            decisions = unit.rows.decisions
            unit.rows.decisions = {key: replace(decision, pacing_penalties=None) for key, decision in decisions.items()}

    async def damage_snapshots(self, versions: Collection[int]) -> None:
        async with self._storage.write() as unit:
            for version in versions:
                unit.rows.snapshots[version] = replace(unit.rows.snapshots[version], snapshot=b"no policy")
