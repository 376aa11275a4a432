"""The start of a conversation, and of a new session after a long silence."""

from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import Turn

METADATA_SLOT = "session_started_metadata"
"""Where Rasa puts the first message's metadata before this action runs."""


class SessionStart(Action):
    """Keeps what the conversation knew, and who is signed in. Says nothing."""

    def name(self) -> str:
        """Rasa's own name for it."""
        return "action_session_start"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]
    ) -> List[Dict[str, Any]]:
        """Set the slots anew: a session starts empty. The channel adds what the gateway carries over."""
        metadata = tracker.get_slot(METADATA_SLOT) or {}
        kept = {
            name: value
            for name, value in tracker.slots.items()
            if value is not None and not name.startswith("session_")
        }
        kept["customer_id"] = metadata.get("customer_id") or Turn.of(tracker).customer_id
        return [
            SessionStarted(),
            *(SlotSet(name, value) for name, value in kept.items()),
            ActionExecuted("action_listen"),
        ]
