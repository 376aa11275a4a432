"""Off-policy estimates of policies that send coupons, beside the policies' true values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.truth.coupon_log import FEATURES, CouponLog
from benchmarks.truth.findings import Finding
from promo_engine.evaluation import (
    Estimate,
    RewardLog,
    direct_method,
    doubly_robust,
    ips,
    snips,
    switch_dr,
)

Floats = NDArray[np.float64]
LARGEST_WEIGHT = 5.0
_FOLDS = 2


def policies(log: CouponLog) -> dict[str, Floats]:
    """Probabilities to send (n,) of the policies under judgement."""
    liking = log.features[:, FEATURES.index("liking")]
    return {
        "everybody": np.ones(len(log.sent)),
        "nobody": np.zeros(len(log.sent)),
        "who bought of it before": (liking > 0).astype(np.float64),
        "half at random": np.full(len(log.sent), 0.5),
    }


def judge_policies(log: CouponLog, *, seed: int) -> list[Finding]:
    """Every estimator on every policy."""
    action = log.sent.astype(np.float64)
    propensity = np.where(log.sent, log.propensity, 1 - log.propensity)
    with_coupon, without = expected_rewards(log, seed=seed)
    found = []
    for name, sends in policies(log).items():
        rewards = RewardLog.of(
            rewards=log.reward,
            propensities=propensity,
            target=np.where(log.sent, sends, 1 - sends),
            expected=action * with_coupon + (1 - action) * without,
            expected_of_target=sends * with_coupon + (1 - sends) * without,
        )
        found += [
            Finding("off-policy", estimator, name, log.value(sends), estimate.value, estimate.standard_error)
            for estimator, estimate in estimates(rewards).items()
        ]
    return found


def estimates(log: RewardLog) -> dict[str, Estimate]:
    """By estimator; switching at weight 5."""
    return {
        "IPS": ips(log),
        "SNIPS": snips(log),
        "direct method": direct_method(log),
        "DR": doubly_robust(log),
        f"SWITCH at {LARGEST_WEIGHT:g}": switch_dr(log, largest_weight=LARGEST_WEIGHT),
    }


def expected_rewards(log: CouponLog, *, seed: int) -> tuple[Floats, Floats]:
    """What a reward model expects of each row with and without a coupon (n,), fitted to the other half of customers."""
    from sklearn.linear_model import PoissonRegressor  # noqa: PLC0415  slow to import
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    fold = np.random.default_rng(seed).integers(_FOLDS, size=len(log.sent))
    expected = np.zeros((2, len(log.sent)))
    for held in range(_FOLDS):
        for arm in (0, 1):
            rows = (fold != held) & (log.sent == bool(arm))
            model = make_pipeline(StandardScaler(), PoissonRegressor(alpha=1e-3, max_iter=300))
            model.fit(log.features[rows], log.reward[rows])
            expected[arm, fold == held] = model.predict(log.features[fold == held])
    return expected[1], expected[0]
