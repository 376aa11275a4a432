"""What requests about conversations reply."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from common.bodies import Reply
from gateway.admin.admin_endpoint import DescribedAs, IsoTime


class FilterValues(Reply):
    """Values that one may filter by, of the kinds that have few."""

    intent: list[str]
    sentiment: list[str]
    offer: list[str]
    outcome: list[str]
    tag: list[str]
    rating: list[str]
    assigned: list[str]


class ConversationTags(FilterValues):
    """Everything of which a conversation may have several values."""

    policy: list[str]
    policy_line: list[str]


class ConversationSummary(Reply):
    """A conversation as the list shows it."""

    conversation_id: str
    customer_id: str | None
    channel: str
    started_at: IsoTime
    last_message_at: IsoTime | None
    message_count: int
    preview: str
    hit: str | None
    """The message that a search has found; null without a search."""
    hit_seq: int | None
    confidence: float | None
    """From 0 to 1: of its least sure intent."""
    fallback_count: int
    handed_over: bool
    flagged: bool
    taken_by: str | None
    """The admin who answers instead of the bot."""
    tags: ConversationTags = Field(alias="facets")


class ConversationPage(Reply):
    """A page of conversations."""

    conversations: list[ConversationSummary]
    next_before: str | None
    """`before` of the next page; null on the last one."""


class LastMessage(Reply):
    """When anything was last said."""

    last_message_at: IsoTime | None


class ScoredName(Reply):
    """A guess of the bot."""

    name: str | None
    confidence: float


class FoundEntity(Reply):
    """An entity that the bot found."""

    entity: str
    value: Any
    start: int | None = None
    end: int | None = None


class Parse(Reply):
    """What the bot understood of a text."""

    intent: ScoredName | None = None
    intent_ranking: list[ScoredName] = Field(default_factory=list)
    entities: list[FoundEntity] = Field(default_factory=list)
    sentiment: ScoredName | None = None


class LoggedOffer(Reply):
    """An offer as the shopper saw it."""

    offer_id: str
    title: str
    terms: str
    explanation: str
    ends_at: IsoTime


class LoggedShipment(Reply):
    """A parcel as the shopper saw it; its link is https or empty."""

    order_number: str
    carrier: str
    tracking_number: str
    tracking_url: str
    state: str


class LoggedOutcome(Reply):
    """What became of an offer in the chat."""

    outcome: str
    code: str | None


class TranscriptMessage(Reply):
    """A message with what stands behind it."""

    message_id: str
    seq: int
    sender: Literal["shopper", "bot", "agent"] = Field(alias="from")
    text: str
    created_at: IsoTime
    state: Literal["received", "answered", "failed"] | None
    pressed: bool
    """A button was pressed: its intent was given, not understood."""
    parse: Annotated[dict[str, Any], DescribedAs(Parse)] | None
    actions: list[str] | None
    decision_id: str | None
    outcome: Annotated[dict[str, Any], DescribedAs(LoggedOutcome)] | None
    offer: Annotated[dict[str, Any], DescribedAs(LoggedOffer)] | None
    shipments: list[Annotated[dict[str, Any], DescribedAs(LoggedShipment)]] | None
    buttons: list[str]
    exposed_at: IsoTime | None
    turn_ms: int | None
    message_rating: Literal["up", "down"] | None = Field(alias="thumb")


class Note(Reply):
    """A note beside a conversation."""

    author: str
    text: str
    created_at: IsoTime


class MarkedEntity(Reply):
    """Some words of a text, from `start` to before `end`; `value` only where it is not what stands there."""

    start: int
    end: int
    entity: str
    value: str | None = None


class CorrectionReply(Reply):
    """What a text means, as an admin says."""

    correction_id: int
    message_id: str | None
    conversation_id: str | None
    text: str
    guessed_intent: str | None
    """null: the bot has read nothing."""
    intent: str
    entities: list[Annotated[dict[str, Any], DescribedAs(MarkedEntity)]]
    author: str
    created_at: IsoTime


class Transcript(Reply):
    """A conversation with some of its messages."""

    conversation_id: str
    customer_id: str | None
    summary: ConversationSummary = Field(alias="digest")
    notes: list[Note]
    corrections: list[CorrectionReply]
    messages: list[TranscriptMessage]
    more_before: bool
    more_after: bool


class Colleagues(Reply):
    """The names of those to whom a conversation may be given."""

    names: list[str]


class TakenBy(Reply):
    """Who answers a conversation; null is the bot."""

    taken_by: str | None


class Said(Reply):
    """A message that an admin wrote."""

    message_id: str
    seq: int


class SavedView(Reply):
    """Filters under a name."""

    name: str
    query: str
    """As it stands in the page's address."""


class SavedViews(Reply):
    """The caller's views."""

    views: list[SavedView]
