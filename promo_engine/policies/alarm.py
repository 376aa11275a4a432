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

    `delta` is the chance of a false alarm.
    """
    from river.drift import ADWIN  # noqa: PLC0415  takes a second to import; deciding does not need it

    detector: Any = ADWIN(delta=delta, clock=1)  # type: ignore[no-untyped-call]  # river has no hints here
    changed = False
    for surprise in kept.tolist():
        detector.update(surprise)
    for surprise in new.tolist():
        detector.update(surprise)
        changed = changed or bool(detector.drift_detected)
    return int(detector.width) if changed else None
