"""Baskets as arrays: who bought which products when, for products that are sold often enough to learn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from studio.errors import TooLittleHistory

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST_LINES = 50
LEAST_BASKETS = 500


@dataclass(frozen=True, eq=False)
class ShopLog:
    """Baskets in time; one row a (basket, product)."""

    customers: pd.Index
    products: pd.Index
    basket: Ints
    """(N,) number of the basket, in time."""
    product: Ints
    """(N,) row of the product."""
    basket_customer: Ints
    """(B,)."""
    basket_day: Floats
    """(B,) days since the first."""

    def counts(self, *, half_life_days: float = np.inf) -> csr_matrix:
        """(customers, products) baskets with the product, fading towards the last day."""
        weight = np.exp2((self.basket_day - self.basket_day.max()) / half_life_days)[self.basket]
        cells = (self.basket_customer[self.basket], self.product)
        return csr_matrix((weight, cells), shape=(len(self.customers), len(self.products)))

    def held(self) -> csr_matrix:
        """(B, products) 1 where the basket holds the product."""
        ones = np.ones(len(self.basket))
        return csr_matrix((ones, (self.basket, self.product)), shape=(len(self.basket_day), len(self.products)))


def read_log(lines: pd.DataFrame, products: pd.Index | None = None) -> ShopLog:
    """Lines as a log. `products` are those that count; by default those with at least 50 lines.

    Raises TooLittleHistory for fewer than 500 baskets.
    """
    if products is None:
        sold = lines["product_id"].value_counts()
        products = pd.Index(sorted(sold.index[sold >= LEAST_LINES]))
    row = pd.Series(range(len(products)), index=products)
    known = lines[lines["product_id"].isin(products)].drop_duplicates(["basket_id", "product_id"])
    known = known.sort_values(["bought_at", "basket_id"], kind="stable")
    basket, names = pd.factorize(known["basket_id"])
    if len(names) < LEAST_BASKETS:
        raise TooLittleHistory("recommendation", found=len(names), needed=LEAST_BASKETS, unit="baskets")
    first = known.drop_duplicates("basket_id")
    customers = pd.Index(sorted(known["customer_id"].unique()))
    index = pd.Series(range(len(customers)), index=customers)
    day = (first["bought_at"] - known["bought_at"].min()).dt.total_seconds() / 86_400
    return ShopLog(
        customers=customers,
        products=products,
        basket=basket.astype(np.int64),
        product=np.asarray(known["product_id"].map(row), dtype=np.int64),
        basket_customer=np.asarray(first["customer_id"].map(index), dtype=np.int64),
        basket_day=day.to_numpy(dtype=np.float64),
    )
