"""The customer's message and its circumstances, read from Rasa's tracker for all actions."""

import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional

from rasa_sdk import Tracker

KEYBOARD_CHANNEL = "cmdline"
"""`rasa shell`: no widget, no gateway, used by developers alone."""
_SIGNED_IN_BY_KEYBOARD = re.compile(r"customer-(.+?)(--.*)?")
"""What follows two dashes tells conversations of one customer apart; an id may hold single ones."""


@dataclass(frozen=True)
class Turn:
    """The customer's latest message and its author."""

    conversation_id: str
    message_id: str
    customer_id: Optional[str]
    """None for an anonymous customer."""
    intent: Optional[str]
    sentiment: Optional[str]
    """`angry`, `neutral` or `pleased`; None where it was not classified, as with a button."""
    turn_count: int
    """The customer's messages so far, this one included. At the keyboard those that Rasa still remembers."""
    at_keyboard: bool
    proactive: bool
    """The customer wrote nothing: an event on the shop's page lets the bot speak first."""
    basket_cents: Optional[int]
    """The value of the customer's basket, from the shop's page; None if unknown."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """Where the customer shops, as far as it is known: `currency`, `country`, `channel` and `basket`."""
    locale: str = "en"
    """Of the conversation."""

    @property
    def currency(self) -> Optional[str]:
        """In which prices are named; None is the shop's own."""
        return self.context.get("currency")

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        """Read the gateway's metadata, which come with each turn; for `rasa shell`, the conversation's id."""
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
            intent=request_of(tracker).get("intent") or (message.get("intent") or {}).get("name"),
            sentiment=(message.get("sentiment") or {}).get("name"),
            turn_count=metadata.get("turn_count") or sum(event["event"] == "user" for event in tracker.events),
            at_keyboard=at_keyboard,
            proactive=metadata.get("unasked") is True,
            basket_cents=metadata.get("basket_cents"),
            context=metadata.get("context") or {},
            locale=metadata.get("locale") or "en",
        )


def request_of(tracker: Tracker) -> Dict[str, Any]:
    """The part of the message that this action answers: `intent`, `text` and `entities`; empty where nobody says so."""
    return tracker.get_slot("request") or {}


def events_of_turn(tracker: Tracker) -> List[Dict[str, Any]]:
    """The events since the customer's latest message, oldest first."""
    events: List[Dict[str, Any]] = list(tracker.events)
    last = max((i for i, event in enumerate(events) if event["event"] == "user"), default=-1)
    return events[last + 1 :]
