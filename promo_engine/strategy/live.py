"""What happens now: events move segments and raise alarms as they come in, one by one.

A watcher keeps a household's segment current with each purchase and asks drift detectors of river about sales,
acceptance, complaints and sentiment: ADWIN (Bifet and Gavalda 2007) for shares and levels whose change is slow, and a
z-score against the same hour of the day for sales, whose change is sudden. Nothing here waits or reads a clock: time is
that of the events.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from river import drift, stats

from promo_engine.strategy.shop_facts import LAPSING_DAYS

Signal = Literal["sales", "acceptance", "complaints", "sentiment"]
_HOURS_LEARNED = 14
"""Days of an hour that are seen before its sales can be called odd."""
_ODD = 4.0
"""Standard deviations."""


@dataclass(frozen=True)
class Happening:
    """One event. `value`: cents of a purchase; 1 or 0 of an offer accepted or a complaint; -1 to 1 of a mood."""

    at: datetime
    signal: Signal
    value: float
    household_id: str | None = None


@dataclass(frozen=True)
class Alarm:
    """Something is not as it was."""

    at: datetime
    signal: Signal
    text: str


@dataclass(frozen=True)
class Moved:
    """A household changed its segment."""

    at: datetime
    household_id: str
    before: str
    after: str


@dataclass
class Watcher:
    """Feed it events in time. `segments` are the households' at the start; thirds stay where they were counted."""

    segments: dict[str, str]
    last_seen: dict[str, datetime]
    usual: dict[str, str] = field(default_factory=dict)
    """The segment of each household when it does not lapse."""
    _hours: dict[int, stats.Var] = field(default_factory=dict)
    _hour: datetime | None = None
    _sold: float = 0.0
    _drifts: dict[str, drift.ADWIN] = field(default_factory=dict)
    _quiet: deque[tuple[datetime, str]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.usual = {one: name for one, name in self.segments.items() if name != "lapsing"} | self.usual
        self._quiet.extend(sorted((at, one) for one, at in self.last_seen.items()))

    def counts(self) -> Counter[str]:
        """How many households each segment has now."""
        return Counter(self.segments.values())

    def feed(self, event: Happening) -> Iterator[Alarm | Moved]:
        """Take in one event and say what follows from it."""
        yield from self._lapse(event.at)
        if event.signal == "sales":
            yield from self._sale(event)
            return
        detector = self._drifts.setdefault(event.signal, drift.ADWIN(delta=0.002))  # type: ignore[no-untyped-call]
        before = detector.estimation
        detector.update(event.value)  # type: ignore[no-untyped-call]
        if detector.drift_detected:
            text = f"{event.signal} went from {before:.2f} to {detector.estimation:.2f} on average"
            yield Alarm(event.at, event.signal, text)

    def feed_all(self, events: Iterable[Happening]) -> Iterator[Alarm | Moved]:
        """Take in many."""
        for event in events:
            yield from self.feed(event)

    def _sale(self, event: Happening) -> Iterator[Alarm | Moved]:
        hour = event.at.replace(minute=0, second=0, microsecond=0)
        if self._hour is None:
            self._hour = hour
        while self._hour < hour:  # hours without a sale count as 0
            yield from self._close_hour(self._hour)
            self._hour += timedelta(hours=1)
        self._sold += event.value
        who = event.household_id
        if who is None:
            return
        self.last_seen[who] = event.at
        self._quiet.append((event.at, who))
        after = self.usual.setdefault(who, "occasional")
        before = self.segments.get(who, "new")
        if before != after:
            self.segments[who] = after
            yield Moved(event.at, who, before, after)

    def _close_hour(self, hour: datetime) -> Iterator[Alarm]:
        usual = self._hours.setdefault(hour.hour, stats.Var())
        mean, deviation = usual.mean.get(), usual.get() ** 0.5
        if usual.mean.n >= _HOURS_LEARNED and abs(self._sold - mean) > _ODD * max(deviation, 0.1 * mean, 1.0):
            text = f"${self._sold / 100:,.0f} sold from {hour:%H:%M} to {hour:%H}:59, usual are ${mean / 100:,.0f}"
            yield Alarm(hour, "sales", text)
        else:  # what was odd is not learned: a week without sales would soon be usual
            usual.update(self._sold)
        self._sold = 0.0

    def _lapse(self, now: datetime) -> Iterator[Moved]:
        limit = now - timedelta(days=LAPSING_DAYS + 1)
        while self._quiet and self._quiet[0][0] < limit:
            at, who = self._quiet.popleft()
            if self.last_seen.get(who) == at and self.segments.get(who) != "lapsing":
                before = self.segments.get(who, "new")
                self.segments[who] = "lapsing"
                yield Moved(now, who, before, "lapsing")
