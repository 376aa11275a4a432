"""ADWIN, a window of numbers that drops its older part once the two parts' means differ by more than chance explains.

A. Bifet and R. Gavalda, "Learning from Time-Changing Data with Adaptive Windowing", SDM 2007. The window is kept as
buckets of 1, 2, 4, ... numbers, at most `_BUCKETS` of each size, and is cut between two buckets where

    |mean of the older part - mean of the newer part| > sqrt(2 m v d) + 2/3 m d,

with v the variance in the window, d = ln(2 ln(n) / delta) for n numbers, and 1/m about the harmonic mean of the parts'
lengths. A test holds every step equal to river's `ADWIN`, which serving does without: it brings pandas and SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

_BUCKETS = 5
SHORTEST = 5
"""Numbers in the shorter part of a cut, at least."""
GRACE = 10
"""Numbers before the first cut is looked for."""


class Adwin:
    """One stream of numbers.

    `delta` is the chance of a false alarm; a cut is looked for after every `clock`-th number. After an alarm the next
    number begins a new window.
    """

    def __init__(self, delta: float, *, clock: int) -> None:
        self._delta, self._clock = delta, clock
        self._begin()

    def _begin(self) -> None:
        self.width, self._total, self._squares, self._seen = 0, 0.0, 0.0, 0
        self._rows: list[list[tuple[float, float]]] = [[]]
        """Row k: the buckets of 2^k numbers, the oldest first, each the sum and the squared deviations of them."""
        self._changed = False

    @property
    def mean(self) -> float:
        """Of the window; 0 before the first number."""
        return self._total / max(self.width, 1)

    def changes_with(self, number: float, *, look: bool = True) -> bool:
        """Add a number; whether the window dropped its older part.

        `look` is False where the caller knows that there is no cut to be found.
        """
        if self._changed:
            self._begin()
        if self.width:
            off = number - self._total / self.width
            self._squares += self.width * off * off / (self.width + 1)
        self.width += 1
        self._total += number
        self._rows[0].append((number, 0.0))
        self._merge()
        self._seen += 1
        if look and self._seen % self._clock == 0 and self.width > GRACE:
            while self._has_cut():
                self._changed = True
                self._drop_oldest()
        return self._changed

    def cuts(self) -> Iterator[int]:
        """Yield the lengths of the older part that cuts are looked for at."""
        older = 0
        for size in range(len(self._rows) - 1, -1, -1):
            for _ in self._rows[size]:
                older += 1 << size
                if older >= SHORTEST and self.width - older >= SHORTEST:
                    yield older

    def _merge(self) -> None:
        """Make one bucket of the two oldest of a size that has too many."""
        for size, row in enumerate(self._rows):
            if len(row) <= _BUCKETS:
                return
            (first, first_squares), (second, second_squares) = row[:2]
            del row[:2]
            count = 1 << size
            off = first / count - second / count
            if size + 1 == len(self._rows):
                self._rows.append([])
            squares = first_squares + second_squares + count * count * off * off / (2 * count)
            self._rows[size + 1].append((first + second, squares))

    def _drop_oldest(self) -> None:
        row, count = self._rows[-1], 1 << (len(self._rows) - 1)
        total, squares = row.pop(0)
        self.width -= count
        self._total -= total
        off = total / count - self._total / self.width
        self._squares -= squares + count * self.width * off * off / (count + self.width)
        if not row:
            self._rows.pop()

    def _has_cut(self) -> bool:
        width, total = self.width, self._total
        surprise = math.log(2 * math.log(width) / self._delta)
        spread = 2 * self._squares / width * surprise
        # No cut is easier than one in the middle: most are told without a square root.
        easiest = 0.999 * threshold(4 / (width - 2 * SHORTEST + 2), spread, surprise)
        older, sum_of_older = 0, 0.0
        for size in range(len(self._rows) - 1, -1, -1):
            count = 1 << size
            for bucket, _ in self._rows[size]:
                older += count
                newer = width - older
                sum_of_older += bucket
                if newer < SHORTEST:
                    return False
                difference = abs(sum_of_older / older - (total - sum_of_older) / newer)
                if difference > easiest and older >= SHORTEST:
                    m = 1 / (older - SHORTEST + 1) + 1 / (newer - SHORTEST + 1)
                    if difference > threshold(m, spread, surprise):
                        return True
        return False


def threshold(m: float, spread: float, surprise: float) -> float:
    """Return the difference of means that is a change: m, 2 v d and d of the formula above."""
    return math.sqrt(max(m * spread, 0.0)) + 2 / 3 * surprise * m
