from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from promo_engine.user_model import LstmCustomerModel
from promo_engine.user_model.model_settings import TrainingError
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.training import fit, validation
from tests.support.simulated import CATEGORIES, TINY_MODEL, TINY_TRAINING


def test_the_lstm_learns_a_pace_that_frequency_cannot_see(
    tiny_model: LstmCustomerModel, history: PurchaseHistory
) -> None:
    metrics = validation.compare(tiny_model, history, TINY_TRAINING)
    assert metrics["lstm"]["ndcg_at_10"] > metrics["personal_frequency"]["ndcg_at_10"]  # by 0.050 to 0.053
    assert metrics["lstm"]["ndcg_at_10"] > metrics["decayed_frequency"]["ndcg_at_10"]  # by 0.061 to 0.064
    lead = metrics["lstm"]["ndcg_at_10"] - metrics["personal_frequency"]["ndcg_at_10"]
    assert metrics["personal_frequency"]["lstm_leads_ndcg_by"] == pytest.approx(lead)


def test_the_best_epoch_is_kept(trained: tuple[LstmCustomerModel, fit.FitReport]) -> None:
    report = trained[1]
    assert report.epochs == len(report.stopping_losses) <= TINY_TRAINING.epochs
    assert min(report.stopping_losses) < report.stopping_losses[0]


def test_the_same_seed_gives_the_same_model(history: PurchaseHistory) -> None:
    short = replace(TINY_TRAINING, epochs=1)
    versions = {fit.run(history, model=TINY_MODEL, training=short, show_progress=False)[0].version for _ in range(2)}
    assert len(versions) == 1


def test_a_loss_that_is_no_number_stops_the_training(history: PurchaseHistory) -> None:
    broken = replace(history, step_spend=np.full_like(history.step_spend, np.nan))
    with pytest.raises(TrainingError, match="loss became nan"):
        fit.run(broken, model=TINY_MODEL, training=TINY_TRAINING, show_progress=False)


def test_recall_and_ndcg_of_a_known_ranking() -> None:
    ranking = -np.arange(CATEGORIES, dtype=float)[None, :]  # category 0 first
    bought = np.zeros((1, CATEGORIES), dtype=bool)
    bought[0, [0, 2, 11]] = True  # two of three among the first ten, at places 1 and 3
    recall, ndcg = validation.ranking_quality(ranking, bought)[0]
    assert recall == pytest.approx(2 / 3)
    assert ndcg == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3) + 1 / 2))
