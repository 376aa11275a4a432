"""Webhook deliveries: what a shop sent, and when it is worked off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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
