"""What a unit of work promises, on both databases, and what only a database can do."""

from pathlib import Path

import pytest
from pysqlite3 import dbapi2
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.errors import Unavailable
from promo_engine.storage.database import DatabaseUrlError, open_database, sqlite_file
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.unit.promo_engine.storage.test_unit_of_work import *  # noqa: F403  # pytest collects them here as well
from tools.testbed.postgres import PostgresServer


async def test_a_database_that_went_away_is_unavailable(database: AsyncEngine) -> None:
    storage = SqlStorage(open_database("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    with pytest.raises(Unavailable):
        await storage.check()
    await SqlStorage(database).check()


async def test_a_server_that_refuses_the_connection_is_unavailable(postgres_server: PostgresServer) -> None:
    storage = SqlStorage(open_database(postgres_server.url("no_such_database")))
    with pytest.raises(Unavailable, match="does not exist"):
        await storage.check()


async def test_a_lock_of_another_process_is_unavailable(migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promo_engine.storage.sqlite.in_place.BUSY_WAIT_S", 0.01)
    engine = open_database(f"sqlite+aiosqlite:///{migrated_file}")
    # By the same library: a second one in this process would not see the first one's locks.
    other = dbapi2.connect(migrated_file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="locked"):
        async with SqlStorage(engine).write():
            pass
    other.execute("ROLLBACK")
    other.close()
    async with SqlStorage(engine).write() as unit:
        assert not await unit.customers.exists("anna")
    await engine.dispose()


@pytest.mark.parametrize("url", ["", "engine.db", "sqlite+pysqlite:///engine.db", "mysql://localhost/shop"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(DatabaseUrlError):
        open_database(url)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite+aiosqlite:///var/engine.db", Path("var/engine.db")),
        ("sqlite+aiosqlite://", None),
        ("postgresql+asyncpg://localhost/shop", None),
    ],
)
def test_the_file_of_an_address(url: str, file: Path | None) -> None:
    assert sqlite_file(url) == file
