"""Association rules: who puts this in the basket often puts that in too (FP-growth of mlxtend, on categories)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from studio.errors import TooLittleHistory

LEAST_BASKETS = 500


def basket_rules(lines: pd.DataFrame, *, support: float = 0.005, lift: float = 1.5, longest: int = 2) -> pd.DataFrame:
    """Rules by falling lift: if_bought, then_bought (text), support, confidence, lift, baskets.

    `support` is the share of baskets that hold both sides. Raises TooLittleHistory for fewer than 500 baskets.
    """
    from mlxtend.frequent_patterns import association_rules, fpgrowth  # noqa: PLC0415  slow to import
    from scipy.sparse import csr_matrix  # noqa: PLC0415

    known = lines.dropna(subset="category")
    basket, names_of_baskets = pd.factorize(known["basket_id"])
    if len(names_of_baskets) < LEAST_BASKETS:
        raise TooLittleHistory("rules", found=len(names_of_baskets), needed=LEAST_BASKETS, unit="baskets")
    category, names = pd.factorize(known["category"].astype("str"))
    cells = csr_matrix((np.ones(len(known), dtype=bool), (basket, category)), shape=(len(names_of_baskets), len(names)))
    table = pd.DataFrame.sparse.from_spmatrix(cells, columns=names)  # type: ignore[attr-defined]  # not in the stubs
    frequent = fpgrowth(table, min_support=support, use_colnames=True, max_len=longest)
    columns = ["if_bought", "then_bought", "support", "confidence", "lift", "baskets"]
    if frequent.empty:
        return pd.DataFrame(columns=columns)
    rules = association_rules(frequent, metric="lift", min_threshold=lift, num_itemsets=len(names_of_baskets))
    rules = rules[rules["consequents"].map(len) == 1]
    rules = pd.DataFrame(
        {
            "if_bought": rules["antecedents"].map(lambda items: " + ".join(sorted(items))),
            "then_bought": rules["consequents"].map(lambda items: next(iter(items))),
            "support": rules["support"],
            "confidence": rules["confidence"],
            "lift": rules["lift"],
            "baskets": (rules["support"] * len(names_of_baskets)).round().astype("int64"),
        }
    )
    return rules.sort_values(["lift", "if_bought"], ascending=[False, True], ignore_index=True)[columns]
