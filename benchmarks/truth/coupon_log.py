"""The simulated shop's coupon campaigns as a log of choices: who was sent one, with which probability, what followed.

A row is a customer of a campaign. The reward is the pieces of its category that they bought in its two weeks. What
they would have bought anyway is known (the simulator adds a coupon's pieces to it), so the mean reward of any policy
is: what everybody bought anyway, and the true uplift of those whom the policy sends the coupon.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from promo_engine.shops.trail_and_tarn.demand import CAMPAIGN_WEEKS
from promo_engine.shops.trail_and_tarn.simulation import Simulation
from promo_engine.shops.trail_and_tarn.style_words import LEAVES
from promo_engine.shops.trail_and_tarn.styles import category_id

Floats = NDArray[np.float64]
FEATURES = ("recency", "liking", "pieces", "of_category", "depth")


@dataclass(frozen=True, eq=False)
class CouponLog:
    """(n,) each, all campaigns one after the other."""

    campaign: NDArray[np.int64]
    features: Floats
    """(n, FEATURES), known before the coupon was sent."""
    sent: NDArray[np.bool_]
    propensity: Floats
    """P(sent)."""
    reward: Floats
    anyway: Floats
    """Of the reward, what would have been bought without the coupon."""
    uplift: Floats
    """True: pieces that the coupon adds on average if it is sent."""

    def value(self, sends: Floats) -> float:
        """The true mean reward of a policy that sends with these probabilities (n,)."""
        return float((self.anyway + sends * self.uplift).mean())


def coupon_log(simulation: Simulation) -> CouponLog:
    """The log of a simulated shop's campaigns."""
    purchases, settings = simulation.purchases, simulation.settings
    leaves = {category_id(leaf): number for number, leaf in enumerate(LEAVES)}
    shape = (settings.customers, len(LEAVES))
    parts = []
    for number, campaign in enumerate(simulation.truth.campaigns):
        week = (campaign.starts_at - settings.first_day).days // 7
        leaf = leaves[campaign.category_id]
        known = campaign.propensity > 0
        before = purchases.week < week
        bought = np.zeros(shape)
        np.add.at(bought, (purchases.customer[before], purchases.leaf[before]), 1)
        last = np.zeros(settings.customers)
        np.maximum.at(last, purchases.customer[before], purchases.week[before])
        during = (purchases.week >= week) & (purchases.week < week + CAMPAIGN_WEEKS) & (purchases.leaf == leaf)
        reward = np.bincount(purchases.customer[during], minlength=settings.customers).astype(np.float64)
        pieces = bought.sum(axis=1)
        columns = [
            np.log1p(week - last),
            bought[:, leaf] / np.maximum(pieces, 1),
            np.log1p(pieces),
            np.log1p(bought[:, leaf]),
            np.full(settings.customers, campaign.depth_basis_points / 10_000),
        ]
        parts.append(
            (
                np.full(known.sum(), number),
                np.column_stack(columns)[known],
                campaign.sent[known],
                campaign.propensity[known],
                reward[known],
                (reward - campaign.caused)[known],
                campaign.uplift[known],
            )
        )
    return CouponLog(*[np.concatenate(column) for column in zip(*parts, strict=True)])
