"""The tables of promotions go up, down and up again with rows in them."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.benefits.goodwill_credit import GoodwillCredit
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.scope import Scope
from promo_engine.storage import migrate
from promo_engine.storage.database import open_database
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.small_shop import AUTUMN, offer

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


OLD_BENEFITS: dict[str, dict[str, object]] = {
    "a": {"kind": "percentage", "percent_basis_points": 1500},
    "b": {"kind": "buy_x_get_y", "buy_quantity": 2, "get_quantity": 1},
    "c": {"kind": "free_delivery"},
}
FIELDS = ("percent_basis_points", "amount_cents", "buy_quantity", "get_quantity", "points")


async def test_offers_of_the_five_first_kinds_give_the_same_after_the_way_up_down_and_up(
    empty_database_url: str,
) -> None:
    engine = open_database(empty_database_url)
    await migrate.upgrade(engine, "0005")
    as_first_stored = {
        offer_id: {"kind": benefit["kind"]} | {name: benefit.get(name) for name in FIELDS}
        for offer_id, benefit in OLD_BENEFITS.items()
    }
    async with engine.begin() as connection:
        at = NOW if connection.dialect.name == "postgresql" else NOW.replace(tzinfo=None).isoformat(" ")
        promotion = "INSERT INTO promotions (promotion_id, name, starts_at, ends_at) VALUES ('p', 'P', :at, :at)"
        await connection.execute(text(promotion), {"at": at})
        columns = "offer_id, promotion_id, title, terms, benefit, category_ids, eligibility, unit_cost_cents"
        values = ":id, 'p', 'T', 'Once.', :benefit, '[0, 2]', :rules, 10, :at, :at"
        rules = json.dumps({"min_baskets": 1, "signed_in_only": True, "bought_any_of": [], "min_basket_cents": 5})
        for offer_id, benefit in as_first_stored.items():
            await connection.execute(
                text(f"INSERT INTO offers ({columns}, starts_at, ends_at) VALUES ({values})"),
                {"id": offer_id, "benefit": json.dumps(benefit), "rules": rules, "at": at},
            )
    for _ in range(2):
        await migrate.upgrade(engine, "0006")
        rows = await _all(engine, "SELECT offer_id, benefit, scope, eligibility FROM offers")
        assert {row[0]: _plain(row[1]) for row in rows} == OLD_BENEFITS
        assert [_plain(row[2]) for row in rows] == [{"category_ids": [0, 2]}] * len(OLD_BENEFITS)
        assert [_plain(row[3]) for row in rows] == [json.loads(rules)] * len(OLD_BENEFITS)
        await migrate.downgrade(engine, "0005")
        stored = await _all(engine, "SELECT offer_id, benefit, category_ids, state FROM offers")
        assert {row[0]: _plain(row[1]) for row in stored} == as_first_stored
        assert {(str(_plain(row[2])), row[3]) for row in stored} == {("[0, 2]", "scheduled")}
    await engine.dispose()


async def test_what_the_older_version_cannot_say_ends_on_the_way_down(database: AsyncEngine) -> None:
    said = {
        "kept": offer("kept"),
        "new-kind": offer("new-kind", benefit=GoodwillCredit(500)),
        "capped": offer("capped", benefit=PercentageOff(1500, cap_cents=100)),
        "scoped": offer("scoped", scope=Scope(brands=frozenset({"Acme"}))),
        "asking": offer("asking", condition=condition_from_json({"first_order": True})),
        "grouped": offer("grouped", exclusive_group="g"),
    }
    async with SqlStorage(database).write() as unit:
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=list(said.values()), at=NOW)
    await migrate.downgrade(database, "0005")
    states = {str(name): state for name, state in await _all(database, "SELECT offer_id, state FROM offers")}
    assert states == dict.fromkeys(said, "ended") | {"kept": "scheduled"}
    await migrate.upgrade(database)
    async with SqlStorage(database).read() as unit:
        assert len(await unit.catalogue.offers()) == len(said)


def _plain(value: object) -> object:
    """PostgreSQL gives JSON columns as objects, SQLite as text."""
    return json.loads(value) if isinstance(value, str) else value


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
