"""The doubly robust estimator (Dudik, Langford and Li, ICML 2011)."""

from __future__ import annotations

from promo_engine.evaluation.log import Estimate, Floats, RewardLog, mean_of


def doubly_robust(log: RewardLog) -> Estimate:
    """The model's expectation, corrected by the weighted error of the model: unbiased if either is right."""
    return corrected(log, log.weights)


def corrected(log: RewardLog, weights: Floats) -> Estimate:
    """The doubly robust estimate with other weights than its own."""
    expected, expected_of_target = log.model
    return mean_of(expected_of_target + weights * (log.rewards - expected), weights=weights)
