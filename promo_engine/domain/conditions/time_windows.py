"""Windows of the week by a wall clock.

An hour that the clock skips never comes, one that it repeats counts both times, and a day that the zone leaves out
(Samoa, 30 December 2011) has no windows; so a window of a whole day lasts 23 or 25 hours where the clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY_MINUTES = 24 * 60
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Window:
    """Weekdays (0 is Monday) from a minute of the day until before another."""

    weekdays: frozenset[int]
    from_minute: int = 0
    until_minute: int = DAY_MINUTES

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError("time_windows: weekdays are one or more of Mon, Tue, Wed, Thu, Fri, Sat, Sun")
        if not 0 <= self.from_minute < self.until_minute <= DAY_MINUTES:
            raise ValueError("time_windows: from has to lie before until, on one day; a night is two windows")


@dataclass(frozen=True)
class TimeWindows:
    """Inside one of the windows, by the clock of the zone."""

    zone: str
    windows: tuple[Window, ...]

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"time_windows: there is no time zone {self.zone!r}, such as Europe/Berlin") from None
        if not self.windows:
            raise ValueError("time_windows: one or more windows are needed")
        for day in range(7):
            of_day = sorted((w.from_minute, w.until_minute) for w in self.windows if day in w.weekdays)
            if any(later[0] < earlier[1] for earlier, later in pairwise(of_day)):
                raise ValueError(f"time_windows: two windows overlap on {WEEKDAYS[day]}")

    def holds(self, at: datetime) -> bool:
        """Say whether a moment lies inside."""
        local = at.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        return any(local.weekday() in w.weekdays and w.from_minute <= minute < w.until_minute for w in self.windows)
