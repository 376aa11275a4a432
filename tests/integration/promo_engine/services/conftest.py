"""Services over both databases. `test_*_on_databases.py` run the unit tests of services once more on them."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.service_fixtures import *  # noqa: F403  # pytest finds fixtures by their names here
from tests.support.stored_rows import SqlRows


@pytest.fixture
def rows(database: AsyncEngine) -> SqlRows:
    return SqlRows(database)
