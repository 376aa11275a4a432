"""Hands domain events to the services that react to them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from promo_engine.domain.events import DomainEvent

_LOG = logging.getLogger(__name__)
_Event = TypeVar("_Event", bound=DomainEvent)


class EventDispatcher:
    """Calls the listeners of each event, in the order of their subscription.

    Listeners run within the request whose transaction has just committed: they must be quick and must not wait. One
    that raises is logged; neither the request nor the other listeners notice.
    """

    def __init__(self) -> None:
        self._listeners: dict[type[object], list[Callable[[Any], None]]] = {}

    def subscribe(self, event_type: type[_Event], listener: Callable[[_Event], None]) -> None:
        """Let `listener` have every event of this type from now on."""
        self._listeners.setdefault(event_type, []).append(listener)

    def publish(self, events: Sequence[DomainEvent]) -> None:
        """Hand out events in their order. Never raises."""
        for event in events:
            for listener in self._listeners.get(type(event), ()):
                try:
                    listener(event)
                except Exception:
                    _LOG.exception("a listener to %s failed", type(event).__name__)
