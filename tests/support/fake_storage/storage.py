"""Units of work in memory, with the isolation of one writer at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar

from promo_engine.domain.errors import Unavailable
from promo_engine.domain.events import DomainEvent
from promo_engine.ports.connections.privacy_repository import PrivacyRepository
from promo_engine.ports.connections.shop_change_repository import ShopChangeRepository
from promo_engine.ports.connections.source_repository import SourceRepository
from promo_engine.ports.connections.webhook_repository import WebhookRepository
from tests.support.fake_storage.change_requests import FakeChangeRequests, FakeConnectedShops
from tests.support.fake_storage.checkout import FakeBudgets, FakeCodes, FakeHostedCodes, FakeRedemptions
from tests.support.fake_storage.customers import FakeCatalogue, FakeCustomers, FakeEvents, FakeOrders
from tests.support.fake_storage.decisions import FakeDecisions
from tests.support.fake_storage.outcomes import FakeOutcomes
from tests.support.fake_storage.policies import FakePlans, FakeReplies, FakeSnapshots
from tests.support.fake_storage.promotions import FakePromotions
from tests.support.fake_storage.reports import FakeReports
from tests.support.fake_storage.rows import Rows
from tests.support.fake_storage.shop import FakeShop
from tests.support.waiting import let_others_go_on

_ON_A_DATABASE = "connected shops are tested on both databases: nothing in memory stands for them"


class FakeUnitOfWork:
    """The repositories over one copy of the rows."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.published: list[DomainEvent] = []
        self.customers = FakeCustomers(rows)
        self.orders = FakeOrders(rows)
        self.events = FakeEvents(rows)
        self.catalogue = FakeCatalogue(rows)
        self.promotions = FakePromotions(rows)
        self.decisions = FakeDecisions(rows)
        self.outcomes = FakeOutcomes(rows)
        self.codes = FakeCodes(rows)
        self.hosted_codes = FakeHostedCodes(rows)
        self.budgets = FakeBudgets(rows)
        self.redemptions = FakeRedemptions(rows)
        self.replies = FakeReplies(rows)
        self.snapshots = FakeSnapshots(rows)
        self.plans = FakePlans(rows)
        self.reports = FakeReports(rows)
        self.shop = FakeShop(rows)
        self.connected_shops = FakeConnectedShops(rows)
        self.change_requests = FakeChangeRequests(rows)

    @property
    def shop_changes(self) -> ShopChangeRepository:
        raise LookupError(_ON_A_DATABASE)

    @property
    def sources(self) -> SourceRepository:
        raise LookupError(_ON_A_DATABASE)

    @property
    def webhooks(self) -> WebhookRepository:
        raise LookupError(_ON_A_DATABASE)

    @property
    def privacy(self) -> PrivacyRepository:
        raise LookupError(_ON_A_DATABASE)

    def publish(self, event: DomainEvent) -> None:
        self.published.append(event)


_JOINED: ContextVar[FakeUnitOfWork | None] = ContextVar("joined fake unit of work", default=None)


class FakeStorage:
    """Keeps rows in memory."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.published: list[DomainEvent] = []
        """Every event that was handed out."""
        self.unavailable = False
        """Whether it behaves like a database that does not answer."""
        self._one_writer = asyncio.Lock()
        self._listeners: list[Callable[[Sequence[DomainEvent]], None]] = []

    @asynccontextmanager
    async def read(self) -> AsyncIterator[FakeUnitOfWork]:
        joined = _JOINED.get()
        if joined is None:
            await self.check()
        # What is committed is never changed in place.
        yield joined or FakeUnitOfWork(self.rows)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[FakeUnitOfWork]:
        joined = _JOINED.get()
        if joined is not None:
            yield joined
            return
        await self.check()
        async with self._one_writer:
            unit = FakeUnitOfWork(self.rows.copy())
            yield unit
            self.rows = unit.rows
        self.published += unit.published
        if unit.published:
            for hand_out in self._listeners:
                hand_out(unit.published)

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[FakeUnitOfWork]:
        async with self.write() as unit:
            token = _JOINED.set(unit)
            try:
                yield unit
            finally:
                _JOINED.reset(token)

    def on_commit(self, hand_out: Callable[[Sequence[DomainEvent]], None]) -> None:
        self._listeners.append(hand_out)

    async def check(self) -> None:
        await let_others_go_on()
        if self.unavailable:
            raise Unavailable("database_unavailable", "The database does not answer: gone")
