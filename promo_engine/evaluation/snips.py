"""Self-normalised inverse propensity scoring (Swaminathan and Joachims, NeurIPS 2015)."""

from __future__ import annotations

from promo_engine.evaluation.log import Estimate, LogError, RewardLog, effective_sample_size


def snips(log: RewardLog) -> Estimate:
    """Weighted mean of the rewards: slightly biased, never outside their range, mostly narrower than IPS.

    The standard error is that of the ratio (delta method). Raises LogError if all weights are 0.
    """
    total = float(log.weights.sum())
    if total <= 0:
        raise LogError("target: the judged policy would have taken none of the logged actions")
    value = float(log.weights @ log.rewards) / total
    error = float(((log.weights * (log.rewards - value)) ** 2).sum()) ** 0.5 / total
    return Estimate(value, error, effective_sample_size(log.weights), len(log))
