"""Times in UTC, and inserts that know conflicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, Table, create_engine, select
from sqlalchemy.exc import StatementError

from common.tables import UtcDateTime, new_metadata
from common.upsert import insert_for, inserts

METADATA = new_metadata()
TIMES = Table("times", METADATA, Column("id", Integer, primary_key=True), Column("at", UtcDateTime))


def test_a_time_of_any_zone_comes_back_in_utc_and_a_naive_one_is_refused() -> None:
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    at = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    with engine.begin() as connection:
        connection.execute(insert_for(connection, TIMES).values(id=1, at=at))
        connection.execute(insert_for(connection, TIMES).values(id=2, at=None))
        assert list(connection.scalars(select(TIMES.c.at).order_by(TIMES.c.id))) == [
            datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
            None,
        ]
        with pytest.raises(StatementError, match="time zone"):
            connection.execute(insert_for(connection, TIMES).values(id=3, at=datetime(2026, 1, 1)))
    engine.dispose()


def test_an_insert_over_a_known_row_may_replace_it() -> None:
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    later = datetime(2026, 1, 2, tzinfo=UTC)
    with engine.begin() as connection:
        for at in (datetime(2026, 1, 1, tzinfo=UTC), later):
            statement = inserts(TIMES)[connection.dialect.name].values(id=1, at=at)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"at": at}))
        assert connection.scalar(select(TIMES.c.at)) == later
    engine.dispose()


def test_indexes_are_named_after_their_table_and_columns() -> None:
    assert TIMES.primary_key.name == "pk_times"
