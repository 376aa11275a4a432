"""The storage that the services need: one unit of work is one transaction.

`storage` implements these ports. `async with storage.write() as unit:` commits when the block ends and rolls back when
it raises; nothing else commits. What a unit locks stays locked until then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from promo_engine.domain.events import DomainEvent
from promo_engine.ports.connections.privacy_repository import PrivacyRepository
from promo_engine.ports.connections.shop_change_repository import ShopChangeRepository
from promo_engine.ports.connections.source_repository import SourceRepository
from promo_engine.ports.connections.webhook_repository import WebhookRepository
from promo_engine.ports.decisions.decision_repository import DecisionRepository
from promo_engine.ports.decisions.outcome_repository import OutcomeRepository
from promo_engine.ports.decisions.policy_repository import PolicyRepository
from promo_engine.ports.decisions.reply_repository import ReplyRepository
from promo_engine.ports.decisions.report_repository import ReportRepository
from promo_engine.ports.offers.budget_repository import BudgetRepository
from promo_engine.ports.offers.code_repository import CodeRepository
from promo_engine.ports.offers.hosted_code_repository import HostedCodeRepository
from promo_engine.ports.offers.plan_repository import PlanRepository
from promo_engine.ports.offers.promotion_repository import PromotionRepository
from promo_engine.ports.offers.redemption_repository import RedemptionRepository
from promo_engine.ports.shop.catalogue_repository import CatalogueRepository
from promo_engine.ports.shop.change_request_repository import ChangeRequestRepository
from promo_engine.ports.shop.connected_shop_repository import ConnectedShopRepository
from promo_engine.ports.shop.customer_repository import CustomerRepository
from promo_engine.ports.shop.event_repository import EventRepository
from promo_engine.ports.shop.order_repository import OrderRepository
from promo_engine.ports.shop.shop_repository import ShopRepository


class UnitOfWork(Protocol):
    """Everything that one transaction may touch."""

    def publish(self, event: DomainEvent) -> None:
        """Hand `event` out once this unit, and the one that it may have joined, has committed."""
        ...

    @property
    def customers(self) -> CustomerRepository: ...  # noqa: D102  # the protocol above says it
    @property
    def orders(self) -> OrderRepository: ...  # noqa: D102
    @property
    def events(self) -> EventRepository: ...  # noqa: D102
    @property
    def catalogue(self) -> CatalogueRepository: ...  # noqa: D102
    @property
    def promotions(self) -> PromotionRepository: ...  # noqa: D102
    @property
    def decisions(self) -> DecisionRepository: ...  # noqa: D102
    @property
    def outcomes(self) -> OutcomeRepository: ...  # noqa: D102
    @property
    def codes(self) -> CodeRepository: ...  # noqa: D102
    @property
    def hosted_codes(self) -> HostedCodeRepository: ...  # noqa: D102
    @property
    def budgets(self) -> BudgetRepository: ...  # noqa: D102
    @property
    def redemptions(self) -> RedemptionRepository: ...  # noqa: D102
    @property
    def replies(self) -> ReplyRepository: ...  # noqa: D102
    @property
    def snapshots(self) -> PolicyRepository: ...  # noqa: D102
    @property
    def plans(self) -> PlanRepository: ...  # noqa: D102
    @property
    def reports(self) -> ReportRepository: ...  # noqa: D102
    @property
    def shop(self) -> ShopRepository: ...  # noqa: D102
    @property
    def shop_changes(self) -> ShopChangeRepository: ...  # noqa: D102
    @property
    def sources(self) -> SourceRepository: ...  # noqa: D102
    @property
    def webhooks(self) -> WebhookRepository: ...  # noqa: D102
    @property
    def privacy(self) -> PrivacyRepository: ...  # noqa: D102
    @property
    def connected_shops(self) -> ConnectedShopRepository: ...  # noqa: D102
    @property
    def change_requests(self) -> ChangeRequestRepository: ...  # noqa: D102


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

    def on_commit(self, hand_out: Callable[[Sequence[DomainEvent]], None]) -> None:
        """Let `hand_out` have the events of every unit after its commit, if there are any. It must not raise."""
        ...

    async def check(self) -> None:
        """Raise `Unavailable` if the database does not answer."""
        ...
