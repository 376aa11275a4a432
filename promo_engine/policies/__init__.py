"""Policies that choose offers, one a file; all keep tests/unit/promo_engine/policies/test_every_policy.py.

`vowpal` and `neural_fit` are not imported here: serving needs neither Vowpal Wabbit nor torch.
"""

from promo_engine.policies.algorithms.fixed import FixedPolicy, FixedSettings
from promo_engine.policies.algorithms.greedy import GreedyPolicy
from promo_engine.policies.algorithms.linear import LinearSettings
from promo_engine.policies.algorithms.neural_linear import NeuralLinearPolicy
from promo_engine.policies.algorithms.squarecb import SquareCbPolicy, SquareCbSettings
from promo_engine.policies.algorithms.thompson import ThompsonSamplingPolicy, ThompsonSettings
from promo_engine.policies.algorithms.uniform import UniformPolicy
from promo_engine.policies.initial_policy_file import PolicyMissing, load_initial_policy
from promo_engine.policies.kinds import KINDS, first_policy, unpack_policy, with_settings

__all__ = [
    "KINDS",
    "FixedPolicy",
    "FixedSettings",
    "GreedyPolicy",
    "LinearSettings",
    "NeuralLinearPolicy",
    "PolicyMissing",
    "SquareCbPolicy",
    "SquareCbSettings",
    "ThompsonSamplingPolicy",
    "ThompsonSettings",
    "UniformPolicy",
    "first_policy",
    "load_initial_policy",
    "unpack_policy",
    "with_settings",
]
