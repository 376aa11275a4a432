"""When something that failed is tried again: exponential backoff."""

from __future__ import annotations

from datetime import timedelta

MOST_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
"""Ten attempts take 43 minutes, so that no pause among them is as long; what is never given up is tried hourly."""
_MOST_DOUBLINGS = 20


def pause_after(attempts: int) -> timedelta:
    """The pause after so many attempts: 5 s after the first, twice as long each time, an hour at most."""
    return min(FIRST_PAUSE * (1 << min(max(attempts - 1, 0), _MOST_DOUBLINGS)), LONGEST_PAUSE)
