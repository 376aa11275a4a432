"""What coupons add, by simple differences, by weighting and by models, beside what they truly add.

The regret of a model is the share of the uplift that is lost by sending to the third that the model ranks first instead
of the third that truly gains most.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.truth.coupon_log import CouponLog
from benchmarks.truth.findings import Finding
from benchmarks.truth.off_policy_truth import expected_rewards
from promo_engine.evaluation import compare_means
from promo_engine.evaluation.log import mean_of

Floats = NDArray[np.float64]
_SENT_SHARE = 1 / 3


def judge_uplift(log: CouponLog, *, seed: int) -> tuple[list[Finding], dict[str, float]]:
    """The mean effect on everybody by each method, and the regret of each model's ranking."""
    with_coupon, without = expected_rewards(log, seed=seed)
    truth, nothing = float(log.uplift.mean()), np.zeros(len(log.sent))
    naive = compare_means(log.reward[log.sent], log.reward[~log.sent])
    found = [
        Finding("uplift", "sent against not sent", "mean", truth, naive.uplift, interval=(naive.lower, naive.upper)),
        _difference(log, nothing, nothing, "weighted by propensity", truth),
        _difference(log, with_coupon, without, "doubly robust", truth),
        Finding("uplift", "two models", "mean", truth, float((with_coupon - without).mean())),
    ]
    rankings = {
        "two models": with_coupon - without,
        "transformed outcome": _transformed(log, seed=seed),
        "likely buyers": without,
        "at random": np.random.default_rng(seed).random(len(log.sent)),
    }
    return found, {name: _regret(log.uplift, ranking) for name, ranking in rankings.items()}


def _difference(log: CouponLog, with_coupon: Floats, without: Floats, method: str, truth: float) -> Finding:
    """Sent less not sent, each row weighted by how rarely it comes, corrected by what a model expects."""
    sent, share = log.sent.astype(np.float64), log.propensity
    gained = sent * (log.reward - with_coupon) / share - (1 - sent) * (log.reward - without) / (1 - share)
    estimate = mean_of(with_coupon - without + gained, weights=np.ones(len(sent)))
    return Finding("uplift", method, "mean", truth, estimate.value, estimate.standard_error)


def _transformed(log: CouponLog, *, seed: int) -> Floats:
    """Uplift by regression on the transformed outcome (Athey and Imbens 2016), fitted to the other half."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415  slow to import
    from sklearn.model_selection import cross_val_predict  # noqa: PLC0415

    share = log.propensity
    outcome = log.reward * (log.sent - share) / (share * (1 - share))
    said: Floats = cross_val_predict(Ridge(alpha=10.0), log.features, outcome, cv=2)
    return said


def _regret(uplift: Floats, ranking: Floats) -> float:
    count = max(1, int(len(uplift) * _SENT_SHARE))
    best = np.sort(uplift)[::-1][:count].sum()
    return float(1 - uplift[np.argsort(-ranking, kind="stable")[:count]].sum() / best)
