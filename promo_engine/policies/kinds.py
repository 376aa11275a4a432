"""The registry of the policies that can serve. Settings, the shared tests and docs/policies.md are checked against it.

A new policy is one file in `algorithms/` and one line in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self, cast

from promo_engine.policies import archive
from promo_engine.policies.algorithms.fixed import FixedPolicy
from promo_engine.policies.algorithms.greedy import GreedyPolicy
from promo_engine.policies.algorithms.neural_linear import NeuralLinearPolicy
from promo_engine.policies.algorithms.squarecb import SquareCbPolicy
from promo_engine.policies.algorithms.thompson import ThompsonSamplingPolicy
from promo_engine.policies.algorithms.uniform import UniformPolicy
from promo_engine.ports.models import OfferPolicy


class ServingPolicy(OfferPolicy, Protocol):
    """What a registered policy has beside the engine's protocol."""

    kind: ClassVar[str]
    """Its name in PROMOBOT_POLICY, in snapshots and in `promobot policy propose --kind`."""

    @classmethod
    def begin(cls, trained: OfferPolicy) -> Self:
        """The policy with which learning begins: with what the trained one knows, if it can hold that."""
        ...

    def changed(self, settings: Mapping[str, Any]) -> Self:
        """The same knowledge under other settings. Raises ValueError for an unknown setting or a bad value."""
        ...

    @classmethod
    def from_bytes(cls, snapshot: bytes) -> Self:
        """The inverse of `to_bytes`. Raises ValueError."""
        ...


KINDS: dict[str, type[ServingPolicy]] = {
    policy.kind: policy
    for policy in (
        ThompsonSamplingPolicy,
        NeuralLinearPolicy,
        SquareCbPolicy,
        GreedyPolicy,
        UniformPolicy,
        FixedPolicy,
    )
}
"""By name, the default first."""


def first_policy(trained: OfferPolicy, kind: str) -> OfferPolicy:
    """The policy of this kind with which learning begins. Raises ValueError for a kind that is not in `KINDS`."""
    return _registered(kind).begin(trained)


def with_settings(policy: OfferPolicy, changes: Mapping[str, Any]) -> OfferPolicy:
    """The same knowledge under other settings, by their names of today or those in snapshots.

    Raises ValueError if the policy has no such setting or value.
    """
    if not isinstance(policy, tuple(KINDS.values())):
        raise ValueError(f"the policy {getattr(policy, 'kind', policy)!r} has no settings")
    try:
        return cast(ServingPolicy, policy).changed(archive.current_names(changes))
    except TypeError as error:
        raise ValueError(str(error)) from error


def unpack_policy(snapshot: bytes) -> OfferPolicy:
    """The policy of a snapshot, of whatever kind it is. Raises ValueError if it cannot be used."""
    with archive.opened(snapshot) as packed:
        kind = packed.kind
    return _registered(kind).from_bytes(snapshot)


def _registered(kind: str) -> type[ServingPolicy]:
    if kind not in KINDS:
        raise ValueError(f"there is no policy {kind!r}; there are {', '.join(sorted(KINDS))}")
    return KINDS[kind]
