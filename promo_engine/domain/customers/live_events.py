"""What happens in the shop and in its chats while the engine runs, and what follows from it.

`studio.measure.shop_monitor` implements `Watch`; `services.monitoring.monitoring_service` feeds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from promo_engine.domain.customers.segments import Cuts

Signal = Literal["sales", "acceptance", "complaints", "sentiment"]
SIGNALS: tuple[Signal, ...] = ("sales", "acceptance", "complaints", "sentiment")


@dataclass(frozen=True)
class LiveEvent:
    """One event. `value`: cents of a purchase; 1 or 0 of an offer accepted or a complaint; -1 to 1 of a mood."""

    at: datetime
    signal: Signal
    value: float
    customer_id: str | None = None


@dataclass(frozen=True)
class Alarm:
    """Something is not as it was."""

    at: datetime
    signal: Signal
    text: str


@dataclass(frozen=True)
class SegmentChanged:
    """A customer changed the segment."""

    at: datetime
    customer_id: str
    before: str
    after: str


@dataclass(frozen=True)
class OrdersSoFar:
    """What a watch starts from."""

    counts: Mapping[str, int]
    """Orders by customer_id."""
    newest: Mapping[str, datetime]
    """The newest order of each customer."""
    hours: Mapping[datetime, int]
    """Sales in cents of the latest weeks by the beginning of their hour; hours without any are absent."""
    cuts: Cuts


class ShopMonitor(Protocol):
    """Takes in what happens, in time, and says what follows. Reads no clock."""

    def feed(self, event: LiveEvent) -> Iterable[Alarm | SegmentChanged]:
        """Take in one event."""
        ...

    def pass_time(self, now: datetime) -> Iterable[Alarm | SegmentChanged]:
        """Say what follows from nothing having happened until now."""
        ...

    def counts(self) -> Mapping[str, int]:
        """How many customers each segment has."""
        ...
