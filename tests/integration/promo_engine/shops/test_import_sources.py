"""Whole sources, read and stored on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.ports.shop.shop_file_reader import ReadOptions
from promo_engine.ports.shop.shop_repository import StoreResult
from promo_engine.services.catalogue.import_shop import ShopImporter
from promo_engine.shops.file_readers import FILE_READERS
from promo_engine.shops.trail_and_tarn.simulation import Simulation, SimulationSettings
from promo_engine.storage import tables
from promo_engine.storage.sql_unit_of_work import SqlStorage
from tests.support.shop_tables import sql_tables
from tests.unit.promo_engine.shops.shop_files import SHOPIFY_ORDERS, SHOPIFY_PRODUCTS

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def importer(database: AsyncEngine) -> ShopImporter:
    return ShopImporter(SqlStorage(database), clock=lambda: NOW)


async def test_shopify_s_exports_become_a_shop(importer: ShopImporter, database: AsyncEngine, tmp_path: Path) -> None:
    for kind, text in (("shopify-products", SHOPIFY_PRODUCTS), ("shopify-orders", SHOPIFY_ORDERS)):
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        found = FILE_READERS[kind].read(path, ReadOptions(currency="EUR"))
        await importer.take_in(found, source_id="shopify")
    lines = {row["title"]: row["product_id"] for row in await sql_tables(database)("purchases")}
    assert lines["Rain jacket Tärn - M / Blue"] == "rain-jacket"
    async with database.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(tables.orders)) == 3


async def test_the_simulated_shop_is_stored_whole(importer: ShopImporter, database: AsyncEngine) -> None:
    simulation = Simulation(SimulationSettings(customers=120))
    seen: list[int] = []
    report = await importer.take_in(simulation.items(), source_id="trail-and-tarn", on_batch=seen.append)
    assert report.refused == 0
    assert report.of(StoreResult.STORED) == sum(seen)
    async with database.connect() as connection:
        total = await connection.scalar(select(func.sum(tables.orders.c.total_cents)))
    assert total == sum(order.total_cents for order in simulation.orders())
