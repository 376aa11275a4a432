"""A brake on guessing: who was wrong too often has to wait."""

from __future__ import annotations

import time
from collections import OrderedDict, deque

NAMES_REMEMBERED = 10_000


class FailureBrake:
    """Counts failures by name in this process, over a sliding period; forgets the names that were quiet for longest."""

    def __init__(self, *, limit: int, period_s: float) -> None:
        self._limit = limit
        self._period_s = period_s
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def holds(self, name: str) -> bool:
        """Say whether the name has to wait."""
        failures = self._failures.get(name)
        return failures is not None and len(failures) == self._limit and time.monotonic() - failures[0] < self._period_s

    def failed(self, name: str) -> None:
        """Count a failure."""
        self._failures.setdefault(name, deque(maxlen=self._limit)).append(time.monotonic())
        self._failures.move_to_end(name)
        while len(self._failures) > NAMES_REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget the name's failures."""
        self._failures.pop(name, None)
