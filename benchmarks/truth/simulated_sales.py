"""The simulated shop's orders as the studio reads them, without a database in between."""

from __future__ import annotations

import pandas as pd

from promo_engine.shops.trail_and_tarn.simulation import Simulation
from promo_engine.shops.trail_and_tarn.style_words import LEAVES
from promo_engine.shops.trail_and_tarn.styles import category_id, shop_product
from studio.data.sales_history import SalesHistory
from studio.data.shop_profile import ShopProfile
from studio.report.money import Money

CURRENCY = "EUR"
_EMPTY = {
    "campaigns": ["campaign_id", "kind", "starts_on", "ends_on"],
    "targetings": ["campaign_id", "customer_id"],
    "coupons": ["campaign_id", "coupon_id", "product_id"],
    "redemptions": ["campaign_id", "customer_id", "coupon_id", "day"],
    "demographics": ["customer_id"],
}
"""What the simulated shop does not report."""


def history_of(simulation: Simulation) -> SalesHistory:
    """The orders in euro."""
    columns = ("basket_id", "customer_id", "product_id", "quantity", "sales_cents", "code_cents", "bought_at")
    rows = [
        (order.order_id, order.customer_id, _product_of(line.variant_id), line.quantity, line.line_cents,
         line.discount_cents, order.placed_at)
        for order in simulation.orders()
        if order.currency == CURRENCY
        for line in order.lines
    ]  # fmt: skip
    lines = pd.DataFrame(rows, columns=columns)
    lines["bought_at"] = lines["bought_at"].dt.tz_localize(None)
    frames = {name: pd.DataFrame({column: [] for column in names}) for name, names in _EMPTY.items()} | {
        "lines": lines.assign(discount_cents=lines["code_cents"], coupon_cents=0),
        "products": _products(simulation),
        "categories": pd.DataFrame(
            [(number, category_id(leaf), leaf.name) for number, leaf in enumerate(LEAVES)],
            columns=["category_number", "stored_name", "category"],
        ),
    }
    return SalesHistory(frames.__getitem__, ShopProfile(money=Money(CURRENCY), delivery_cents=495))


def _product_of(variant_id: str | None) -> str:
    assert variant_id is not None
    return variant_id.partition("-")[0]


def _products(simulation: Simulation) -> pd.DataFrame:
    rows = []
    for style in simulation.styles:
        pieces = {style.variant_id(size, colour): 1 for size in style.sizes for colour in style.colours}
        made = shop_product(style, pieces=pieces, updated_at=simulation.settings.until)
        rows.append(
            (style.product_id, LEAVES[style.leaf].name, style.brand, style.title, made.variants[0].unit_cost_cents)
        )
    columns = ["product_id", "category", "brand", "title", "unit_cost_cents"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(product_type=table["title"], department="", package_size="")
