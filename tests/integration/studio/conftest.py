"""Sales that the studio's tests read: the demo's whole year, and a simulated shop. Each is read once a run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from promo_engine.storage.database import open_database
from promo_engine.storage.sales_frames import StoredSales, read_sales
from studio.data.sales_history import SalesHistory
from studio.jobs.sources import profile_of
from tests.support.studio_databases import SHOP, completejourney_database, simulated_database, url_of


def history_of(path: Path, *, zone: str, currency: str) -> SalesHistory:
    """The history of a database."""

    async def read() -> StoredSales:
        engine = open_database(url_of(path))
        try:
            return await read_sales(engine)
        finally:
            await engine.dispose()

    sales = asyncio.run(read())
    return SalesHistory(sales.frames.__getitem__, profile_of(sales, zone=zone, currency=currency))


@pytest.fixture(scope="session")
def real_history() -> SalesHistory:
    """A real year of the demo data, on the days that it had."""
    return history_of(completejourney_database(), zone="America/New_York", currency="USD")


@pytest.fixture(scope="session")
def simulated_history() -> SalesHistory:
    """Trail & Tarn, which sells in two currencies."""
    return history_of(simulated_database(SHOP), zone="Europe/Berlin", currency="USD")
