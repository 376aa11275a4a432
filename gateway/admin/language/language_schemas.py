"""What requests of the language page carry and reply."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from common.bodies import Body, Query, Reply
from common.errors import InvalidRequest
from gateway.admin.admin_endpoint import DescribedAs, IsoTime
from gateway.admin.inbox.conversation_replies import CorrectionReply, ScoredName
from gateway.conversations.annotate.corrections import Meaning

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_/-]{0,63}$")]


class EntityBody(Body):
    """Some words of the text, and the value they stand for where that is another."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    entity: Name
    value: Annotated[str, Field(max_length=200)] | None = None


class MeaningBody(Body):
    """What a text means."""

    intent: Name
    entities: Annotated[list[EntityBody], Field(max_length=20, default_factory=list)]

    def meaning(self, text: str) -> Meaning:
        """As the log takes it. Raises InvalidRequest for entities outside the text, or over each other."""
        end = 0
        ordered = sorted(self.entities, key=lambda entity: entity.start)
        for entity in ordered:
            if not end <= entity.start < entity.end <= len(text):
                raise InvalidRequest(
                    "invalid_request", "Entities have to lie in the text, one after the other.", field="entities"
                )
            end = entity.end
        return Meaning(self.intent, [entity.model_dump(exclude_none=True) for entity in ordered])


class ExampleBody(MeaningBody):
    """A new training example."""

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class InboxQuery(Query):
    """Below which confidence the bot was unsure."""

    below: Annotated[float, Field(gt=0, le=1)] = 0.6


class ExampleQuery(Query):
    """Of which intent."""

    intent: Name


class TrainingDataQuery(Query):
    """Corrections of one conversation, or all."""

    conversation: Annotated[str, Field(max_length=64)] | None = None


class UnsureText(Reply):
    """A text that the bot was unsure of."""

    message_id: str
    conversation_id: str
    text: str
    created_at: IsoTime
    intent_ranking: list[Annotated[dict[str, Any], DescribedAs(ScoredName)]]


class Inbox(Reply):
    """Texts that the bot was unsure of, the newest first."""

    messages: list[UnsureText]


class Clusters(Reply):
    """Groups of texts that say about the same, out of `texts` texts."""

    texts: int
    clusters: list[list[UnsureText]]


class Confusion(Reply):
    """How often the bot took a text of one intent for another's."""

    intent: str
    guessed_intent: str
    count: int


class Evaluation(Reply):
    """The last `rasa test nlu`."""

    made_at: float
    """Seconds since 1970."""
    accuracy: float | None
    confusions: list[Confusion]


class Confusions(Reply):
    """What was taken for what: by the corrections and by the last evaluation, if there is one."""

    corrections: list[Confusion]
    evaluation: Evaluation | None


class IntentCounts(Reply):
    """How many examples an intent has: in the files, and added here."""

    intent: str
    trained: int
    added: int


class Intents(Reply):
    """Every intent."""

    intents: list[IntentCounts]


class Examples(Reply):
    """The examples of an intent: of the files, and those that were added here."""

    intent: str
    trained: list[str]
    added: list[CorrectionReply]
