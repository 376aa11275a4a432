"""Webhook deliveries: what a shop sent, and when it is worked off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MOST_TRIES = 10
FIRST_PAUSE = timedelta(seconds=5)
"""Before the second try; every further pause is twice as long, so that ten tries take 43 minutes."""
BODIES_KEPT = timedelta(days=7)
"""Raw bodies hold names and addresses; after this they are deleted, whatever became of them."""


class DeliveryState(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    """Given up after ten tries, or refused for what it says: somebody has to look."""


@dataclass(frozen=True)
class WebhookDelivery:
    """One message of a shop, stored before it is answered."""

    number: int
    """Ascends as they come."""
    source_id: str
    delivery_id: str
    """The shop's own: the same again is the same delivery."""
    topic: str
    body: bytes | None
    """As it was sent; None once it is deleted."""
    received_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    tries: int = 0
    last_error: str = ""


@dataclass(frozen=True)
class WebhookCounts:
    """How much waits, and how long it has."""

    waiting: int
    dead: int
    oldest_waiting_at: datetime | None


def next_try_at(tries: int, *, now: datetime) -> datetime:
    """When to try again after so many tries: 5 s, 10 s, 20 s …, exponential backoff."""
    doublings = max(tries - 1, 0)
    return now + FIRST_PAUSE * (1 << doublings)
