"""Which policies can serve, by name, and how each is begun, changed and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from promo_engine.policies import archive
from promo_engine.policies.algorithms.fixed import FixedPolicy
from promo_engine.policies.algorithms.greedy import GreedyPolicy
from promo_engine.policies.algorithms.linear import LinearPolicy
from promo_engine.policies.algorithms.neural_linear import NeuralLinearPolicy
from promo_engine.policies.algorithms.squarecb import SquareCbPolicy
from promo_engine.policies.algorithms.thompson import ThompsonSamplingPolicy
from promo_engine.policies.algorithms.uniform import UniformPolicy
from promo_engine.ports.models import OfferPolicy

LINEAR: dict[str, type[LinearPolicy]] = {
    one.kind: one for one in (ThompsonSamplingPolicy, GreedyPolicy, SquareCbPolicy, NeuralLinearPolicy)
}
"""Those that begin with what training learnt from past promotions."""
KINDS: dict[str, type[LinearPolicy | UniformPolicy | FixedPolicy]] = {
    **LINEAR,
    UniformPolicy.kind: UniformPolicy,
    FixedPolicy.kind: FixedPolicy,
}


def first_policy(trained: OfferPolicy, kind: str) -> OfferPolicy:
    """The policy of this kind with which learning begins: with what the trained one knows, where it can hold that.

    Raises ValueError for a kind that is not one of `KINDS`.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no policy {kind!r}; there are {', '.join(sorted(KINDS))}")
    if kind not in LINEAR:
        return KINDS[kind]()  # type: ignore[call-arg]  # these know nothing, so that all they take has a default
    chosen = LINEAR[kind]
    if not isinstance(trained, LinearPolicy):
        return chosen.unlearnt()
    return trained if type(trained) is chosen else chosen(chosen.settings_type(), sums=trained.sums)


def with_settings(policy: OfferPolicy, changes: Mapping[str, Any]) -> OfferPolicy:
    """Return it with other settings and the same knowledge. Raises ValueError if it has no such setting or value."""
    if not isinstance(policy, LinearPolicy | FixedPolicy):
        raise ValueError(f"the policy {getattr(policy, 'kind', policy)!r} has no settings")
    try:
        if isinstance(policy, FixedPolicy):
            return replace(policy, settings=replace(policy.settings, **changes))
        return policy.with_settings(replace(policy.settings, **changes))
    except TypeError as error:
        raise ValueError(str(error)) from error


def unpack_policy(snapshot: bytes) -> OfferPolicy:
    """The policy of a snapshot, of whatever kind it is. Raises ValueError if it cannot be used."""
    with archive.opened(snapshot) as packed:
        kind = packed.kind
    if kind not in KINDS:
        raise ValueError(f"there is no policy {kind!r}")
    return KINDS[kind].from_bytes(snapshot)
