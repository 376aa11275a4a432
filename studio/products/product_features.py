"""What products are like: size, price tier, embeddings from baskets; what stands in for them and what goes with them.

An embedding is a truncated singular value decomposition of the positive pointwise mutual information of products in
one basket (Levy and Goldberg 2014: what word2vec factorises). Substitutes are of the same type and have alike company
but are seldom in a basket together; complements are of another category and are together more often than chance.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix, triu
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

from studio.data.sales_history import SalesHistory
from studio.errors import StrategyError, TooLittleHistory, UnknownThing

Floats = NDArray[np.float64]
SEED = 20171231
LEAST_LINES = 50
"""Products with fewer lines are told by their category; their company is chance."""
TIERS = ("low", "middle", "high")
_DIMENSIONS = 32
_LEAST_TOGETHER, _LEAST_CUSTOMERS = 12, 8
_UNITS = {  # to grams, millilitres or pieces
    "OZ": (28.35, "g"), "LB": (453.6, "g"), "G": (1.0, "g"), "GR": (1.0, "g"), "KG": (1000.0, "g"),
    "ML": (1.0, "ml"), "L": (1000.0, "ml"), "LTR": (1000.0, "ml"), "GAL": (3785.0, "ml"), "PT": (473.2, "ml"),
    "QT": (946.4, "ml"), "CT": (1.0, "piece"), "PK": (1.0, "piece"), "COUNT": (1.0, "piece"),
}  # fmt: skip
_SIZE = re.compile(r"(?P<amount>\d+(?:\.\d+)?|\.\d+)\s*(?P<unit>[A-Z]+)")


def parse_size(text: str) -> tuple[float, str] | None:
    """ "16 OZ" is (453.6, "g"); None for what is no size. Ounces are taken as weight, also of drinks."""
    found = _SIZE.search(text.upper())
    if found is None or found["unit"] not in _UNITS:
        return None
    factor, unit = _UNITS[found["unit"]]
    return float(found["amount"]) * factor, unit


def product_table(lines: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Products with at least 50 lines, by product_id.

    category, department, brand, product_type, package_size, amount and unit (g, ml, piece), lines, customers,
    price_cents (median shelf price of a piece), tier (by thirds of its category), discounted (share of lines),
    unit_price_cents (per 100 g or ml, or a piece). Raises TooLittleHistory if there are none.
    """
    counted = lines.assign(
        price_cents=(lines["sales_cents"] + lines["discount_cents"]) / lines["quantity"].clip(lower=1),
        discounted=lines["discount_cents"] > 0,
    ).groupby("product_id")
    table = counted.agg(
        lines=("basket_id", "size"),
        customers=("customer_id", "nunique"),
        price_cents=("price_cents", "median"),
        discounted=("discounted", "mean"),
    )
    table = table[table["lines"] >= LEAST_LINES].join(products.set_index("product_id")).dropna(subset="category")
    if table.empty:
        raise TooLittleHistory("every product", found=0, needed=LEAST_LINES, unit="lines")
    sizes = table["package_size"].map(parse_size)
    table["amount"] = sizes.map(lambda size: size[0] if size else np.nan).astype(float)
    table["unit"] = sizes.map(lambda size: size[1] if size else "")
    per: pd.Series = table["amount"] / table["unit"].eq("piece").map({True: 1.0, False: 100.0})
    table["unit_price_cents"] = table["price_cents"] / per.where(per > 0)
    share = table.groupby("category")["price_cents"].rank(pct=True, method="average")
    alone = table.groupby("category")["price_cents"].transform("nunique") < len(TIERS)
    tier = np.select([alone, share <= 1 / 3, share <= 2 / 3], ["middle", "low", "middle"], default="high")
    return table.assign(tier=tier)


