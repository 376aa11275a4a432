"""SquareCB: the less an arm is worth than the best one, the rarer it is drawn (Foster and Rakhlin, ICML 2020).

An arm's share is 1 / (arms + gamma x gap) with the gap to the best arm, and the best arm takes the rest. Gamma grows
with the number of rewards, as in Foster et al. (COLT 2020), so that exploration fades.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from promo_engine.policies.algorithms.linear import LinearPolicy, LinearSettings
from promo_engine.policies.features import Floats, Places, Singles


@dataclass(frozen=True)
class SquareCbSettings(LinearSettings):
    """How gamma grows: gamma_scale x (1 + rewards) ^ gamma_exponent."""

    gamma_scale: float = 100.0
    gamma_exponent: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.gamma_scale > 0 and 0 <= self.gamma_exponent <= 1):
            raise ValueError("gamma_scale must be above 0 and gamma_exponent between 0 and 1")


class SquareCbPolicy(LinearPolicy):
    """Implements `promo_engine.ports.models.OfferPolicy`. Immutable."""

    kind = "squarecb"
    settings_type: ClassVar[type[LinearSettings]] = SquareCbSettings
    settings: SquareCbSettings

    def _preferred(
        self, rows: Singles, *, penalty: Singles | None, blocks: Places | None, no_offer_value: float | None
    ) -> Floats:
        worth = self._worth(rows, penalty=penalty, blocks=blocks).astype(np.float64)
        if no_offer_value is not None:
            worth = np.append(worth, no_offer_value)
        gamma = self.settings.gamma_scale * (1.0 + self.sums.weight) ** self.settings.gamma_exponent
        best = int(worth.argmax())
        shares = 1.0 / (len(worth) + gamma * (worth[best] - worth))
        shares[best] = 0.0
        shares[best] = 1.0 - shares.sum()
        return np.asarray(shares, dtype=np.float64)
