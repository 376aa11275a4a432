"""The customer's message and its circumstances, read from Rasa's tracker for all actions."""

import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Sequence

from rasa_sdk import Tracker

from actions.language import say, speak
from common.i18n.translations import ENGLISH

KEYBOARD_CHANNEL = "cmdline"
"""`rasa shell`: no widget, no gateway, used by developers alone."""
_SIGNED_IN_BY_KEYBOARD = re.compile(r"customer-(.+?)(--.*)?")
"""What follows two dashes tells conversations of one customer apart; an id may hold single ones."""
LANGUAGE_SLOT = "language"
"""The language in which the bot answers; unset for English."""
FOUND_CUSTOMER_SLOT = "found_customer"
"""Who is not signed in, once they were found by what they said of themselves; one customer a conversation."""
REQUEST_SLOT = "request"
"""The part of the message that the next action answers: intent, text and entities, as the dialogue policy took it."""


@dataclass(frozen=True)
class Turn:
    """The customer's latest message and its author."""

    conversation_id: str
    message_id: str
    customer_id: Optional[str]
    """None for an anonymous customer."""
    intent: Optional[str]
    text: str
    """What was written, or the part of it that the action answers."""
    entities: Sequence[Mapping[str, Any]]
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
    """How amounts and days are written: the shop's, or the language of the talk where that is another one."""

    @property
    def currency(self) -> Optional[str]:
        """In which prices are named; None is the shop's own."""
        return self.context.get("currency")

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        """Read the gateway's metadata, which come with each turn; for `rasa shell`, the conversation's id.

        From here on `say` speaks the language of the talk (the slot `language`).
        """
        message = tracker.latest_message or {}
        request = request_of(tracker)
        metadata: Dict[str, Any] = message.get("metadata") or {}
        language = tracker.get_slot(LANGUAGE_SLOT) or ENGLISH
        speak(language)
        at_keyboard = tracker.get_latest_input_channel() == KEYBOARD_CHANNEL
        customer_id = metadata.get("customer_id")
        if at_keyboard and (match := _SIGNED_IN_BY_KEYBOARD.fullmatch(tracker.sender_id)):
            customer_id = match.group(1)
        return cls(
            conversation_id=metadata.get("conversation_id") or tracker.sender_id,
            message_id=metadata.get("message_id") or message.get("message_id") or str(len(tracker.events)),
            customer_id=customer_id or tracker.get_slot(FOUND_CUSTOMER_SLOT),
            intent=request.get("intent"),
            text=str(request.get("text") or ""),
            entities=request.get("entities") or [],
            sentiment=(message.get("sentiment") or {}).get("name"),
            turn_count=metadata.get("turn_count") or sum(event["event"] == "user" for event in tracker.events),
            at_keyboard=at_keyboard,
            proactive=metadata.get("unasked") is True,
            basket_cents=metadata.get("basket_cents"),
            context=metadata.get("context") or {},
            locale=(metadata.get("locale") or ENGLISH) if language == ENGLISH else language,
        )


def request_of(tracker: Tracker) -> Mapping[str, Any]:
    """Intent, text and entities of what the action answers: the policy's `request`, else the whole latest message.

    A request that was set before the latest message belongs to another one and is not read.
    """
    message = tracker.latest_message or {}
    if any(event["event"] == "slot" and event.get("name") == REQUEST_SLOT for event in events_of_turn(tracker)):
        request = tracker.get_slot(REQUEST_SLOT)
        if isinstance(request, dict):
            return {**request, "entities": _within(request, whole=str(message.get("text") or ""))}
    return {
        "intent": (message.get("intent") or {}).get("name"),
        "text": message.get("text"),
        "entities": message.get("entities"),
    }


def _within(request: Mapping[str, Any], *, whole: str) -> List[Mapping[str, Any]]:
    """The entities, placed in the text of the request; the policy leaves them as they stand in the whole message."""
    begins = max(0, whole.find(str(request.get("text") or "")))
    return [
        {**entity, "start": entity["start"] - begins, "end": entity["end"] - begins}
        if entity.get("start") is not None and entity.get("end") is not None and entity["start"] >= begins
        else entity
        for entity in request.get("entities") or []
    ]


def bot_events_before(tracker: Tracker, *, turns: int = 1) -> List[Dict[str, Any]]:
    """What the bot uttered in its last turns before the customer's latest message, oldest first."""
    events: List[Dict[str, Any]] = list(tracker.events)
    messages = [i for i, event in enumerate(events) if event["event"] == "user"]
    if not messages:
        return []
    start = messages[-1 - turns] if len(messages) > turns else 0
    return [event for event in events[start : messages[-1]] if event["event"] == "bot"]


def said_before(tracker: Tracker) -> List[str]:
    """The texts of the bot's last turn before the customer's latest message."""
    return [str(event.get("text") or "") for event in bot_events_before(tracker)]


def unlike(before: Sequence[str], *variations: str) -> str:
    """The first variation that was not just said: nobody wants to read the same sentence twice in a row."""
    return next((text for text in variations if not {text, say(text)} & {*before}), variations[-1])


def events_of_turn(tracker: Tracker) -> List[Dict[str, Any]]:
    """The events since the customer's latest message, oldest first."""
    events: List[Dict[str, Any]] = list(tracker.events)
    last = max((i for i, event in enumerate(events) if event["event"] == "user"), default=-1)
    return events[last + 1 :]
