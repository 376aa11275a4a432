"""The strongest rival of the user model: gradient boosting, also with what our model ranks by."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from benchmarks.user_model.tasks import HORIZON_DAYS, Cases, Material, Scores, Task, ranking_quality
from promo_engine.user_model.model_settings import ModelSettings
from promo_engine.user_model.purchase_history import Floats, Ints
from promo_engine.user_model.serving.counters import count_all
from promo_engine.user_model.training.training_rows import Rows, SnapshotReader

SEED = 20171231


def _trees(kind: type[Any], **settings: Any) -> Any:
    common = {"max_iter": 120, "learning_rate": 0.1, "min_samples_leaf": 100, "l2_regularization": 1.0}
    return kind(**common, **settings, random_state=SEED)


class GradientBoosting:
    """Boosted trees on hand-made features of frequency and gaps of the pair, the household and the category.

    They learn at baskets for the one task and at random moments for the other, before the validation weeks. What they
    learn, bought within 7 or within 14 days or in the next basket, is chosen on the validation weeks. With `share` they
    learn our model's expected share of a week, too, and rank by the product with it, as ours does.
    """

    moments = 4_000
    since_days = 112.0

    def __init__(self, *, share: bool = False) -> None:
        self._share = share

    def fit(self, material: Material) -> None:
        """Learn both tasks."""
        history = material.history
        self._settings = ModelSettings(category_count=history.category_count)
        self._reader = SnapshotReader(history, count_all(history, self._settings), self._settings)
        self._history = history
        generator = np.random.default_rng(SEED)
        end = material.validation_from
        recent = (history.basket_day < end) & (history.basket_day >= end - self.since_days)
        baskets = generator.choice(np.flatnonzero(recent), self.moments)
        customer = history.basket_customer[baskets]
        at_baskets = history.basket_day[baskets] - 1e-3
        anywhere = end - HORIZON_DAYS - generator.random(self.moments) * self.since_days
        self._models: dict[Task, list[tuple[Any, Any]]] = {
            "next_basket": self._candidates(customer, at_baskets),
            "next_week": self._candidates(customer, anywhere),
        }
        choices = range(len(self._models["next_basket"]))
        best = max(choices, key=lambda choice: self._validated(material.validation, choice))
        self._models = {task: [models[best]] for task, models in self._models.items()}

    def _candidates(self, customer: Ints, day: Floats) -> list[tuple[Any, Any]]:
        rows = self._rows(customer, day, others=16)
        features = self._features(rows, day)
        share = None
        if self._share:
            share = _trees(HistGradientBoostingRegressor, loss="poisson")
            share.fit(features, rows.label[:, -1], sample_weight=rows.weight)
        labels = (rows.label[:, column] for column in (0, 1, self._settings.next_basket))
        return [
            (_trees(HistGradientBoostingClassifier).fit(features, label, sample_weight=rows.weight), share)
            for label in labels
        ]

    def _validated(self, cases: Cases, choice: int) -> float:
        return float(ranking_quality(self._said(cases, "next_basket", choice), cases.bought, depth=10)[:, 0].mean())

    def rank(self, cases: Cases, task: Task) -> Scores:
        """Probabilities, with a share times that."""
        return self._said(cases, task, 0)

    def _said(self, cases: Cases, task: Task, choice: int) -> Scores:
        bought, share = self._models[task][choice]
        scores = np.zeros(cases.bought.shape)
        for part in np.array_split(np.arange(len(cases.day)), 8):
            rows = self._rows(cases.customer[part], cases.day[part], others=None)
            features = self._features(rows, cases.day[part])
            said = bought.predict_proba(features)[:, 1]
            scores[part[rows.snapshot], rows.category] = said if share is None else said * share.predict(features)
        return scores

    def _rows(self, customer: Ints, day: Floats, *, others: int | None) -> Rows:
        return self._reader.rows(
            customer=customer, day=day, sampled_others=others, generator=np.random.default_rng(SEED)
        )

    def _features(self, rows: Rows, day: Floats) -> Floats:
        # The category's share of purchases in the twelve weeks before, for the moment's whole week.
        week_of_moment = np.floor(day / HORIZON_DAYS) * HORIZON_DAYS
        shares = np.zeros((len(day), self._history.category_count))
        for week in np.unique(week_of_moment):
            recent = (self._history.step_day < week) & (self._history.step_day >= week - 84.0)
            sold = np.bincount(self._history.step_category[recent], minlength=self._history.category_count)
            shares[week_of_moment == week] = np.log(sold / max(sold.sum(), 1) + 1e-5)
        share = shares[rows.snapshot, rows.category]
        return np.concatenate([rows.pair, rows.customer[rows.snapshot], share[:, None]], axis=1)
