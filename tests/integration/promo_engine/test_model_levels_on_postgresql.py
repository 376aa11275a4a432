"""The tests of the models' levels once more on PostgreSQL, with the sizes of a shop at which the level changes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_aiohttp.plugin import AiohttpClient
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.settings import Settings
from tests.integration.promo_engine.api import test_model_levels as levels
from tests.integration.promo_engine.api.conftest import settings  # noqa: F401 - a fixture
from tests.integration.promo_engine.api.test_model_levels import (  # noqa: F401 - tests
    test_a_model_of_another_shop_is_refused_in_one_line_that_says_what_to_do,
    test_a_shop_without_anything_trains_serves_and_decides,
    test_a_stored_version_that_holds_no_numbers_is_not_made_to_serve,
    test_categories_that_come_after_the_training_stop_nothing,
    test_what_is_no_number_never_serves,
)
from tools.testbed.postgres import PostgresServer

_NUMBERS = itertools.count(1)


@pytest.fixture
def database_url(postgres_server: PostgresServer, migrated_template: str) -> Iterator[str]:
    """A migrated database of PostgreSQL."""
    name = f"levels_{next(_NUMBERS)}"
    with postgres_server.janitor(name, template=migrated_template):
        yield postgres_server.url(name)


@pytest.mark.parametrize(("categories", "orders", "customers"), [(1, 50, 50), (9, 0, 3), (9, 900, 45), (300, 900, 45)])
async def test_shops_of_every_size_train_serve_and_decide(
    database: AsyncEngine,
    settings: Settings,  # noqa: F811
    aiohttp_client: AiohttpClient,
    *,
    categories: int,
    orders: int,
    customers: int,
) -> None:
    await levels.test_shops_of_every_size_train_serve_and_decide(
        database, settings, aiohttp_client, categories=categories, orders=orders, customers=customers
    )


def test_these_are_on_postgresql(database_url: str, tmp_path: Path) -> None:
    assert database_url.startswith("postgresql")
    assert not list(tmp_path.glob("*.db"))
