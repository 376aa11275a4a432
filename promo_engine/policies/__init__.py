"""Policies that choose offers. `ThompsonSamplingPolicy` decides, `UniformPolicy` is its rival."""

from promo_engine.policies.files import PolicyMissing, load_initial_policy
from promo_engine.policies.thompson import ThompsonSamplingPolicy, ThompsonSettings
from promo_engine.policies.uniform import UniformPolicy

__all__ = ["PolicyMissing", "ThompsonSamplingPolicy", "ThompsonSettings", "UniformPolicy", "load_initial_policy"]
