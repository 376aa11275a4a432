"""The offer that is worth the most on average, or silence: what anyone would take who does not mind learning slowly.

Explores by its floor alone (epsilon-greedy; Sutton and Barto, 2018, section 2.2).
"""

from __future__ import annotations

import numpy as np

from promo_engine.policies.algorithms.linear import LinearPolicy
from promo_engine.policies.features import Floats, Places, Singles


class GreedyPolicy(LinearPolicy):
    """Implements `promo_engine.ports.models.OfferPolicy`. Immutable."""

    kind = "greedy"

    def _preferred(
        self, rows: Singles, *, price: Singles | None, blocks: Places | None, silence: float | None
    ) -> Floats:
        worth = self._worth(rows, price=price, blocks=blocks)
        shares = np.zeros(len(rows) + (silence is not None))
        best = int(worth.argmax())
        shares[len(rows) if silence is not None and worth[best] <= silence else best] = 1.0
        return shares
