"""Both databases, migrated and filled with a small shop, for every test of the engine."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.benefits import PercentageOff, Scope
from promo_engine.domain.offers import Eligibility, Offer
from promo_engine.domain.promotions import Promotion
from promo_engine.storage import tables
from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from promo_engine.storage.unit_of_work import SqlStorage
from tests.promo_engine.fakes import AveragingPolicy, Clock, CountingCustomerModel
from tools.postgres import PostgresServer, throwaway_postgres

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_DATABASE_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with throwaway_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any tables, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'engine.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"engine_{next(_DATABASE_NUMBERS)}"
    with server.janitor(name):
        yield server.url(name)


def _migrate(url: str) -> None:
    async def run() -> None:
        engine = open_database(url)
        await upgrade(engine)
        await engine.dispose()

    # In a thread, since a session fixture may be asked for while a test's loop is running.
    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    thread.join()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    file = tmp_path_factory.mktemp("template") / "engine.db"
    _migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    with postgres_server.janitor("template_engine"):
        _migrate(postgres_server.url("template_engine"))
        yield "template_engine"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database, once of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "engine.db"
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite+aiosqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"engine_{next(_DATABASE_NUMBERS)}"
    with server.janitor(name, template=request.getfixturevalue("migrated_template")):
        yield server.url(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A migrated database, once of each kind."""
    engine = open_database(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def model() -> CountingCustomerModel:
    return CountingCustomerModel()


@pytest.fixture
def policy() -> AveragingPolicy:
    return AveragingPolicy(silence=0.0)


def offer(offer_id: str, **changes: object) -> Offer:
    """An offer that everyone may see; `changes` replace its fields, `category_ids` stand for a scope of them."""
    if "category_ids" in changes:
        changes["scope"] = Scope(category_ids=changes.pop("category_ids"))  # type: ignore[arg-type]
    fields: dict[str, object] = {
        "offer_id": offer_id,
        "promotion_id": "autumn",
        "title": "15 % off soft drinks",
        "terms": "Once per customer.",
        "benefit": PercentageOff(1500),
        "scope": Scope(category_ids=frozenset({0})),
        "unit_cost_cents": 60,
        "starts_at": NOW - timedelta(days=10),
        "ends_at": NOW + timedelta(days=30),
        "eligibility": Eligibility(),
    }
    return Offer(**fields | changes)  # type: ignore[arg-type]


AUTUMN = Promotion("autumn", "Autumn", NOW - timedelta(days=10), NOW + timedelta(days=30))
CATEGORIES = ("SOFT DRINKS", "BABY FOODS", "COFFEE", "CHEESE")


async def fill_small_shop(database: AsyncEngine) -> SqlStorage:
    """A small shop: customers anna and ben, four categories, orders of every age, two offers."""
    ages = {"o-new": timedelta(hours=2), "o-way": timedelta(days=2), "o-old": timedelta(days=10)}
    async with database.begin() as connection:
        await connection.execute(
            insert(tables.customers),
            [{"customer_id": name, "demographics": {}, "created_at": NOW} for name in ("anna", "ben")],
        )
        await connection.execute(
            insert(tables.product_categories),
            [{"category_id": number, "name": name} for number, name in enumerate(CATEGORIES)],
        )
        await connection.execute(
            insert(tables.products),
            [{"product_id": f"p-{number}", "category_id": number} for number in range(len(CATEGORIES))],
        )
        await connection.execute(
            insert(tables.products), [{"product_id": "p-odd", "product_type": "GIFT WRAP", "category_id": None}]
        )
        await connection.execute(
            insert(tables.orders),
            [
                {"order_id": order_id, "customer_id": "anna", "placed_at": NOW - age, "total_cents": 450}
                for order_id, age in ages.items()
            ],
        )
        await connection.execute(
            insert(tables.purchases),
            [
                {"order_id": order_id, "line": 1, "product_id": "p-0", "quantity": 2, "sales_cents": 300}
                for order_id in ages
            ]
            + [
                {"order_id": order_id, "line": 2, "product_id": "p-odd", "quantity": 1, "sales_cents": 150}
                for order_id in ages
            ],
        )
    storage = SqlStorage(database)
    async with storage.write() as unit:
        await unit.catalogue.store_offers(
            promotions=[AUTUMN],
            offers=[
                offer("soft-drinks-15"),
                offer("baby-20", category_ids=frozenset({1}), eligibility=Eligibility(bought_any_of=frozenset({1}))),
            ],
            at=NOW,
        )
    return storage


@pytest.fixture
async def storage(database: AsyncEngine) -> SqlStorage:
    return await fill_small_shop(database)
