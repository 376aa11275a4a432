"""A quick statement gives what SQLAlchemy gives, whatever the lengths of its lists."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from promo_engine.storage.database import open_database
from promo_engine.storage.sqlite.in_place import SqliteTransactions
from promo_engine.storage.sqlite.prepared_statements import quick
from promo_engine.storage.tables import customers

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ADD = quick(insert(customers))
FIND = quick(
    select(customers.c.customer_id, customers.c.demographics, customers.c.created_at, customers.c.segments)
    .where(customers.c.customer_id.in_(bindparam("ids", expanding=True)), customers.c.created_at > bindparam("since"))
    .order_by(customers.c.customer_id)
)
ROWS = [
    {
        "customer_id": f"c{number:03}",
        "demographics": {"age": "35-44", "n": number},
        "created_at": NOW + timedelta(minutes=number),
        "segments": ["club"] if number % 2 else [],
    }
    for number in range(200)
]


@pytest.fixture
def url(migrated_file: Path, tmp_path: Path) -> str:
    file = tmp_path / "engine.db"
    file.write_bytes(migrated_file.read_bytes())
    return f"sqlite+aiosqlite:///{file}"


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 9, 100, 200])
async def test_rows_are_those_of_sqlalchemy(url: str, count: int) -> None:
    engine = open_database(url)
    transactions = SqliteTransactions(engine)
    async with transactions.transaction(read_only=False) as connection:
        await connection.execute(ADD, ROWS)
    parameters = {"ids": [row["customer_id"] for row in ROWS[:count]], "since": NOW + timedelta(minutes=1)}
    async with transactions.transaction(read_only=True) as connection:
        quickly = [dict(row._asdict()) for row in await connection.execute(FIND, parameters)]
    async with engine.connect() as connection:
        usually = [dict(row._mapping) for row in await connection.execute(FIND, parameters)]
    assert quickly == usually
    assert len(quickly) == max(0, count - 2)
    await engine.dispose()


async def test_what_the_driver_refuses_is_an_error_of_sqlalchemy_and_is_undone(url: str) -> None:
    engine = open_database(url)
    transactions = SqliteTransactions(engine)
    async with transactions.transaction(read_only=False) as connection:
        await connection.execute(ADD, ROWS[:1])
        with pytest.raises(IntegrityError):
            async with connection.begin_nested():
                await connection.execute(ADD, [ROWS[1], ROWS[0]])
    async with transactions.transaction(read_only=True) as connection:
        found = await connection.execute(FIND, {"ids": ["c000", "c001"], "since": NOW - timedelta(days=1)})
        assert [row.customer_id for row in found] == ["c000"]
    await engine.dispose()


async def test_a_unit_that_raises_leaves_nothing_and_the_next_one_can_begin(url: str) -> None:
    engine = open_database(url)
    transactions = SqliteTransactions(engine)
    with pytest.raises(RuntimeError, match="stop"):
        async with transactions.transaction(read_only=False) as connection:
            await connection.execute(ADD, ROWS)
            raise RuntimeError("stop")
    async with transactions.transaction(read_only=True) as connection:
        found = await connection.execute(FIND, {"ids": ["c000"], "since": NOW - timedelta(days=1)})
        assert found.first() is None
        assert found.scalar() is None
    await engine.dispose()


async def test_lists_longer_than_any_size_and_rows_that_hold_long_lists(url: str) -> None:
    engine = open_database(url)
    transactions = SqliteTransactions(engine)
    rows = [ROWS[0] | {"customer_id": f"c{count}", "segments": ["club"] * count} for count in (0, 1, 600)]
    async with transactions.transaction(read_only=False) as connection:
        await connection.execute(ADD, rows)
    ids = [f"nobody-{number}" for number in range(600)] + ["c600"]
    async with transactions.transaction(read_only=True) as connection:
        (found,) = await connection.execute(FIND, {"ids": ids, "since": NOW - timedelta(days=1)})
    assert found.segments == ["club"] * 600
    await engine.dispose()


async def test_very_many_units_may_be_open_at_once(url: str) -> None:
    engine = open_database(url)
    transactions = SqliteTransactions(engine)
    async with AsyncExitStack() as stack:
        for _ in range(40):
            connection = await stack.enter_async_context(transactions.transaction(read_only=True))
            assert (await connection.execute(FIND, {"ids": ["c000"], "since": NOW})).first() is None
    await engine.dispose()
