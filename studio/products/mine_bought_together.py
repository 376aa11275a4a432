"""Which products go with which, and which suit whom, as lists that the chat's recommendation only has to look up.

Only what still sells is listed, at what it cost lately before discounts.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import numpy as np
import pandas as pd

from promo_engine.domain.catalogue.bought_together import BoughtTogether, LearnedProduct
from studio.errors import TooLittleHistory
from studio.products.product_features import ProductSpace
from studio.progress import Track, quiet
from studio.recommend.hybrid import Hybrid

SOLD_WITHIN_DAYS = 28
PER_PRODUCT = 8
PER_CUSTOMER = 12
_AT_ONCE = 256
"""Customers that are ranked together."""


def sold_lately(
    lines: pd.DataFrame, space: ProductSpace, categories: pd.DataFrame, *, not_recommended: Collection[str] = ()
) -> dict[str, LearnedProduct]:
    """Return the products of the space that sold in the last four weeks, those in most baskets first.

    Without those of categories that are `not_recommended`, and what is weighed: a gallon has no price of a piece.
    `categories` are those of the history.

    Raises TooLittleHistory if there are none.
    """
    recent = lines[lines["day"] > lines["day"].max() - pd.Timedelta(days=SOLD_WITHIN_DAYS)]
    wanted = space.table.index[~space.table["category"].isin(list(not_recommended))]
    recent = recent[recent["product_id"].isin(wanted) & (recent["quantity"] > 0)]
    recent = recent[recent["pieces"] == recent["quantity"]]
    grouped = recent.assign(full=recent["sales_cents"] + recent["discount_cents"]).groupby("product_id")
    counted = grouped.agg(full=("full", "sum"), pieces=("quantity", "sum"), sold=("basket_id", "nunique"))
    counted["price_cents"] = (counted["full"] / counted["pieces"]).round().astype("int64")
    counted = counted[counted["price_cents"] > 0]
    if counted.empty:
        raise TooLittleHistory("what goes with what", found=0, needed=1, unit="products sold lately")
    table = counted.join(space.table[["category", "product_type", "package_size", "brand"]])
    table = table.sort_values("sold", ascending=False, kind="stable")
    numbers = dict(zip(categories["category"], categories["category_number"].tolist(), strict=True))
    stored_names = dict(zip(categories["category"], categories["stored_name"], strict=True))
    return {
        str(product_id): LearnedProduct(
            product_id=str(product_id),
            category_id=int(numbers[row["category"]]),
            category=str(stored_names[row["category"]]),
            product_type=str(row["product_type"]),
            package_size=str(row["package_size"]),
            brand=str(row["brand"]) or None,
            price_cents=int(row["price_cents"]),
            sold=int(row["sold"]),
        )
        for product_id, row in zip(table.index, table.to_dict("records"), strict=True)
    }


def also_bought(
    space: ProductSpace, on_sale: dict[str, LearnedProduct], *, track: Track = quiet
) -> dict[str, list[tuple[str, float]]]:
    """Return by product what goes with it, of what sells; products with nothing are left out."""
    found: dict[str, list[tuple[str, float]]] = {}
    for product_id in track(list(on_sale), "what goes with what"):
        listed = space.complements(product_id, 2 * PER_PRODUCT)
        some = [(str(name), float(lift)) for name, lift in listed["lift"].items() if name in on_sale]
        if some:
            found[product_id] = some[:PER_PRODUCT]
    return found


def suggestions_for(
    lines: pd.DataFrame, on_sale: dict[str, LearnedProduct], *, track: Track = quiet
) -> dict[str, list[str]]:
    """Return by customer what the hybrid ranks first among what it never bought, one product of each type."""
    hybrid = Hybrid()
    log = hybrid.fit(lines, lines["day"].max() + pd.Timedelta(days=1))
    for_sale = np.array([product in on_sale for product in log.products])
    kinds = [on_sale[product].product_type if product in on_sale else "" for product in log.products]
    bought = log.counts()
    found: dict[str, list[str]] = {}
    everyone = np.arange(len(log.customers))
    for part in track(np.array_split(everyone, -(-len(everyone) // _AT_ONCE)), "what suits whom"):
        ranked = hybrid.rank(part)
        ranked[(bought[part].toarray() > 0) | ~for_sale] = -np.inf
        for index, customer in enumerate(part.tolist()):
            order = np.argsort(-ranked[index], kind="stable")[: 10 * PER_CUSTOMER]
            chosen: dict[str, str] = {}
            for row in order.tolist():
                if np.isfinite(ranked[index, row]):
                    chosen.setdefault(kinds[row], str(log.products[row]))
            found[str(log.customers[customer])] = list(chosen.values())[:PER_CUSTOMER]
    return found


def learn_bought_together(
    lines: pd.DataFrame,
    space: ProductSpace,
    *,
    categories: pd.DataFrame,
    not_recommended: Collection[str] = (),
    customers: bool,
    now: datetime,
    track: Track = quiet,
) -> BoughtTogether:
    """Learn the lists; `customers` adds what suits each customer, which takes a minute or two more.

    `categories` are the history's. Raises TooLittleHistory.
    """
    on_sale = sold_lately(lines, space, categories, not_recommended=not_recommended)
    return BoughtTogether(
        learned_at=now,
        products=on_sale,
        also_bought=also_bought(space, on_sale, track=track),
        suggestions=suggestions_for(lines, on_sale, track=track) if customers else {},
    )
