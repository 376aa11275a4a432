"""All rankers together: gradient boosting weighs what each says of the likeliest products (a two-stage recommender)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from studio.recommend.basket_log import Floats, Ints, ShopLog, read_log
from studio.recommend.rankers import SEED, Ranker, rankers
from studio.recommend.ranking import next_baskets

_CANDIDATES = 60
"""Of each ranker; what nobody puts so high is not asked of."""
_LEARN_DAYS = 28


class Hybrid:
    """Fitted in two steps: rankers on what was before the last weeks learn to be weighed on them; then all is known."""

    def __init__(self, members: Mapping[str, Ranker] | None = None) -> None:
        """`members` have to hold `popularity`; all rankers by default."""
        self.members: Mapping[str, Ranker] = members or rankers()

    def fit(self, lines: pd.DataFrame, at: pd.Timestamp) -> ShopLog:
        """Learn from the lines before `at`; returns the log whose customers and products the ranks are of."""
        import lightgbm  # noqa: PLC0415  slow to import

        known = lines[lines["bought_at"] < at]
        split = at - pd.Timedelta(days=_LEARN_DAYS)
        self.log = read_log(known)
        earlier = read_log(known[known["bought_at"] < split], self.log.products)
        for model in self.members.values():
            model.fit(earlier)
        cases = next_baskets(known, earlier, start=split, end=at)
        rows, features = self._candidates(earlier, cases.customers)
        label = np.concatenate([np.isin(row, bought) for row, bought in zip(rows, cases.bought, strict=True)])
        settings = {"objective": "binary", "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 200,
                    "num_threads": 1, "seed": SEED, "deterministic": True, "verbosity": -1}  # fmt: skip
        self._model: Any = lightgbm.train(settings, lightgbm.Dataset(features, label), num_boost_round=150)
        for model in self.members.values():
            model.fit(self.log)
        return self.log

    def rank(self, customers: Ints) -> Floats:
        """(N, products) probabilities; products that are no candidates come last, by popularity."""
        ranked = self.members["popularity"].rank(customers) - 10.0
        rows, features = self._candidates(self.log, customers)
        said = np.asarray(self._model.predict(features, num_threads=1))
        start = 0
        for customer, row in enumerate(rows):
            ranked[customer, row] = said[start : start + len(row)]
            start += len(row)
        return ranked

    def _candidates(self, log: ShopLog, customers: Ints) -> tuple[list[Ints], Floats]:
        """Each customer's candidates, and (all candidates, features) what every ranker says of them."""
        said = {name: model.rank(customers) for name, model in self.members.items()}
        visits = np.bincount(log.basket_customer, minlength=len(log.customers))[customers]
        rows, features = [], []
        count = min(_CANDIDATES, len(log.products) - 1)
        for index in range(len(customers)):
            top = [np.argpartition(-ranks[index], count)[:count] for ranks in said.values()]
            row = np.unique(np.concatenate(top))
            own = [ranks[index, row] for ranks in said.values()]
            # Scores of neighbours grow with the customer's counts; against its own best they compare.
            own += [ranks[index, row] / (np.abs(ranks[index]).max() + 1e-9) for ranks in said.values()]
            features.append(np.column_stack([*own, np.full(len(row), visits[index])]))
            rows.append(row)
        return rows, np.concatenate(features)
