"""Small sales histories made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from studio.data.sales_history import SalesHistory


def small_history(rows: Sequence[tuple[str, str, str, str, int]]) -> SalesHistory:
    """Lines of (basket, household, product, "2017-03-01 10:00" in UTC, cents); each product is its own category."""
    lines = pd.DataFrame(rows, columns=["basket_id", "household_id", "product_id", "bought_at", "sales_cents"])
    lines = lines.assign(
        bought_at=pd.to_datetime(lines["bought_at"]), store_id="1", quantity=1, discount_cents=0, coupon_cents=0
    )
    names = sorted(lines["product_id"].unique())
    products = pd.DataFrame({"product_id": names, "category": [name.upper() for name in names]}).assign(
        department="GROCERY", brand="National", product_type=names, package_size=""
    )
    frames = {
        "lines": lines,
        "products": products,
        "demographics": pd.DataFrame({"household_id": pd.Series(dtype="str")}),
    }
    return SalesHistory(frames.__getitem__)
