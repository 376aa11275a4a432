"""Engine and gateway of a shop that is connected, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.domain.connections.shop_sources import SourceKind
from tests.integration.promo_engine.conftest import (  # noqa: F401 - fixtures
    clock,
    database,
    database_url,
    migrated_file,
    migrated_template,
    postgres_server,
)
from tests.support.connected_shops import DOMAIN, ConnectedShops, connected_shops
from tests.support.fakes import Clock


@pytest.fixture
async def shops(
    database_url: str,  # noqa: F811
    database: AsyncEngine,  # noqa: F811
    tmp_path: Path,
    clock: Clock,  # noqa: F811
) -> AsyncIterator[ConnectedShops]:
    """A running engine and gateway with the Shopify source `berlin`."""
    async with connected_shops(database_url, database, tmp_path, clock) as running:
        await running.connect("berlin", SourceKind.SHOPIFY, shop_domain=DOMAIN)
        yield running
