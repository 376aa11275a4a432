"""The live segment of whoever a decision or a checkout is about, from what is known of them at that moment anyway."""

from __future__ import annotations

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.customers.segments import LIVE_PREFIX, Cuts, segment_of

_NONE: frozenset[str] = frozenset()


class SegmentTracker:
    """Knows where thirds are cut, once somebody has counted; until then nobody has a live segment."""

    cuts: Cuts | None = None

    def of(self, forecast: CustomerForecast) -> frozenset[str]:
        """Return the one segment of a customer with orders, as offers' conditions name it; else none."""
        days = forecast.days_since_order
        if self.cuts is None or days is None:
            return _NONE
        return frozenset((LIVE_PREFIX + segment_of(forecast.basket_count, days, self.cuts),))
