"""The plainest segments that a marketer acts on: how often a customer comes, and whether they stay away.

They follow from two numbers that every order moves, so they are read at the moment they are asked for and never stored:
`lapsing` is who has not bought for four weeks; the others are thirds of all customers by number of orders.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LAPSING_DAYS = 28
THIRDS = ("occasional", "regular", "loyal")
"""Few orders to many."""
SEGMENTS = (*reversed(THIRDS), "lapsing")
LIVE_PREFIX = "live-"
"""What offers' conditions put before them, so that no group of the shop's own is meant: `live-loyal`."""


@dataclass(frozen=True)
class Cuts:
    """From how many orders on a customer is in the middle and in the upper third."""

    regular_from: int
    loyal_from: int

    @classmethod
    def of(cls, order_counts: Iterable[int]) -> Cuts | None:
        """Cut the customers who have orders; None if there are none."""
        counts = sorted(order_counts)
        return cls(counts[len(counts) // 3], counts[2 * len(counts) // 3]) if counts else None


def segment_of(order_count: int, days_since_order: float, cuts: Cuts) -> str:
    """Return the segment of a customer with at least one order."""
    if days_since_order > LAPSING_DAYS:
        return "lapsing"
    if order_count >= cuts.loyal_from:
        return "loyal"
    return "regular" if order_count >= cuts.regular_from else "occasional"
