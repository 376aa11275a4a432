"""What is true of the simulated shop, and no data of a real shop could tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SimulatedCampaign:
    """A coupon that was sent to some customers, with the probability of each to be sent it."""

    campaign_id: str
    category_id: str
    depth_basis_points: int
    starts_at: datetime
    ends_at: datetime
    propensity: NDArray[np.float64]
    """By customer: P(sent), from what was known of them before. Between .05 and .95; 0 for those not yet customers."""
    sent: NDArray[np.bool_]
    uplift: NDArray[np.float64]
    """By customer: pieces that the coupon adds on average if it is sent. The true effect."""
    caused: NDArray[np.int64]
    """By customer: pieces that it really added; 0 where it was not sent."""
    redeemed: NDArray[np.bool_]

    @property
    def true_effect_on_the_sent(self) -> float:
        """Mean pieces added, of those it was sent to."""
        return float(self.uplift[self.sent].mean()) if self.sent.any() else 0.0

    @property
    def true_effect_on_all(self) -> float:
        """Mean pieces that sending it to everybody would add, of those who could be sent it."""
        known = self.propensity > 0
        return float(self.uplift[known].mean()) if known.any() else 0.0


@dataclass(frozen=True)
class Truth:
    """The parameters behind the numbers."""

    elasticity: dict[str, float]
    """By category: per cent of pieces gained by one per cent off the price."""
    price_ratio: NDArray[np.float64]
    """(weeks, categories): the price of the week divided by the list price."""
    rate: NDArray[np.float64]
    """By customer: orders a week while they are active, before seasons and prices."""
    active_until_week: NDArray[np.float64]
    """By customer: the week in which they stop buying for good; beyond the end for those still active."""
    campaigns: tuple[SimulatedCampaign, ...]
