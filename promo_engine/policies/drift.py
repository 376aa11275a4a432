"""Detects when rewards begin to differ from their expectation, with ADWIN.

Every call runs ADWIN again over the kept surprises. A snapshot therefore holds only these numbers, and still raises the
alarm at the same reward.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from promo_engine.domain.learning.adwin import GRACE, SHORTEST, Adwin

KEPT = 1000
"""Surprises, reward less expectation, of the latest rewards."""

Floats = NDArray[np.float64]


def surprises_since_change(kept: Floats, new: Floats, *, delta: float) -> int | None:
    """How many of the latest surprises came after a change among the `new` ones; None without a change.

    There are two signs of a change: surprises are no longer 0 on average, as when everything sells worse, or they have
    become larger, as when customers go over from one offer to another. Smaller surprises are learning and no change.
    `delta` is the probability of a false alarm of each sign.
    """
    surprises = np.concatenate([kept, new])
    shifted = {index: width for index, width, _, _ in changes(surprises, delta)}
    larger = {index: width for index, width, before, mean in changes(surprises**2, delta) if mean > before}
    since: int | None = None
    for index in range(len(kept), len(surprises)):
        widths = [alarms[index] for alarms in (shifted, larger) if index in alarms]
        if widths:
            since = min(widths)
        elif since is not None:
            since += 1
    return since


def changes(numbers: Floats, delta: float) -> Iterator[tuple[int, int, float, float]]:
    """Yield each change that ADWIN finds: its index, the window's length after it, its mean before and after it."""
    begin = 0
    while begin < len(numbers):
        window = Adwin(delta, clock=1)
        possible = _possible_changes(numbers[begin:], delta).tolist()
        for index, number in enumerate(numbers[begin:].tolist(), begin):
            before = window.mean
            if window.changes_with(number, look=possible[index - begin]):
                yield index, window.width, before, window.mean
                begin = index + 1
                break
        else:
            return


def _possible_changes(numbers: Floats, delta: float) -> NDArray[np.bool_]:
    """Say after which numbers a new window may find its first cut: ADWIN's test at once for all, with a small margin.

    Without it the thirty cuts of each of a thousand windows would be looked at one by one, and nobody answered
    meanwhile.
    """
    length = len(numbers)
    counts = np.arange(1, length + 1)
    sums = np.cumsum(numbers)
    variances = np.maximum(np.cumsum(numbers**2) - sums**2 / counts, 0.0) / counts
    widths, older = _cuts(1 << (length - 1).bit_length())
    end = np.searchsorted(widths, length, side="right")
    widths, older = widths[:end], older[:end]
    newer = widths - older
    sums_of_older, last = sums[older - 1], widths - 1
    m = 1 / (older - SHORTEST + 1) + 1 / (newer - SHORTEST + 1)
    surprise = np.log(2 * np.log(widths) / delta)
    thresholds = np.sqrt(2 * m * variances[last] * surprise) + 2 / 3 * surprise * m
    differences = np.abs(sums_of_older / older - (sums[last] - sums_of_older) / newer)
    possible = np.zeros(length, bool)
    possible[last[differences > 0.999 * thresholds]] = True
    return possible


@lru_cache(maxsize=12)
def _cuts(length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where windows of up to `length` numbers may be cut: pairs of a window's length and its older part's."""
    window = Adwin(1.0, clock=1)
    pairs: list[tuple[int, int]] = []
    for width in range(1, length + 1):
        window.changes_with(0.0, look=False)
        if width > GRACE:
            pairs += [(width, older) for older in window.cuts()]
    widths, older = np.array(pairs, np.int64).reshape(-1, 2).T
    return widths, older