@dataclass(frozen=True, eq=False)
class ProductSpace:
    """Products by the company they keep in baskets."""

    table: pd.DataFrame
    """Of `product_table`; its order is that of the arrays."""
    vectors: Floats
    """(P, 32) of length 1."""
    together: csr_matrix
    """(P, P) baskets that hold both, symmetric, nothing on the diagonal."""
    company: Floats
    """(P,) products met in baskets, in all."""
    held: csc_matrix
    """(baskets, P) 1 where the basket holds the product."""
    owner: NDArray[np.int64]
    """(baskets,) number of the customer."""

    def row(self, product_id: str) -> int:
        """The product's row. Raises UnknownThing (unknown or too rarely sold)."""
        try:
            return int(self.table.index.get_loc(product_id))  # type: ignore[arg-type]  # ids are unique
        except KeyError:
            raise UnknownThing("product sold often enough", product_id) from None

    def lift(self, row: int) -> Floats:
        """(P,) how much more often a basket holds both than if company were drawn from everybody's.

        Chance is that of pairs, not of baskets: in large baskets everything meets everything, which says nothing.
        """
        both = self.together[[row]].toarray()[0]
        expected = self.company * self.company[row] / self.company.sum()
        return np.asarray(both / np.maximum(expected, 1e-9))

    def customers(self, first: int, second: int) -> int:
        """How many customers ever had both in one basket."""
        both = np.intersect1d(self._baskets(first), self._baskets(second), assume_unique=True)
        return len(np.unique(self.owner[both]))

    def _baskets(self, row: int) -> NDArray[np.int64]:
        baskets: NDArray[np.int64] = self.held.indices[self.held.indptr[row] : self.held.indptr[row + 1]]
        return baskets

    def neighbours(self, product_id: str, count: int = 5) -> pd.DataFrame:
        """The products with the most alike company, with `likeness` (cosine)."""
        row = self.row(product_id)
        likeness = self.vectors @ self.vectors[row]
        likeness[row] = -np.inf
        return self._told(np.argsort(-likeness)[:count], likeness=likeness)

    def substitutes(self, product_id: str, count: int = 5) -> pd.DataFrame:
        """Of the same type, alike in company and price; `likeness` and `lift` are told.

        Of the same category, where no other product has the type.
        """
        row = self.row(product_id)
        same = (self.table["product_type"] == self.table["product_type"].iloc[row]).to_numpy()
        if same.sum() == 1:  # a shop whose products have titles and no types
            same = (self.table["category"] == self.table["category"].iloc[row]).to_numpy()
        likeness, lift = self.vectors @ self.vectors[row], self.lift(row)
        price = np.log(self.table["price_cents"].clip(lower=1).to_numpy(dtype=np.float64))
        # Whoever buys both at once wants variety, not one instead of the other.
        merit = likeness - 0.2 * np.log1p(lift) - 0.2 * np.abs(price - price[row])
        merit[~same] = -np.inf
        merit[row] = -np.inf
        order = np.argsort(-merit)[:count]
        return self._told(order[np.isfinite(merit[order])], likeness=likeness, lift=lift)

    def complements(self, product_id: str, count: int = 5) -> pd.DataFrame:
        """Of other categories, in the same basket at least 12 times and above chance; `lift` and `baskets` are told.

        At least 8 customers have to have done it: one with a habit says nothing of others. Ordered by the lower end of
        the lift: a rare coincidence does not come first.
        """
        row = self.row(product_id)
        both = self.together[[row]].toarray()[0]
        lift = self.lift(row)
        low = lift * (1 - 1.645 / np.sqrt(np.maximum(both, 1)))
        other = (self.table["category"] != self.table["category"].iloc[row]).to_numpy()
        low[~(other & (both >= _LEAST_TOGETHER) & (low > 1))] = -np.inf
        order = (int(column) for column in np.argsort(-low)[: 20 * count] if np.isfinite(low[column]))
        shared = (column for column in order if self.customers(row, column) >= _LEAST_CUSTOMERS)
        best = list(itertools.islice(shared, count))
        return self._told(np.array(best, dtype=np.int64), lift=lift, baskets=both)

    def _told(self, rows: NDArray[np.int64], **values: Floats) -> pd.DataFrame:
        shown = self.table.iloc[rows][["product_type", "brand", "package_size", "category", "tier", "price_cents"]]
        return shown.assign(**{name: value[rows] for name, value in values.items()})


