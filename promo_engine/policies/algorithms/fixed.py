"""Always the same: the first of a list of offers for which the customer is eligible, or no_offer if there is none.

This is what a shop does without a learning engine, and so a baseline. The floor of exploration gives its log some
rewards of other offers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from promo_engine.policies import archive
from promo_engine.policies.algorithms.mean_reward import MeanRewardPolicy
from promo_engine.policies.features import Floats
from promo_engine.ports.models import OfferPolicy


@dataclass(frozen=True)
class FixedSettings:
    """Which offers, the preferred one first."""

    offer_ids: tuple[str, ...] = ()
    exploration: float = 0.05
    """Probability spread evenly over all arms, no_offer included."""

    def __post_init__(self) -> None:
        if isinstance(self.offer_ids, str) or not all(isinstance(offer_id, str) for offer_id in self.offer_ids):
            raise ValueError('offer_ids must be a list of texts, such as ["tea-5"]')
        object.__setattr__(self, "offer_ids", tuple(self.offer_ids))  # JSON has lists only
        if not 0 < self.exploration <= 1:
            raise ValueError("exploration must be above 0 and at most 1")


@dataclass(frozen=True)
class FixedPolicy(MeanRewardPolicy):
    """Implements `promo_engine.ports.models.OfferPolicy`. Learning changes only the mean reward that it reports."""

    settings: FixedSettings = FixedSettings()

    kind = "fixed"

    def _shares(self, offer_ids: Sequence[str]) -> Floats:
        arms = len(offer_ids) + 1
        shares = np.full(arms, self.settings.exploration / arms)
        preferred = next((offer_id for offer_id in self.settings.offer_ids if offer_id in offer_ids), None)
        shares[-1 if preferred is None else offer_ids.index(preferred)] += 1.0 - self.settings.exploration
        return shares

    @classmethod
    def begin(cls, trained: OfferPolicy) -> FixedPolicy:
        """Without any offer preferred."""
        return cls()

    def changed(self, settings: Mapping[str, Any]) -> FixedPolicy:
        """The same mean under other settings. Raises TypeError for an unknown setting, ValueError for a value."""
        return replace(self, settings=replace(self.settings, **settings))

    def to_bytes(self) -> bytes:
        """An archive that `from_bytes` reads."""
        return archive.pack(self.kind, settings=self.settings, state=self._state())

    @classmethod
    def from_bytes(cls, snapshot: bytes) -> FixedPolicy:
        """The inverse of `to_bytes`. Raises ValueError."""
        with archive.opened(snapshot, kind=cls.kind) as packed:
            return cls(settings=FixedSettings(**packed.settings), **packed.state)
