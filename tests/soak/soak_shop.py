"""A small shop in an empty database, made through the engine's own services: customers, products, offers, decisions."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.decisions import Decision
from promo_engine.domain.decisions.offer_choice import NO_OFFER
from promo_engine.domain.offers.limits import NO_LIMITS, Limits
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import ManagedOffer, Promotion, Transition
from promo_engine.models.model_registry import enter, pack
from promo_engine.services.promotions.promotion_service import PromotionService
from promo_engine.storage import tables
from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from promo_engine.storage.sql_unit_of_work import SqlStorage
from promo_engine.user_model import load_user_model
from tools.once import ROOT
from tools.testbed.postgres import throwaway_postgres

PROMOTION_ID = "proof"
PRODUCT_ID = "p-0"
DATABASES = ("sqlite", "postgresql")
_CATEGORIES = 400
"""More than the trained user model knows: it may be asked about any of its own."""
UNIT_COST_CENTS = 60
ACTOR = "proof"
MODEL_DIR = ROOT / "var" / "models" / "user_model"


def now() -> datetime:
    """Tell the time as the engine does."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Choice:
    """A decision that waits for its shopper's answer."""

    decision_id: str
    conversation_id: str
    customer_id: str | None


@contextmanager
def databases(names: Sequence[str] = DATABASES) -> Iterator[dict[str, str]]:
    """Give an empty database of each kind, by name its address; they are gone at the end."""
    with ExitStack() as stack:
        urls: dict[str, str] = {}
        if "sqlite" in names:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="promobot-proof-"))
            urls["sqlite"] = f"sqlite+aiosqlite:///{Path(folder) / 'engine.db'}"
        if "postgresql" in names:
            server = stack.enter_context(throwaway_postgres())
            stack.enter_context(server.janitor("proof"))
            urls["postgresql"] = server.url("proof")
        yield urls


class Shop:
    """The shop over one database, whose tables `open_shop` has made."""

    def __init__(self, database: AsyncEngine) -> None:
        self.database = database
        self.storage = SqlStorage(database)
        self.promotions = PromotionService(self.storage, clock=now)
        self._customers = 0

    async def add_customers(self, count: int) -> list[str]:
        """Add so many customers; return their ids."""
        ids = [f"customer-{number}" for number in range(self._customers, self._customers + count)]
        self._customers += count
        rows = [{"customer_id": item, "demographics": {}, "created_at": now()} for item in ids]
        async with self.database.begin() as connection:
            await connection.execute(insert(tables.customers), rows)
        return ids

    async def add_offer(self, offer_id: str, limits: Limits = NO_LIMITS) -> None:
        """Make an offer of 15 % on everything and set it live."""
        start = now()
        offer = Offer(
            offer_id=offer_id,
            promotion_id=PROMOTION_ID,
            title="15 % off",
            terms="Once per customer.",
            benefit=PercentageOff(1500),
            unit_cost_cents=UNIT_COST_CENTS,
            starts_at=start,
            ends_at=start + timedelta(days=30),
        )
        await self.promotions.create_offer(ManagedOffer(offer, limits=limits), actor=ACTOR)
        await self.promotions.move_offer(offer_id, Transition.SCHEDULE, expected_version=None, actor=ACTOR)

    async def limit(self, offer_id: str, limits: Limits) -> None:
        """Change an offer's limits."""
        managed, _ = await self.promotions.offer(offer_id)
        changed = ManagedOffer(managed.offer, limits=limits)
        await self.promotions.change_offer(changed, expected_version=None, actor=ACTOR)

    async def propose(self, offer_id: str, shoppers: Sequence[str | None]) -> list[Choice]:
        """Store a decision for this offer for each shopper, each in a conversation of its own; None is an
        anonymous customer."""
        choices = [Choice(str(uuid4()), f"conversation-{uuid4()}", shopper) for shopper in shoppers]
        async with self.storage.write() as unit:
            await unit.decisions.add([_decision(choice, offer_id) for choice in choices])
        return choices


@asynccontextmanager
async def open_shop(url: str) -> AsyncIterator[Shop]:
    """Make the shop in an empty database."""
    database = open_database(url)
    try:
        await upgrade(database)
        async with database.begin() as connection:
            names = [{"category_id": number, "name": f"CATEGORY {number}"} for number in range(_CATEGORIES)]
            await connection.execute(insert(tables.product_categories), names)
            await connection.execute(insert(tables.products), [{"product_id": PRODUCT_ID, "category_id": 0}])
        # The trained model becomes this shop's own: an engine refuses one of another shop.
        await enter(database, load_user_model(MODEL_DIR), None, pack(MODEL_DIR))
        shop = Shop(database)
        start = now() - timedelta(days=1)
        promotion = Promotion(PROMOTION_ID, "Proof", start, start + timedelta(days=60))
        await shop.promotions.create(promotion, actor=ACTOR)
        await shop.promotions.move(PROMOTION_ID, Transition.SCHEDULE, expected_version=None, actor=ACTOR)
        yield shop
    finally:
        await database.dispose()


def _decision(choice: Choice, offer_id: str) -> Decision:
    return Decision(
        decision_id=choice.decision_id,
        conversation_id=choice.conversation_id,
        request_id="m-1",
        customer_id=choice.customer_id,
        decided_at=now(),
        decision_context=ConversationContext("after_service"),
        ineligible_offers={},
        propensities={offer_id: 0.9, NO_OFFER: 0.1},
        expected_rewards={offer_id: 0.5},
        features=(),
        offer_id=offer_id,
        propensity=0.9,
        no_offer_reason=None,
        explanation="",
        holdout=False,
        policy_version=1,
        model_version="proof",
        seed=1,
    )
