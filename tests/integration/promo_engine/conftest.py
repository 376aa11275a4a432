"""Both databases, migrated and filled with a small shop, for every test of the engine."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.fakes import AveragingPolicy, Clock, CountingCustomerModel
from tests.support.small_shop import NOW, fill_small_shop
from tools.testbed.postgres import PostgresServer, throwaway_postgres

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
    return AveragingPolicy(no_offer_share=0.0)


@pytest.fixture
async def storage(database: AsyncEngine) -> SqlStorage:
    return await fill_small_shop(database)
