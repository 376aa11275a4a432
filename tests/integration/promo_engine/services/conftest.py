"""Services over both databases. `test_*_on_databases.py` run the unit tests of services once more on them."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.service_fixtures import *  # noqa: F403  # pytest finds fixtures by their names here
from tests.support.shop_tables import ShopTables, sql_tables
from tests.support.stored_rows import SqlRows


@pytest.fixture
def rows(database: AsyncEngine) -> SqlRows:
    return SqlRows(database)


@pytest.fixture
def new_shop(database: AsyncEngine) -> SqlStorage:
    """Storage of a shop that has reported nothing yet."""
    return SqlStorage(database)


@pytest.fixture
def tables(database: AsyncEngine) -> ShopTables:
    return sql_tables(database)
