"""How fast shops may send."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from common.errors import TooMany

_CALLERS_REMEMBERED = 10_000


class RequestRate:
    """Bounds requests a caller: a bucket that fills by so many a minute."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.allow(per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, per_minute: int) -> None:
        """Set how many a minute; all at once, or spread out."""
        self._per_s = per_minute / 60
        self._most = float(per_minute)

    def take(self, caller: str) -> None:
        """Count one request. Raises TooMany (`too_many_requests`)."""
        now = self._clock()
        left, at = self._buckets.pop(caller, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_s)
        self._buckets[caller] = (max(left - 1, 0.0), now)
        while len(self._buckets) > _CALLERS_REMEMBERED:
            self._buckets.popitem(last=False)
        if left < 1:
            raise TooMany("too_many_requests", "Too many requests a minute; wait a little and send it again.")
