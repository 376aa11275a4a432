"""The direct method: what a reward model expects, with no correction by what really happened."""

from __future__ import annotations

import numpy as np

from promo_engine.evaluation.log import Estimate, RewardLog, mean_of


def direct_method(log: RewardLog) -> Estimate:
    """As good as the reward model, and as biased. Its standard error knows nothing of that bias."""
    _, expected_of_target = log.model
    return mean_of(expected_of_target, weights=np.ones(len(log)))
