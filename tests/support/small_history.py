"""Small sales histories made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pandas as pd

from studio.data.sales_history import SalesHistory
from studio.data.shop_profile import ShopProfile
from studio.report.money import Money


def small_history(rows: Sequence[tuple[str, str, str, str, int]]) -> SalesHistory:
    """Lines of (basket, customer, product, "2017-03-01 10:00" in UTC, cents); each product is its own category."""
    lines = pd.DataFrame(rows, columns=["basket_id", "customer_id", "product_id", "bought_at", "sales_cents"])
    lines = lines.assign(
        bought_at=pd.to_datetime(lines["bought_at"]), quantity=1, discount_cents=0, coupon_cents=0, code_cents=0
    )
    names = sorted(lines["product_id"].unique())
    products = pd.DataFrame({"product_id": names, "category": [name.upper() for name in names]}).assign(
        department="", brand="National", product_type=names, package_size="", title=names, unit_cost_cents=None
    )
    frames = {
        "lines": lines,
        "products": products,
        "categories": pd.DataFrame(
            [(number, name.upper(), name.upper()) for number, name in enumerate(names)],
            columns=["category_number", "stored_name", "category"],
        ),
        "demographics": pd.DataFrame({"customer_id": pd.Series(dtype="str")}),
    }
    return SalesHistory(frames.__getitem__, ShopProfile(ZoneInfo("America/New_York"), Money("USD"), country="US"))
