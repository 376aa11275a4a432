"""What requests about suggestions and trainings carry and reply."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from common.bodies import Body, Query, Reply
from gateway.admin.admin_endpoint import IsoTime
from gateway.admin.language.language_schemas import Name

State = Literal["open", "accepted", "dismissed"]


class SuggestionsQuery(Query):
    """Of which state."""

    state: State = "open"


class AcceptanceBody(Body):
    """What the messages mean: an intent that the bot is trained on, or help/ARTICLE."""

    meaning: Name


class Meaning(Reply):
    """An intent or help/ARTICLE, with its title; empty where it has none."""

    meaning: str
    title: str


class SuggestedText(Reply):
    """A message of a group, without its numbers and addresses."""

    text: str
    conversation_id: str
    message_id: str


class Suggestion(Reply):
    """A group of messages that were not answered, and what they may mean."""

    suggestion_id: int
    state: State
    count: int
    texts: list[SuggestedText]
    """At most thirty, the most central first."""
    proposed: Meaning | None
    share: float
    taps: int
    chosen: Meaning | None
    decided_by: str | None
    decided_at: IsoTime | None


class Suggestions(Reply):
    """Suggestions of a state, and what they may be accepted as."""

    suggestions: list[Suggestion]
    meanings: list[Meaning]


class OpenSuggestions(Reply):
    """How many are open."""

    open: int


class CheckReply(Reply):
    """What the serving and the new model did right, of so many."""

    name: str
    before: int
    after: int
    of: int


class Training(Reply):
    """A training with accepted examples."""

    training_id: int
    state: Literal["running", "live", "refused", "failed", "undone"]
    started_by: str
    started_at: IsoTime
    ended_at: IsoTime | None
    example_count: int
    checks: list[CheckReply]
    message: str
    can_undo: bool
    """Whether it is the one that serves."""


class Trainings(Reply):
    """The last trainings; without a command nothing is trained by itself."""

    can_train: bool
    trainings: list[Training]


class Undone(Reply):
    """Suggestions that are open again."""

    reopened: Annotated[list[int], Field(default_factory=list)]
