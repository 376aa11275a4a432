"""Questions "what does this customer put into its next basket?" and how well a ranking answers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from studio.recommend.basket_log import Floats, Ints, ShopLog


@dataclass(frozen=True, eq=False)
class Cases:
    """N questions and their answers."""

    customers: Ints
    """(N,) rows of the log."""
    bought: Sequence[Ints]
    """(N) the products of the next basket, as rows of the log."""


def next_baskets(lines: pd.DataFrame, log: ShopLog, *, start: pd.Timestamp, end: pd.Timestamp) -> Cases:
    """The first basket in [start, end) of each customer that the log knows, if it holds products that count."""
    inside = lines[(lines["bought_at"] >= start) & (lines["bought_at"] < end)]
    inside = inside[inside["customer_id"].isin(log.customers) & inside["product_id"].isin(log.products)]
    first = inside.sort_values("bought_at", kind="stable").groupby("customer_id")["basket_id"].first()
    chosen = inside[inside["basket_id"].isin(set(first))]
    products = pd.Series(range(len(log.products)), index=log.products)
    rows = chosen.assign(row=chosen["product_id"].map(products)).groupby("customer_id")["row"].unique()
    index = pd.Series(range(len(log.customers)), index=log.customers)
    customers = np.asarray(index[rows.index], dtype=np.int64)
    return Cases(customers, [np.asarray(row, dtype=np.int64) for row in rows])


def only_new(cases: Cases, log: ShopLog) -> Cases:
    """The same questions for products that the customer never bought before; cases without any are left out."""
    known = log.counts()
    kept = []
    for customer, bought in zip(cases.customers.tolist(), cases.bought, strict=True):
        new = np.setdiff1d(bought, known[[customer]].indices)
        if len(new):
            kept.append((customer, new))
    return Cases(np.array([index for index, _ in kept], dtype=np.int64), [new for _, new in kept])


def quality(ranked: Floats, bought: Sequence[Ints], *, depth: int = 10) -> Floats:
    """(N, 3) Recall, NDCG (binary) and hit at `depth`. Ties keep the products' order."""
    top = np.argsort(-ranked, axis=1, kind="stable")[:, :depth]
    gains = 1.0 / np.log2(np.arange(2, depth + 2))
    measured = []
    for row, wanted in zip(top, bought, strict=True):
        hits = np.isin(row, wanted)
        best = gains[: min(len(wanted), depth)].sum()
        measured.append((hits.sum() / len(wanted), (hits * gains).sum() / best, float(hits.any())))
    return np.array(measured)
