"""Rasa's working memory: the last few turns of the conversations that are going on, and no more.

Rasa reads back and goes through all events of a conversation with every message, so a turn would take the longer the
longer the chat: measured here 22 ms for the first and 49 ms for the fortieth. No policy of bot/config.yml looks back
further than a few turns, and the record of a conversation is the gateway's log. What slots held at the cut is kept.
"""

import json
from typing import Any, Dict, List, Optional, Sequence

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.conversation import Dialogue
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException


class RecentTurnsTrackerStore(InMemoryTrackerStore):
    """Keeps `turns` turns of each of the `conversations` that spoke last, in memory.

    A conversation that is forgotten goes on all the same: the gateway hands its slots over again.
    """

    def __init__(
        self,
        domain: Domain,
        event_broker: Optional[EventBroker] = None,
        *,
        turns: int = 6,
        conversations: int = 10_000,
        **kwargs: Any,
    ) -> None:
        for name, value in (("turns", turns), ("conversations", conversations)):
            if not isinstance(value, int) or value < 1:
                raise RasaException(
                    f"tracker_store in endpoints.yml: {name} must be a whole number from 1, not {value!r}"
                )
        super().__init__(domain, event_broker, **kwargs)
        self._turns = turns
        self._conversations = conversations

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Replace what is kept of the conversation; if there are too many, forget the one that was silent longest."""
        await self.stream_events(tracker)
        kept = Dialogue(tracker.sender_id, recent_events(tracker.events, turns=self._turns))
        self.store.pop(tracker.sender_id, None)  # a dict remembers insertion order: the last to speak goes to the end
        self.store[tracker.sender_id] = json.dumps(kept.as_dict())
        if len(self.store) > self._conversations:
            del self.store[next(iter(self.store))]


def recent_events(events: Sequence[Event], *, turns: int) -> List[Event]:
    """The events of the last `turns` turns behind a start of session that sets the slots and the loop as they were."""
    events = list(events)
    starts = [i for i, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(starts) <= turns:
        return events
    cut = starts[-turns]
    memory: Dict[str, Event] = {}
    for event in events[:cut]:
        if isinstance(event, (AllSlotsReset, Restarted)):
            memory.clear()
        elif isinstance(event, SlotSet):
            memory[f"slot {event.key}"] = event
        elif isinstance(event, ActiveLoop):
            memory["loop"] = event
    start = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    return [*start, *memory.values(), ActionExecuted(ACTION_LISTEN_NAME), *events[cut:]]
