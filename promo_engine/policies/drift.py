"""Tells when rewards have begun to differ from what was expected of them, with river's ADWIN.

ADWIN (Bifet and Gavalda, SDM 2007) keeps a window of numbers and drops its older part once the means of the two parts
differ by more than chance explains. It is run again over the kept surprises at every call, so that a snapshot needs to
hold nothing but these numbers to be alarmed at the same reward.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# river.drift.ADWIN wraps this, but its package imports scikit-learn and pandas: seconds in which nobody gets an answer.
from river._river_rust.drift import AdaptiveWindowing

KEPT = 1000
"""Surprises, reward less expectation, of the latest rewards."""


def surprises_since_change(kept: NDArray[np.float64], new: NDArray[np.float64], *, delta: float) -> int | None:
    """How many of the latest surprises belong to the world after a change among the `new` ones; None without a change.

    Two things tell of a change: surprises that are no longer 0 on average, as when everything sells worse, and
    surprises that have become larger, as when one offer takes the place of another. That they become smaller is
    learning. `delta` is the chance of a false alarm of each.
    """
    shifted, larger = _Window(delta), _Window(delta)
    since: int | None = None
    for place, surprise in enumerate(np.concatenate([kept, new]).tolist()):
        before = larger.mean
        alarmed = [shifted.width] if shifted.changes_with(surprise) else []
        alarmed += [larger.width] if larger.changes_with(surprise**2) and larger.mean > before else []
        if place >= len(kept):
            since = int(min(alarmed)) if alarmed else None if since is None else since + 1
    return since


class _Window:
    """river's ADWIN, looked at after every number; a test holds both equal."""

    def __init__(self, delta: float) -> None:
        self._delta = delta
        self._window = self._empty()
        self._changed = False

    def changes_with(self, number: float) -> bool:
        """Add a number and say whether the window dropped its older part. A window that did is left for a new one."""
        if self._changed:
            self._window = self._empty()
        self._changed = bool(self._window.update(number))
        return self._changed

    @property
    def width(self) -> int:
        return int(self._window.get_width())

    @property
    def mean(self) -> float:
        """Of the window; 0 before the first number."""
        return float(self._window.get_total() / max(self._window.get_width(), 1.0))

    def _empty(self) -> AdaptiveWindowing:
        return AdaptiveWindowing(delta=self._delta, clock=1, max_buckets=5, min_window_length=5, grace_period=10)
