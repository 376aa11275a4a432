"""The tables of promotions go up, down and up again with rows in them."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.storage import migrate
from promo_engine.storage.database import open_database

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


async def _fill(connection: AsyncConnection) -> None:
    """A promotion, its offer and a shopper's accepted decision, as the first version stored them."""
    at = {"at": NOW if connection.dialect.name == "postgresql" else NOW.replace(tzinfo=None).isoformat(" ")}
    for statement in (
        "INSERT INTO customers VALUES ('anna', '{}', :at)",
        "INSERT INTO promotions VALUES ('autumn', 'Autumn', :at, :at)",
        "INSERT INTO offers VALUES ('o-1', 'autumn', 'Ten', 'Once.', '{}', '[]', '{}', 10, :at, :at)",
        "INSERT INTO decisions VALUES ('d-1', 'c-1', 'm-1', 'anna', :at, '{}', '{}', '{}', '{}', '[]', 'o-1', 1.0, "
        "NULL, '', 0, 1, 'm', 1, :at)",
        "INSERT INTO outcomes VALUES ('d-1', 'accepted', 1.0, :at, NULL)",
    ):
        await connection.execute(text(statement), at if ":at" in statement else {})


async def _all(engine: AsyncEngine, query: str) -> list[tuple[object, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_up_down_and_up_again_keeps_the_rows(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine, "0001")
    async with engine.begin() as connection:
        await _fill(connection)
    for _ in range(2):
        await migrate.upgrade(engine, "0002")
        assert await _all(engine, "SELECT state, version FROM offers") == [("scheduled", 1)]
        met = "SELECT kind, subject, offer_id FROM offer_encounters ORDER BY kind"
        assert await _all(engine, met) == [
            ("accepted", "customer:anna", "o-1"),
            ("exposed", "customer:anna", "o-1"),
        ]
        await migrate.downgrade(engine, "0001")
        assert await _all(engine, "SELECT decision_id, offer_id FROM decisions") == [("d-1", "o-1")]
    await engine.dispose()


async def test_codes_that_are_out_hold_their_cost_in_both_accounts(empty_database_url: str) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine, "0001")
    async with engine.begin() as connection:
        await _fill(connection)
        at = NOW if connection.dialect.name == "postgresql" else NOW.replace(tzinfo=None).isoformat(" ")
        columns = "code, decision_id, offer_id, customer_id, state, reserved_at, expires_at"
        await connection.execute(
            text(f"INSERT INTO codes ({columns}) VALUES ('A', 'd-1', 'o-1', 'anna', 'reserved', :at, :at)"), {"at": at}
        )
    accounts = "SELECT kind, owner_id, reserved_cents, reserved_uses, spent_uses FROM budget_accounts ORDER BY kind"
    for _ in range(2):
        await migrate.upgrade(engine, "0004")
        assert await _all(engine, "SELECT code, held_cents FROM codes") == [("A", 10)]
        assert await _all(engine, accounts) == [("offer", "o-1", 10, 1, 0), ("promotion", "autumn", 10, 1, 0)]
        await migrate.downgrade(engine, "0002")
        assert await _all(engine, "SELECT code, state FROM codes") == [("A", "reserved")]
    await engine.dispose()


@pytest.mark.parametrize("change", ["UPDATE promotion_audit SET actor = 'nobody'", "DELETE FROM promotion_audit"])
async def test_the_record_of_changes_can_only_grow(database: AsyncEngine, change: str) -> None:
    async with database.begin() as connection:
        at = NOW if connection.dialect.name == "postgresql" else NOW.isoformat()
        insert = (
            "INSERT INTO promotion_audit (promotion_id, actor, action, at, changes) VALUES ('p', 'a', 'c', :at, '{}')"
        )
        await connection.execute(text(insert), {"at": at})
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.begin() as connection:
            await connection.execute(text(change))


async def test_a_state_that_nobody_can_decide_is_refused(database: AsyncEngine) -> None:
    with pytest.raises(DBAPIError, match="promotion_state_known"):
        async with database.begin() as connection:
            at = NOW if connection.dialect.name == "postgresql" else NOW.isoformat()
            insert = (
                "INSERT INTO promotions (promotion_id, name, starts_at, ends_at, state) VALUES ('p','p',:at,:at,'live')"
            )
            await connection.execute(text(insert), {"at": at})
