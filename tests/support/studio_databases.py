"""Databases that the studio's tests read: the simulated shop and the demo data, made once and kept under var/.

A file is named after what it was made from, so that another simulator or migration makes another one.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from promo_engine.cli.shop_imports import import_completejourney
from promo_engine.services.catalogue.import_shop import ShopImporter
from promo_engine.shops import completejourney, trail_and_tarn
from promo_engine.shops.completejourney.package_files import content_hash, data_folder
from promo_engine.shops.trail_and_tarn.simulation import Simulation, SimulationSettings
from promo_engine.storage import migrations, repositories
from promo_engine.storage.database import open_database
from promo_engine.storage.migrate import upgrade
from promo_engine.storage.sql_unit_of_work import SqlStorage

_KEPT = Path("var/test-databases")
NOW = datetime(2026, 11, 2, tzinfo=UTC)
SHOP = SimulationSettings(customers=3_000, weeks=104)
"""Large enough for every command of the studio."""
TINY = SimulationSettings(customers=12, weeks=40)
"""A few dozen orders."""


def simulated_database(settings: SimulationSettings) -> Path:
    """Trail & Tarn, simulated: no product, person or order of it exists."""
    name = f"trail-and-tarn-{settings.customers}-{settings.weeks}-{settings.seed}"
    return _kept(name, _sources(trail_and_tarn), lambda engine: simulate(engine, settings))


async def simulate(engine: AsyncEngine, settings: SimulationSettings) -> None:
    """Store the simulated shop."""
    importer = ShopImporter(SqlStorage(engine), clock=lambda: NOW)
    await importer.take_in(Simulation(settings).items(), source_id="trail-and-tarn")


def completejourney_database() -> Path:
    """The demo data's whole year, as its import stores it."""
    made_from = content_hash(data_folder(), importer_version=0) + _sources(completejourney)

    async def fill(engine: AsyncEngine) -> None:
        await import_completejourney(engine, now=NOW)

    return _kept("completejourney", made_from, fill)


def url_of(path: Path) -> str:
    """What PROMOBOT_ENGINE_DATABASE_URL says."""
    return f"sqlite+aiosqlite:///{path.absolute()}"


def empty_database(path: Path) -> Path:
    """A database without a single order."""

    async def nothing(_engine: AsyncEngine) -> None:
        return

    asyncio.run(_filled(path, nothing))
    return path


def _kept(name: str, made_from: str, fill: Callable[[AsyncEngine], Awaitable[None]]) -> Path:
    key = hashlib.sha256((made_from + _sources(migrations) + _sources(repositories)).encode()).hexdigest()[:16]
    path = _KEPT / f"{name}-{key}.db"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")  # workers may make the same one
        asyncio.run(_filled(unfinished, fill))
        unfinished.replace(path)
    return path


async def _filled(path: Path, fill: Callable[[AsyncEngine], Awaitable[None]]) -> None:
    engine = open_database(url_of(path))
    try:
        await upgrade(engine)
        await fill(engine)
    finally:
        await engine.dispose()


def _sources(package: object) -> str:
    """Hash of a package's own files."""
    (folder,) = package.__path__  # type: ignore[attr-defined]
    files = sorted(file for file in Path(folder).rglob("*") if file.suffix in {".py", ".yml"})
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
