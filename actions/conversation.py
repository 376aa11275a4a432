"""What an action may know of the conversation it runs in, read from Rasa's tracker in one place."""

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from rasa_sdk import Tracker

KEYBOARD_CHANNEL = "cmdline"
"""`rasa shell`: no widget, no gateway, used by developers alone."""
_SIGNED_IN_BY_KEYBOARD = re.compile(r"customer-([^-]+)(-.*)?")


@dataclass(frozen=True)
class Turn:
    """The shopper's latest message and who wrote it."""

    conversation_id: str
    message_id: str
    customer_id: Optional[str]
    """None for a stranger."""
    intent: Optional[str]
    sentiment: Optional[str]
    """`angry`, `neutral` or `pleased`; None where it was not judged, as with a button."""
    turn_count: int
    """Messages of the shopper so far, this one included. At the keyboard those that Rasa still remembers."""
    at_keyboard: bool
    unasked: bool
    """The shopper said nothing: a moment on the shop's page lets the bot speak first, or stay silent."""
    basket_cents: Optional[int]
    """What the shopper's basket is worth, as the shop's page tells it; None if it does not."""

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        """The gateway's metadata, told anew with every turn; for `rasa shell` what the conversation's id says."""
        message = tracker.latest_message or {}
        metadata: Dict[str, Any] = message.get("metadata") or {}
        at_keyboard = tracker.get_latest_input_channel() == KEYBOARD_CHANNEL
        customer_id = metadata.get("customer_id")
        if at_keyboard and (match := _SIGNED_IN_BY_KEYBOARD.fullmatch(tracker.sender_id)):
            customer_id = match.group(1)
        return cls(
            conversation_id=metadata.get("conversation_id") or tracker.sender_id,
            message_id=metadata.get("message_id") or message.get("message_id") or str(len(tracker.events)),
            customer_id=customer_id,
            intent=(message.get("intent") or {}).get("name"),
            sentiment=(message.get("sentiment") or {}).get("name"),
            turn_count=metadata.get("turn_count") or sum(event["event"] == "user" for event in tracker.events),
            at_keyboard=at_keyboard,
            unasked=metadata.get("unasked") is True,
            basket_cents=metadata.get("basket_cents"),
        )


def events_of_turn(tracker: Tracker) -> List[Dict[str, Any]]:
    """What happened since the shopper's latest message, oldest first."""
    events: List[Dict[str, Any]] = list(tracker.events)
    last = max((i for i, event in enumerate(events) if event["event"] == "user"), default=-1)
    return events[last + 1 :]
