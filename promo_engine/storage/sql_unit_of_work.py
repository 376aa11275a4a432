"""Units of work over SQLAlchemy: one connection, one transaction, committed by leaving the block alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field

from asyncpg import PostgresError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.domain.errors import Unavailable
from promo_engine.domain.events import DomainEvent
from promo_engine.storage.repositories.connections.sql_privacy import SqlPrivacy
from promo_engine.storage.repositories.connections.sql_shop_changes import SqlShopChanges
from promo_engine.storage.repositories.connections.sql_sources import SqlSources
from promo_engine.storage.repositories.connections.sql_webhooks import SqlWebhooks
from promo_engine.storage.repositories.decisions.sql_decisions import SqlDecisions
from promo_engine.storage.repositories.decisions.sql_outcomes import SqlOutcomes
from promo_engine.storage.repositories.decisions.sql_policies import SqlSnapshots
from promo_engine.storage.repositories.decisions.sql_replies import SqlReplyRecords
from promo_engine.storage.repositories.decisions.sql_reports import SqlReports
from promo_engine.storage.repositories.offers.sql_budgets import SqlBudgets
from promo_engine.storage.repositories.offers.sql_codes import SqlCodes
from promo_engine.storage.repositories.offers.sql_hosted_codes import SqlHostedCodes
from promo_engine.storage.repositories.offers.sql_plans import SqlPlans
from promo_engine.storage.repositories.offers.sql_promotions import SqlPromotions
from promo_engine.storage.repositories.offers.sql_redemptions import SqlRedemptions
from promo_engine.storage.repositories.shop.sql_catalogue import SqlCatalogue
from promo_engine.storage.repositories.shop.sql_change_requests import SqlChangeRequests
from promo_engine.storage.repositories.shop.sql_connected_shops import SqlConnectedShops
from promo_engine.storage.repositories.shop.sql_customer_events import SqlEvents
from promo_engine.storage.repositories.shop.sql_customers import SqlCustomers
from promo_engine.storage.repositories.shop.sql_orders import SqlOrders
from promo_engine.storage.repositories.shop_items.sql_shop import SqlShop
from promo_engine.storage.sqlite.in_place import SqliteTransactions


@dataclass(frozen=True)
class SqlUnitOfWork:
    """The repositories of one transaction."""

    customers: SqlCustomers
    orders: SqlOrders
    events: SqlEvents
    catalogue: SqlCatalogue
    promotions: SqlPromotions
    decisions: SqlDecisions
    outcomes: SqlOutcomes
    codes: SqlCodes
    hosted_codes: SqlHostedCodes
    budgets: SqlBudgets
    redemptions: SqlRedemptions
    replies: SqlReplyRecords
    snapshots: SqlSnapshots
    plans: SqlPlans
    reports: SqlReports
    shop: SqlShop
    shop_changes: SqlShopChanges
    sources: SqlSources
    webhooks: SqlWebhooks
    privacy: SqlPrivacy
    connected_shops: SqlConnectedShops
    change_requests: SqlChangeRequests
    published: list[DomainEvent] = field(default_factory=list)
    """Events to hand out after the commit."""

    def publish(self, event: DomainEvent) -> None:
        """Hand `event` out once the transaction has committed."""
        self.published.append(event)


def unit_on(connection: AsyncConnection) -> SqlUnitOfWork:
    """Give a connection's open transaction its repositories; who opened it commits it."""
    return SqlUnitOfWork(
        customers=SqlCustomers(connection),
        orders=SqlOrders(connection),
        events=SqlEvents(connection),
        catalogue=SqlCatalogue(connection),
        promotions=SqlPromotions(connection),
        decisions=SqlDecisions(connection),
        outcomes=SqlOutcomes(connection),
        codes=SqlCodes(connection),
        hosted_codes=SqlHostedCodes(connection),
        budgets=SqlBudgets(connection),
        redemptions=SqlRedemptions(connection),
        replies=SqlReplyRecords(connection),
        snapshots=SqlSnapshots(connection),
        plans=SqlPlans(connection),
        reports=SqlReports(connection),
        shop=SqlShop(connection),
        shop_changes=SqlShopChanges(connection),
        sources=SqlSources(connection),
        webhooks=SqlWebhooks(connection),
        privacy=SqlPrivacy(connection),
        connected_shops=SqlConnectedShops(connection),
        change_requests=SqlChangeRequests(connection),
    )


_JOINED: ContextVar[SqlUnitOfWork | None] = ContextVar("joined unit of work", default=None)


class SqlStorage:
    """Opens units of work on one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # SQLite has one writer at a time and makes the others poll. Queueing them here is fair and wakes them at once.
        self._one_writer = asyncio.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        self._listeners: list[Callable[[Sequence[DomainEvent]], None]] = []
        self._sqlite = SqliteTransactions(engine) if engine.dialect.name == "sqlite" else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlUnitOfWork]:
        """Open a unit that only reads."""
        joined = _JOINED.get()
        if joined is not None:
            yield joined
            return
        async with self._transaction(read_only=True) as connection:
            yield unit_on(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlUnitOfWork]:
        """Open a unit that may write."""
        joined = _JOINED.get()
        if joined is not None:
            yield joined
            return
        async with self._one_writer, self._transaction(read_only=False) as connection:
            unit = unit_on(connection)
            yield unit
        if unit.published:
            for hand_out in self._listeners:
                hand_out(unit.published)

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[SqlUnitOfWork]:
        """Open a unit that may write, and that every unit which this task opens inside the block joins."""
        async with self.write() as unit:
            token = _JOINED.set(unit)
            try:
                yield unit
            finally:
                _JOINED.reset(token)

    def on_commit(self, hand_out: Callable[[Sequence[DomainEvent]], None]) -> None:
        """Let `hand_out` have the events of every unit after its commit."""
        self._listeners.append(hand_out)

    async def check(self) -> None:
        """Raise Unavailable if the database does not answer."""
        async with self._transaction(read_only=True) as connection:
            await connection.execute(text("SELECT 1"))

    @asynccontextmanager
    async def _transaction(self, *, read_only: bool) -> AsyncIterator[AsyncConnection]:
        try:
            if self._sqlite is not None:
                async with self._sqlite.transaction(read_only=read_only) as connection:
                    yield connection
                return
            async with self._connected() as plain, plain.begin():
                yield plain
        except (OperationalError, InterfaceError, PostgresError, OSError) as error:
            # A lock that another process holds, a server that went away, and, in the driver's own words, one that
            # refuses the connection because it is starting or has too many: the request may be sent again.
            raise _unavailable(error) from error

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await self._engine.connect()
        except DBAPIError as error:  # SQLAlchemy 2.1 wraps what the driver says of a refused connection
            raise _unavailable(error) from error
        try:
            yield connection
        finally:
            await connection.close()


def _unavailable(error: BaseException) -> Unavailable:
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return Unavailable("database_unavailable", f"The database does not answer: {reason}")
