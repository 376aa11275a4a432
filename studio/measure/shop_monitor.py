"""What happens now: events move segments and raise alarms as they come in, one by one.

A watcher keeps a customer's segment current with each purchase and asks drift detectors about sales,
acceptance, complaints and sentiment: ADWIN (Bifet and Gavalda 2007) for shares and levels whose change is slow, and a
z-score against the same hour of the day for sales, whose change is sudden. Nothing here waits or reads a clock: time is
that of the events.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from promo_engine.domain.customers.live_events import Alarm, LiveEvent, OrdersSoFar, SegmentChanged, Signal
from promo_engine.domain.customers.segments import LAPSING_DAYS, Cuts, segment_of
from promo_engine.domain.learning.adwin import Adwin
from studio.report.money import Money

__all__ = ["Alarm", "LiveEvent", "SegmentChanged", "Signal", "Watcher"]

_HOURS_LEARNED = 14
"""Days of an hour that are seen before its sales can be called odd."""
_ODD = 4.0
"""Standard deviations."""
_DELTA = 0.002
"""Chance of a false alarm of a share or a level."""
_CLOCK = 32
"""Events between two looks at whether a share or a level has changed."""
_HOUR = timedelta(hours=1)


@dataclass
class _Usual:
    """Mean and deviation of numbers as they come (Welford 1962)."""

    count: int = 0
    mean: float = 0.0
    _squares: float = 0.0

    def learn(self, number: float) -> None:
        self.count += 1
        before = number - self.mean
        self.mean += before / self.count
        self._squares += before * (number - self.mean)

    @property
    def deviation(self) -> float:
        return float((self._squares / max(self.count - 1, 1)) ** 0.5)


@dataclass
class Watcher:
    """Feed it events in time. `segments` are the customers' at the start.

    With `cuts` and `baskets` (how many each had) a customer rises with its baskets; without, thirds stay as counted.
    """

    segments: dict[str, str]
    last_seen: dict[str, datetime]
    usual: dict[str, str] = field(default_factory=dict)
    """The segment of each customer when it does not lapse."""
    cuts: Cuts | None = None
    baskets: Counter[str] = field(default_factory=Counter)
    money: Money = field(default_factory=lambda: Money("EUR"))
    """What sales are told in."""
    _hours: dict[int, _Usual] = field(default_factory=dict)
    hour_open: datetime | None = None
    _began: datetime | None = None
    """The hour in which watching began: what was sold before that in it is not known."""
    _sold: float = 0.0
    _newest: datetime | None = None
    """Of what was fed; what is reported late does not turn time back."""
    _drifts: dict[str, Adwin] = field(default_factory=dict)
    _quiet: deque[tuple[datetime, str]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._counts = Counter(self.segments.values())
        self.usual = {
            customer_id: name for customer_id, name in self.segments.items() if name != "lapsing"
        } | self.usual
        self._quiet.extend(sorted((at, customer_id) for customer_id, at in self.last_seen.items()))

    @classmethod
    def of(cls, so_far: OrdersSoFar, now: datetime, *, money: Money) -> Watcher:
        """Start from the orders so far; all times are in the zone of `now`."""
        days = {customer_id: (now - at) / timedelta(days=1) for customer_id, at in so_far.newest.items()}
        segments = {
            customer_id: segment_of(count, days[customer_id], so_far.cuts)
            for customer_id, count in so_far.counts.items()
        }
        usual = {customer_id: segment_of(count, 0.0, so_far.cuts) for customer_id, count in so_far.counts.items()}
        watcher = cls(segments, dict(so_far.newest), usual, so_far.cuts, Counter(so_far.counts), money)
        if so_far.hours:
            hour, last = min(so_far.hours), max(so_far.hours)
            while hour < last:  # the last one may not have been over
                watcher._hours.setdefault(hour.hour, _Usual()).learn(so_far.hours.get(hour, 0))
                hour += _HOUR
        return watcher

    def counts(self) -> Counter[str]:
        """How many customers each segment has now."""
        return +self._counts

    def feed(self, event: LiveEvent) -> Iterator[Alarm | SegmentChanged]:
        """Take in one event and say what follows from it."""
        self._newest = max(self._newest or event.at, event.at)
        yield from self._lapse(self._newest)
        if event.signal == "sales":
            yield from self._sale(event)
            return
        window = self._drifts.setdefault(event.signal, Adwin(_DELTA, clock=_CLOCK))
        before = window.mean
        if window.changes_with(event.value):
            text = f"{event.signal} went from {before:.2f} to {window.mean:.2f} on average"
            yield Alarm(event.at, event.signal, text)

    def pass_time(self, now: datetime) -> Iterator[Alarm | SegmentChanged]:
        """Say what follows from nothing having happened until now. Sales are watched from the first one on."""
        self._newest = max(self._newest or now, now)
        yield from self._lapse(now)
        if self.hour_open is not None:
            yield from self._close_until(now.replace(minute=0, second=0, microsecond=0))

    def feed_all(self, events: Iterable[LiveEvent]) -> Iterator[Alarm | SegmentChanged]:
        """Take in many."""
        for event in events:
            yield from self.feed(event)

    def _sale(self, event: LiveEvent) -> Iterator[Alarm | SegmentChanged]:
        hour = event.at.replace(minute=0, second=0, microsecond=0)
        if self.hour_open is None:
            self.hour_open = self._began = hour
        yield from self._close_until(hour)
        self._sold += event.value
        who = event.customer_id
        if who is None:
            return
        if who not in self.last_seen or event.at > self.last_seen[who]:
            self.last_seen[who] = event.at
            self._quiet.append((event.at, who))
        self.baskets[who] += 1
        if self.cuts is not None:
            self.usual[who] = segment_of(self.baskets[who], 0.0, self.cuts)
        after = self.usual.setdefault(who, "occasional")
        late = self._newest is not None and event.at < self._newest - timedelta(days=LAPSING_DAYS)
        if self.segments.get(who, "new") != after and not late:
            yield self._move(event.at, who, after)

    def _close_until(self, hour: datetime) -> Iterator[Alarm]:
        while self.hour_open is not None and self.hour_open < hour:  # hours without a sale count as 0
            if self.hour_open != self._began:
                yield from self._close_hour(self.hour_open)
            self._sold = 0.0
            self.hour_open += _HOUR

    def _close_hour(self, hour: datetime) -> Iterator[Alarm]:
        usual = self._hours.setdefault(hour.hour, _Usual())
        mean, deviation = usual.mean, usual.deviation
        if usual.count >= _HOURS_LEARNED and abs(self._sold - mean) > _ODD * max(deviation, 0.1 * mean, 1.0):
            sold, often = (self.money.words(cents, whole=True) for cents in (self._sold, mean))
            text = f"{sold} sold from {hour:%H:%M} to {hour:%H}:59, usual are {often}"
            yield Alarm(hour, "sales", text)
        else:  # what was odd is not learned: a week without sales would soon be usual
            usual.learn(self._sold)

    def _lapse(self, now: datetime) -> Iterator[SegmentChanged]:
        # Days are whole ones where thirds were counted by the day; with cuts they are counted to the second.
        limit = now - timedelta(days=LAPSING_DAYS + (self.cuts is None))
        while self._quiet and self._quiet[0][0] < limit:
            at, who = self._quiet.popleft()
            if self.last_seen.get(who) == at and self.segments.get(who) != "lapsing":
                yield self._move(now, who, "lapsing")

    def _move(self, at: datetime, who: str, after: str) -> SegmentChanged:
        before = self.segments.get(who, "new")
        self.segments[who] = after
        self._counts[before] -= 1
        self._counts[after] += 1
        return SegmentChanged(at, who, before, after)
