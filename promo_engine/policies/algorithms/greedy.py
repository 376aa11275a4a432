"""Greedy: the offer with the highest expected reward, or no_offer. A baseline that other policies have to beat.

It does not explore by itself (Sutton and Barto, 2018, section 2.7). Only the floor that every linear policy mixes in
explores, and that floor falls with the rewards, unlike the constant rate of epsilon-greedy.
"""

from __future__ import annotations

import numpy as np

from promo_engine.policies.algorithms.linear import LinearPolicy
from promo_engine.policies.features import Floats, Places, Singles


class GreedyPolicy(LinearPolicy):
    """Implements `promo_engine.ports.models.OfferPolicy`. Immutable."""

    kind = "greedy"

    def _preferred(
        self, rows: Singles, *, penalty: Singles | None, blocks: Places | None, no_offer_value: float | None
    ) -> Floats:
        worth = self._worth(rows, penalty=penalty, blocks=blocks)
        shares = np.zeros(len(rows) + (no_offer_value is not None))
        best = int(worth.argmax())
        shares[len(rows) if no_offer_value is not None and worth[best] <= no_offer_value else best] = 1.0
        return shares
