"""Who redeems what they are sent: our redemption model beside boosted trees on the columns that need no user model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

from promo_engine.user_model.model_settings import ModelSettings, TrainingSettings
from promo_engine.user_model.purchase_history import Floats, PurchaseHistory
from promo_engine.user_model.redemption import (
    COLUMNS,
    COUNTED_COLUMNS,
    RedemptionModel,
    RedemptionRows,
    redemption_rows,
)
from promo_engine.user_model.sent_promotion import SentPromotion
from promo_engine.user_model.training.calibration import calibration_error
from promo_engine.user_model.training.fit import run

TEST_PROMOTIONS = 6
VALIDATION_PROMOTIONS = 5
SEED = 20171231


@dataclass(frozen=True)
class RedemptionFigures:
    """By model: ROC-AUC, PR-AUC, expected calibration error, lift in the top decile."""

    rows: int
    redeemed: int
    measures: dict[str, tuple[float, float, float, float]]
    lead: tuple[float, float]
    """95 % interval of PR-AUC, ours minus gradient boosting, households drawn with all their rows."""


def redemption_figures(history: PurchaseHistory, promotions: Sequence[SentPromotion]) -> RedemptionFigures:
    """Train and test by time."""
    first_test = sorted(promotion.day for promotion in promotions)[-TEST_PROMOTIONS]
    user_model, _ = run(
        history.select(before_day=first_test),
        model=ModelSettings(category_count=history.category_count),
        training=TrainingSettings(validation_days=0),
        show_progress=False,
    )
    rows = redemption_rows(user_model, history, promotions)
    test_from = int(rows.promotion.max()) + 1 - TEST_PROMOTIONS
    known, test = rows.of(rows.promotion < test_from), rows.of(rows.promotion >= test_from)
    said = {
        "ours": RedemptionModel.fit(known).probability(test.values),
        "gradient_boosting": _trees(known, test, validation_from=test_from - VALIDATION_PROMOTIONS),
        "personal_frequency": test.values[:, COLUMNS.index("coupon_purchases")],
    }
    measures = {name: _measures(test.redeemed, values) for name, values in said.items()}
    lead = _bootstrap(test, said["ours"], said["gradient_boosting"])
    return RedemptionFigures(len(test.redeemed), int(test.redeemed.sum()), measures, lead)


def _trees(known: RedemptionRows, test: RedemptionRows, *, validation_from: int) -> Floats:
    """Boosted trees on the counted columns; the setting with the best PR-AUC on the last promotions before the test."""
    counted = len(COUNTED_COLUMNS)
    settings = [
        {"max_iter": rounds, "learning_rate": rate, "max_leaf_nodes": leaves, "max_features": share}
        for rounds, rate in ((60, 0.05), (100, 0.03), (100, 0.1))
        for leaves in (6, 31)
        for share in (0.4, 1.0)
    ]

    def fitted(setting: dict[str, float], rows: RedemptionRows) -> HistGradientBoostingClassifier:
        trees = HistGradientBoostingClassifier(min_samples_leaf=30, l2_regularization=1.0, random_state=SEED, **setting)
        return trees.fit(rows.values[:, :counted], rows.redeemed)

    sooner, later = known.of(known.promotion < validation_from), known.of(known.promotion >= validation_from)
    best = max(
        settings,
        key=lambda setting: average_precision_score(
            later.redeemed, fitted(setting, sooner).predict_proba(later.values[:, :counted])[:, 1]
        ),
    )
    said: Floats = fitted(best, known).predict_proba(test.values[:, :counted])[:, 1]
    return said


def _measures(redeemed: np.ndarray, said: Floats) -> tuple[float, float, float, float]:
    top = np.argsort(-said, kind="stable")[: len(said) // 10]
    probability = said.max() <= 1.0
    return (
        float(roc_auc_score(redeemed, said)),
        float(average_precision_score(redeemed, said)),
        calibration_error(said, redeemed) if probability else float("nan"),
        float(redeemed[top].mean() / redeemed.mean()),
    )


def _bootstrap(test: RedemptionRows, ours: Floats, theirs: Floats, *, draws: int = 1_000) -> tuple[float, float]:
    households, position = np.unique(test.customer, return_inverse=True)
    members = [np.flatnonzero(position == household) for household in range(len(households))]
    generator = np.random.default_rng(SEED)
    leads = []
    for _ in range(draws):
        rows = np.concatenate(
            [members[integer] for integer in generator.integers(len(households), size=len(households))]
        )
        label = test.redeemed[rows]
        leads.append(average_precision_score(label, ours[rows]) - average_precision_score(label, theirs[rows]))
    low, high = np.quantile(leads, (0.025, 0.975))
    return float(low), float(high)
