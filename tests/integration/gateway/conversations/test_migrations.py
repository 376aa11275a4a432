"""Migrations of the log, on both databases, with rows of their time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import alembic.command
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from gateway.conversations.conversation_log import open_log
from gateway.conversations.database import Database, open_database, run_migrations
from gateway.conversations.erase import erasure
from gateway.conversations.read import transcripts
from gateway.conversations.schema.message_tables import metadata
from gateway.conversations.search import conversation_search
from gateway.conversations.search.conversation_search import Filters
from gateway.metrics import Metrics
from tests.integration.gateway.conversations import rows_of_their_time
from tests.integration.gateway.conversations.rows_of_their_time import AT, REVISIONS, TEXT


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = open_database(database_url)
    yield database
    await database.close()


async def upgrade(database: Database, revision: str) -> None:
    await run_migrations(database, lambda config: alembic.command.upgrade(config, revision))


async def downgrade(database: Database, revision: str) -> None:
    await run_migrations(database, lambda config: alembic.command.downgrade(config, revision))


async def tables(database: Database) -> set[str]:
    return set(await database.read(lambda connection: inspect(connection).get_table_names()))


async def test_migrations_go_up_down_and_up_again(database: Database) -> None:
    for _ in range(2):
        await upgrade(database, "head")
        assert {*metadata.tables, "message_search"} < await tables(database)
        await downgrade(database, "base")
        assert await tables(database) == {"alembic_version"}


async def test_migrations_build_what_the_tables_say(database: Database) -> None:
    await upgrade(database, "head")
    # The search index is no table of SQLAlchemy's; SQLite keeps it in several of its own.
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _parents: not (kind == "table" and name.startswith("message_search")),
    }

    def compare(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    assert await database.read(compare) == []


@pytest.mark.parametrize("revision", REVISIONS)
async def test_an_old_log_goes_up_and_down_with_its_rows(database: Database, revision: str) -> None:
    await upgrade(database, revision)
    await database.write(partial(rows_of_their_time.fill, revision=revision))
    lost = partial(rows_of_their_time.lost_rows, revision=revision)
    assert await database.read(lost) == []
    await upgrade(database, "head")
    assert await database.read(lost) == []
    await downgrade(database, revision)
    assert await database.read(lost) == []
    await upgrade(database, "head")
    assert await database.read(lost) == []


async def test_every_step_down_keeps_the_rows_that_the_earlier_tables_have(database: Database) -> None:
    await upgrade(database, "head")
    await database.write(partial(rows_of_their_time.fill, revision=REVISIONS[-1]))
    for revision in reversed(REVISIONS[:-1]):
        await downgrade(database, revision)
        assert await database.read(partial(rows_of_their_time.lost_rows, revision=revision)) == []


@pytest.mark.parametrize("revision", REVISIONS)
async def test_the_gateway_reads_a_log_of_every_revision(database: Database, database_url: str, revision: str) -> None:
    await upgrade(database, revision)
    await database.write(partial(rows_of_their_time.fill, revision=revision))
    async with open_log(database_url, Metrics()) as log:
        conversation = await log.read(partial(transcripts.find_conversation, conversation_id="c-old"))
        assert conversation is not None
        assert (conversation.started_at, conversation.carried_slots) == (AT, {"order_number": "7"})
        shopper, bot = await log.read(partial(transcripts.history, conversation_id="c-old", limit=10))
        assert (shopper.text, [button.active for button in bot.buttons]) == (TEXT, [True])
        assert bot.message_rating == ("up" if revision >= "0003" else None)
        assert (bot.also_bought is not None) == (revision >= "0005")
        assert (bot.shipments is not None) == (revision >= "0006")
        assert (bot.proof_form is not None) == (revision >= "0007")
        page = partial(conversation_search.page, before=None, limit=10)
        for filters in (Filters(search="elephant"), Filters(tags={"intent": "track_order"}, customer_id="1228")):
            [summary] = await log.read(partial(page, filters=filters))
            assert (summary["message_count"], summary["confidence"]) == (2, 0.4)
        assert await log.write(partial(erasure.forget_shopper, subject="customer:1228", at=AT)) == ["c-old"]
