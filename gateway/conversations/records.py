"""Records that are written to the log and read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


@dataclass(frozen=True)
class Conversation:
    """A conversation as the latest turn left it."""

    conversation_id: str
    subject: str
    customer_id: str | None
    started_at: datetime
    turn_count: int = 0
    """Messages of the shopper that were answered, or given up with an apology."""
    carried_slots: Mapping[str, Any] = field(default_factory=dict)
    """The bot's slots after the latest turn, without empty ones."""
    taken_by: str | None = None
    """The admin who answers instead of the bot."""


@dataclass(frozen=True)
class Button:
    """A button as the log knows it; the payload is for the bot alone."""

    token: str
    title: str
    payload: str
    active: bool = True


@dataclass(frozen=True)
class Message:
    """One message as it is shown."""

    message_id: str
    seq: int
    sender: str
    text: str
    created_at: datetime
    buttons: Sequence[Button] = ()
    offer: Mapping[str, Any] | None = None
    outcome: Mapping[str, Any] | None = None
    also_bought: Mapping[str, Any] | None = None
    """Products that go with something: their currency and their prices."""
    shipments: Sequence[Mapping[str, str]] | None = None
    """Parcels of the orders that the message is about, as the shop reported them; None without any."""
    proof_form: Mapping[str, str] | None = None
    """The message asks who is not signed in for an order's number, where `order_number` is empty, and for a proof."""
    decision_id: str | None = None
    message_rating: str | None = None
    """What the shopper thought of it: `up`, `down` or None."""


@dataclass(frozen=True)
class ShopperMessage:
    """A shopper's message on its way into the log."""

    message_id: str
    conversation_id: str
    client_message_id: str
    text: str
    created_at: datetime
    unmasked: str | None = None
    """The text as it was written, where the log keeps it masked; only until it is answered."""


@dataclass(frozen=True)
class Receipt:
    """A shopper's message that is in the log."""

    message_id: str
    seq: int
    text: str
    payload: str | None
    """Payload of the pressed button, whose title is the text; None for free text."""
    created_at: datetime
    repeated: bool
    """True if it was in the log before: the widget sent the same client_message_id again."""


class ButtonRefusal(Enum):
    """Why the press of a button is refused."""

    USED = "button_used"
    UNKNOWN = "unknown_button"


@dataclass(frozen=True)
class Answer:
    """All that one turn adds to the log, written in one transaction."""

    conversation: Conversation
    """As it stands after the turn."""
    message_id: str
    """The shopper's message that this answers."""
    state: str
    messages: Sequence[Message]
    """The bot's messages; their seq is given by the log."""
    turn_ms: int
    ended_at: datetime
    parse: Mapping[str, Any] | None = None
    actions: Sequence[str] | None = None
    decision_id: str | None = None
    pressed: bool = False
    """True if the shopper pressed a button: then the intent was given, not understood."""
    masked: bool = False
    """True if the log has the shopper's message masked: what was really written is now forgotten."""


@dataclass(frozen=True)
class Unanswered:
    """A message that the last run acknowledged and did not answer."""

    conversation: Conversation
    message_id: str
    client_message_id: str
    text: str
    payload: str | None
    """See `Receipt`."""
    sent_at: datetime


@dataclass(frozen=True)
class Exposure:
    """An offer that a shopper was shown."""

    message_id: str
    conversation_id: str
    decision_id: str