def learn_space(lines: pd.DataFrame, products: pd.DataFrame) -> ProductSpace:
    """Learn from the given lines alone. Raises TooLittleHistory for fewer than 33 products sold often enough."""
    table = product_table(lines, products)
    if len(table) <= _DIMENSIONS:
        raise TooLittleHistory("embeddings", found=len(table), needed=_DIMENSIONS + 1, unit="products")
    index = pd.Series(range(len(table)), index=table.index)
    column = lines["product_id"].map(index)
    basket, names = pd.factorize(lines["basket_id"])
    kept = column.notna().to_numpy()
    ones = np.ones(int(kept.sum()))
    cells = (basket[kept], column[kept].to_numpy(dtype=np.int64))
    held = csr_matrix((ones, cells), shape=(len(names), len(table)))
    held.data[:] = 1.0
    together = (held.T @ held).tocsr()
    together.setdiag(0)
    together.eliminate_zeros()
    decomposition = TruncatedSVD(_DIMENSIONS, random_state=SEED)
    vectors = normalize(decomposition.fit_transform(_surprise(together)))
    company = np.asarray(together.sum(axis=1), dtype=np.float64).ravel()
    owner = pd.factorize(lines.drop_duplicates("basket_id")["customer_id"])[0].astype(np.int64)
    return ProductSpace(table, vectors, together, company, csc_matrix(held), owner)


def _surprise(together: csr_matrix) -> csr_matrix:
    """Positive pointwise mutual information, smoothed so that rare pairs surprise less."""
    total = np.asarray(together.sum(axis=1)).ravel()
    pairs = together.tocoo()
    smooth = np.maximum(total, 1.0) ** 0.75
    expected = total[pairs.row] * smooth[pairs.col] / smooth.sum()
    value = np.log(np.maximum(pairs.data / expected, 1e-9)) * (pairs.data / (pairs.data + 5.0))
    return csr_matrix((np.maximum(value, 0.0), (pairs.row, pairs.col)), shape=together.shape)


def own_category_share(space: ProductSpace, *, nearest: int = 10) -> tuple[float, float]:
    """The share of nearest neighbours of the product's own category, and what chance would give."""
    category = pd.factorize(space.table["category"])[0]
    likeness = space.vectors @ space.vectors.T
    np.fill_diagonal(likeness, -np.inf)
    near = np.argpartition(-likeness, nearest, axis=1)[:, :nearest]
    shares = np.bincount(category) / len(category)
    return float((category[near] == category[:, None]).mean()), float((shares**2).sum())


def category_vectors(history: SalesHistory, weights: Mapping[str, NDArray[np.floating]]) -> tuple[list[str], Floats]:
    """The categories and what the trained user model knows of them: its learnt tables side by side, length 1.

    Raises StrategyError if the model was trained on other categories.
    """
    bought = history.products[history.products["product_id"].isin(history.lines["product_id"].unique())]
    names = sorted(bought["category"].dropna().unique())
    learnt = np.concatenate([weights["category.weight"], weights["taste.weight"], weights["affinity.weight"]], axis=1)
    if len(learnt) != len(names):
        raise StrategyError(f"the user model knows {len(learnt)} categories, the history has {len(names)}")
    return names, normalize(learnt.astype(np.float64))


def strongest_pairs(space: ProductSpace, count: int = 15) -> pd.DataFrame:
    """The pairs of different categories that are together most above chance: two product types, lift, baskets."""
    pairs = triu(space.together).tocoo()
    category = space.table["category"].to_numpy()
    lift = pairs.data * space.company.sum() / (space.company[pairs.row] * space.company[pairs.col])
    low = lift * (1 - 1.645 / np.sqrt(pairs.data))
    low[(category[pairs.row] == category[pairs.col]) | (pairs.data < _LEAST_TOGETHER)] = -np.inf
    likely = [int(pair) for pair in np.argsort(-low)[:4_000] if np.isfinite(low[pair])]
    shared = (pair for pair in likely if space.customers(pairs.row[pair], pairs.col[pair]) >= _LEAST_CUSTOMERS)
    best = list(itertools.islice(shared, count))
    types = space.table["product_type"].to_numpy()
    return pd.DataFrame(
        {
            "product": types[pairs.row[best]],
            "goes with": types[pairs.col[best]],
            "lift": lift[best],
            "baskets": pairs.data[best].astype(int),
        }
    )
