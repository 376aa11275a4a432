"""Thompson sampling with Bayesian linear regression (Agrawal and Goyal, ICML 2013).

`draws` weight vectors are drawn from the posterior once per version. The share of them under which an offer is best and
better than silence is its probability. That the draws are those of the version, not of the request, costs a decision
one product of two small matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from promo_engine.policies.algorithms.linear import LinearPolicy, LinearSettings
from promo_engine.policies.features import Floats, Places, Singles


@dataclass(frozen=True)
class ThompsonSettings(LinearSettings):
    """How many draws, and how far from the mean."""

    draws: int = 256
    boldness: float = 0.35
    """Draws lie this much as far from the mean as the posterior says: linear posteriors are wider than they need be
    (Chapelle and Li, NIPS 2011, section 3)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.draws > 0 and self.boldness > 0):
            raise ValueError("draws and boldness must be above 0")


class ThompsonSamplingPolicy(LinearPolicy):
    """Implements `promo_engine.ports.models.OfferPolicy`. Immutable."""

    kind = "thompson"
    settings_type: ClassVar[type[LinearSettings]] = ThompsonSettings
    settings: ThompsonSettings

    @cached_property
    def _worlds(self) -> Singles:
        """(draws, B, D)."""
        return self.posterior.draw(self.settings.draws, width=self.settings.boldness)

    def _preferred(
        self, rows: Singles, *, price: Singles | None, blocks: Places | None, silence: float | None
    ) -> Floats:
        if blocks is None:
            rewards = self._worlds[:, 0] @ rows.T  # (draws, A)
        else:
            rewards = np.einsum("kad,ad->ka", self._worlds[:, blocks], rows)
        if price is not None:
            rewards -= price
        best = rewards.argmax(axis=1)
        if silence is not None:
            best[rewards[np.arange(len(best)), best] <= silence] = len(rows)
        counts = np.bincount(best, minlength=len(rows) + (silence is not None))
        return np.asarray(counts / self.settings.draws, dtype=np.float64)
