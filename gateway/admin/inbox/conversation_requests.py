"""What requests about conversations carry."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

from common.bodies import Body, Query
from gateway.conversations.search.conversation_search import TAG_KINDS, Filters

PAGE_LIMIT = 200
PAGE_DEFAULT = 50
TRANSCRIPT_LIMIT = 1000
TRANSCRIPT_DEFAULT = 100
"""Messages in one reply; the others are asked for as somebody scrolls up."""

PageSize = Annotated[int, Field(ge=1, le=PAGE_LIMIT)]
TagValue = Annotated[str, Field(max_length=128)]
Tag = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f\x7f,/][^\x00-\x1f\x7f,/]{0,39}$")]


def plain_digits(value: object) -> object:
    """Let exactly digits pass: Python would also read 1_0, " 7" and other alphabets' numerals."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise ValueError("has to be a number")
    return value


class FilterQuery(Query):
    """Filters as they stand in the address of the page, too."""

    q: Annotated[str, Field(max_length=200)] = ""
    started_from: AwareDatetime | None = None
    started_until: AwareDatetime | None = None
    customer: Annotated[str, Field(max_length=64)] | None = None
    channel: Annotated[str, Field(max_length=16)] | None = None
    confidence_below: Annotated[float, Field(ge=0, le=1)] | None = None
    fallback: bool | None = None
    handed_over: bool | None = None
    flagged: bool | None = None
    taken: bool | None = None
    intent: TagValue | None = None
    sentiment: TagValue | None = None
    offer: TagValue | None = None
    outcome: TagValue | None = None
    tag: TagValue | None = None
    rating: TagValue | None = None
    assigned: TagValue | None = None
    policy: TagValue | None = None
    """A version of the policy that decided in the conversation; `policy_line` is any version of a branch."""
    policy_line: TagValue | None = None

    def filters(self) -> Filters:
        """As the log takes them."""
        chosen = {kind: getattr(self, kind) for kind in TAG_KINDS}
        return Filters(
            search=self.q,
            started_from=self.started_from,
            started_until=self.started_until,
            customer_id=self.customer,
            channel=self.channel,
            confidence_below=self.confidence_below,
            fallback=self.fallback,
            handed_over=self.handed_over,
            flagged=self.flagged,
            taken=self.taken,
            tags={kind: value for kind, value in chosen.items() if value is not None},
        )


class PageQuery(FilterQuery):
    """One page: `before` is the `next_before` of the page before."""

    before: Annotated[str, Field(max_length=64)] | None = None
    limit: Annotated[PageSize, BeforeValidator(plain_digits)] = PAGE_DEFAULT


class TranscriptQuery(Query):
    """Which messages: the newest, those before one, or those from one on."""

    before_seq: Annotated[int, Field(ge=1), BeforeValidator(plain_digits)] | None = None
    from_seq: Annotated[int, Field(ge=1), BeforeValidator(plain_digits)] | None = None
    limit: Annotated[int, Field(ge=1, le=TRANSCRIPT_LIMIT), BeforeValidator(plain_digits)] = TRANSCRIPT_DEFAULT


class FlagBody(Body):
    """Flagged or not."""

    flagged: bool


class AssigneeBody(Body):
    """Who looks after the conversation; null is nobody."""

    name: Annotated[str, Field(min_length=1, max_length=64)] | None


class NoteBody(Body):
    """A note."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
