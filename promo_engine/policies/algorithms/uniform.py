"""Every offer and no_offer with the same probability: the baseline that any learning has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from promo_engine.policies import archive
from promo_engine.policies.algorithms.mean_reward import MeanRewardPolicy
from promo_engine.policies.features import Floats
from promo_engine.ports.models import OfferPolicy


class UniformPolicy(MeanRewardPolicy):
    """Implements `promo_engine.ports.models.OfferPolicy`. Learning changes only the mean reward that it reports."""

    kind = "uniform"

    def _shares(self, offer_ids: Sequence[str]) -> Floats:
        return np.ones(len(offer_ids) + 1)

    @classmethod
    def begin(cls, trained: OfferPolicy) -> UniformPolicy:
        """Without rewards."""
        return cls()

    def changed(self, settings: Mapping[str, Any]) -> UniformPolicy:
        """Raises ValueError: it has no settings."""
        raise ValueError(f"the policy {self.kind!r} has no settings, such as {', '.join(settings)}")

    def to_bytes(self) -> bytes:
        """An archive that `from_bytes` reads."""
        return archive.pack(self.kind, state=self._state())

    @classmethod
    def from_bytes(cls, snapshot: bytes) -> UniformPolicy:
        """The inverse of `to_bytes`. Raises ValueError."""
        with archive.opened(snapshot, kind=cls.kind) as packed:
            return cls(**packed.state)
