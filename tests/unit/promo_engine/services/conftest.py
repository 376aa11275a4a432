"""Services over storage in memory."""

from __future__ import annotations

import pytest

from tests.support.fake_storage import FakeStorage
from tests.support.service_fixtures import *  # noqa: F403  # pytest finds fixtures by their names here
from tests.support.shop_tables import ShopTables, fake_tables
from tests.support.small_shop import fake_small_shop
from tests.support.stored_rows import FakeRows


@pytest.fixture
async def storage() -> FakeStorage:
    return await fake_small_shop()


@pytest.fixture
def rows(storage: FakeStorage) -> FakeRows:
    return FakeRows(storage)


@pytest.fixture
def new_shop() -> FakeStorage:
    """Storage of a shop that has reported nothing yet."""
    return FakeStorage()


@pytest.fixture
def tables(new_shop: FakeStorage) -> ShopTables:
    return fake_tables(new_shop)
