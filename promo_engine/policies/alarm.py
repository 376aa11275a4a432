"""Tells when rewards have begun to differ from what was expected of them, with river's ADWIN.

ADWIN (Bifet and Gavalda, SDM 2007) keeps a window of numbers and drops its older part once the means of the two parts
differ by more than chance explains. It is run again over the kept surprises at every call, so that a snapshot needs to
hold nothing but these numbers to be alarmed at the same reward.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT = 1000
"""Surprises, reward less expectation, of the latest rewards."""


def surprises_since_change(kept: NDArray[np.float64], new: NDArray[np.float64], *, delta: float) -> int | None:
    """How many of the latest surprises belong to the world after a change among the `new` ones; None without a change.

    Two things tell of a change: surprises that are no longer 0 on average, as when everything sells worse, and
    surprises that have become larger, as when one offer takes the place of another. That they become smaller is
    learning. `delta` is the chance of a false alarm of each.
    """
    from river.drift import ADWIN  # noqa: PLC0415  takes a second to import; deciding does not need it

    shifted: Any = ADWIN(delta=delta, clock=1)  # type: ignore[no-untyped-call]  # river has no hints here
    larger: Any = ADWIN(delta=delta, clock=1)  # type: ignore[no-untyped-call]
    since: int | None = None
    for place, surprise in enumerate(np.concatenate([kept, new]).tolist()):
        before = larger.estimation
        shifted.update(surprise)
        larger.update(surprise**2)
        alarmed = [shifted.width] if shifted.drift_detected else []
        alarmed += [larger.width] if larger.drift_detected and larger.estimation > before else []
        if place >= len(kept):
            since = int(min(alarmed)) if alarmed else None if since is None else since + 1
    return since
