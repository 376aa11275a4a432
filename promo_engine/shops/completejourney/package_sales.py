"""The package's files as the raw frames of a sales history: one column for each that a shop has, under our names.

Nothing here touches a database or the engine's tables, which `frames` fills. Times stay naive UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from promo_engine.domain.errors import Unavailable
from promo_engine.shops.completejourney.frames import line_cents
from promo_engine.shops.completejourney.package_files import PACKAGE, data_folder

_PLACEMENTS = "promotions"


class PackageSales:
    """The files in `folder`, by default those of the installed package. Raises NotFound if it is not installed."""

    _IDS: Mapping[str, tuple[str, Mapping[str, str]]] = {  # our frame: the file, our columns by its columns
        "campaigns": (
            "campaign_descriptions",
            {
                "campaign_id": "campaign_id",
                "campaign_type": "kind",
                "start_date": "starts_on",
                "end_date": "ends_on",
            },
        ),
        "targetings": ("campaigns", {"campaign_id": "campaign_id", "household_id": "household_id"}),
        "coupons": (
            "coupons",
            {"campaign_id": "campaign_id", "coupon_upc": "coupon_id", "product_id": "product_id"},
        ),
        "redemptions": (
            "coupon_redemptions",
            {
                "campaign_id": "campaign_id",
                "household_id": "household_id",
                "coupon_upc": "coupon_id",
                "redemption_date": "day",
            },
        ),
        "products": (
            "products",
            {
                "product_id": "product_id",
                "product_category": "category",
                "department": "department",
                "brand": "brand",
                "product_type": "product_type",
                "package_size": "package_size",
            },
        ),
    }

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or data_folder()

    def frame(self, name: str) -> pd.DataFrame:
        """Lines, products, campaigns, targetings, coupons, redemptions or demographics. Raises Unavailable."""
        if name == "lines":
            return self._lines()
        if name == "demographics":
            return _ids_as_text(self._read("demographics"))
        file, names = self._IDS[name]
        frame = _ids_as_text(self._read(file)[list(names)].rename(columns=dict(names)))
        if name == "products":
            unknown = ["department", "brand", "product_type", "package_size"]
            frame[unknown] = frame[unknown].fillna("")
        return frame

    def _lines(self) -> pd.DataFrame:
        raw = self._read("transactions")
        kept = raw[["basket_id", "household_id", "store_id", "product_id", "quantity"]]
        return _ids_as_text(kept.assign(**line_cents(raw), bought_at=raw["transaction_timestamp"]))

    def placements(self, weeks: tuple[int, int] | None) -> pa.Table:
        """Displays and mailers of these weeks (first and last), or of all; 20.9 million rows. Raises Unavailable."""
        filters = None if weeks is None else [("week", ">=", weeks[0]), ("week", "<=", weeks[1])]
        file = self._folder / f"{_PLACEMENTS}.parquet"
        try:
            return pq.read_table(file, read_dictionary=["display_location", "mailer_location"], filters=filters)
        except (OSError, pa.ArrowInvalid) as error:
            raise _broken(file) from error

    def _read(self, file: str) -> pd.DataFrame:
        path = self._folder / f"{file}.parquet"
        try:
            return pd.read_parquet(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise _broken(path) from error


def _broken(file: Path) -> Unavailable:
    return Unavailable("broken_package", f"{file.name} of {PACKAGE} cannot be read; install the package again")


def _ids_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "str" for name in frame.columns if name.endswith("_id")})
