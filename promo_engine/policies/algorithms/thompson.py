"""Thompson sampling with Bayesian linear regression (Agrawal and Goyal, ICML 2013).

Each version draws `posterior_samples` weight vectors from its posterior once. The probability of an offer is the share
of these samples under which it is the best offer and better than no_offer. The samples belong to the version and not to
the request, so that a decision costs one product of two small matrices.
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
    """How many samples, and how far from the mean."""

    posterior_samples: int = 256
    """In snapshots: `draws`."""
    posterior_scale: float = 0.35
    """Factor on the posterior's standard deviations: linear posteriors are wider than need be (Chapelle and Li, NIPS
    2011, section 3). In snapshots: `boldness`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.posterior_samples > 0 and self.posterior_scale > 0):
            raise ValueError("posterior_samples and posterior_scale must be above 0")


class ThompsonSamplingPolicy(LinearPolicy):
    """Implements `promo_engine.ports.models.OfferPolicy`. Immutable."""

    kind = "thompson"
    settings_type: ClassVar[type[LinearSettings]] = ThompsonSettings
    settings: ThompsonSettings

    @cached_property
    def _samples(self) -> Singles:
        """(posterior_samples, B, D)."""
        return self.posterior.draw(self.settings.posterior_samples, width=self.settings.posterior_scale)

    def _preferred(
        self, rows: Singles, *, penalty: Singles | None, blocks: Places | None, no_offer_value: float | None
    ) -> Floats:
        if blocks is None:
            rewards = self._samples[:, 0] @ rows.T  # (posterior_samples, A)
        else:
            rewards = np.einsum("kad,ad->ka", self._samples[:, blocks], rows)
        if penalty is not None:
            rewards -= penalty
        best = rewards.argmax(axis=1)
        if no_offer_value is not None:
            best[rewards[np.arange(len(best)), best] <= no_offer_value] = len(rows)
        counts = np.bincount(best, minlength=len(rows) + (no_offer_value is not None))
        return np.asarray(counts / self.settings.posterior_samples, dtype=np.float64)
