"""Off-policy evaluation: what another policy would have earned on decisions that this one made, and how sure that is.

Pure arithmetic on arrays: nothing here knows the engine. Every estimator takes a `RewardLog` and returns an `Estimate`.
"""

from promo_engine.evaluation.ab_test import Comparison, compare_means, compare_rates
from promo_engine.evaluation.betting import betting_lower, betting_upper
from promo_engine.evaluation.bounds import value_bounds
from promo_engine.evaluation.cuped import cuped
from promo_engine.evaluation.direct import direct_method
from promo_engine.evaluation.doubly_robust import doubly_robust
from promo_engine.evaluation.empirical_bernstein import bernstein_lower, bernstein_upper
from promo_engine.evaluation.ips import clipped_ips, ips
from promo_engine.evaluation.log import Estimate, LogError, RewardLog
from promo_engine.evaluation.shrinkage import dr_os
from promo_engine.evaluation.snips import snips
from promo_engine.evaluation.switch import switch_dr

__all__ = [
    "Comparison",
    "Estimate",
    "LogError",
    "RewardLog",
    "bernstein_lower",
    "bernstein_upper",
    "betting_lower",
    "betting_upper",
    "clipped_ips",
    "compare_means",
    "compare_rates",
    "cuped",
    "direct_method",
    "doubly_robust",
    "dr_os",
    "ips",
    "snips",
    "switch_dr",
    "value_bounds",
]
