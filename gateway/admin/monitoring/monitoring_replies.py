"""What the results and system pages and the audit log reply."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import WithJsonSchema

from common.bodies import Reply
from gateway.admin.admin_endpoint import IsoTime, engine_schema


class DayOfConversations(Reply):
    """Conversations by the day (UTC) of their start; a contained conversation needed no person."""

    day: str
    conversations: int
    contained: int
    handed_over: int
    taken_over: int
    not_understood: int


class AnswerTimes(Reply):
    """Below which times half and 95 % of a day's turns were answered."""

    day: str
    turns: int
    median_ms: float
    p95_ms: float


class FunnelStep(Reply):
    """Conversations that came as far as a step; `outcome` is the filter that lists them."""

    step: str
    outcome: str | None
    conversations: int


class Alarm(Reply):
    """Something an admin should look at."""

    name: str
    message: str


class Results(Reply):
    """The log's numbers by day, the funnel, and the engine's report beside them."""

    since: IsoTime
    days: list[DayOfConversations]
    answers: list[AnswerTimes]
    ratings: dict[str, int]
    funnel: list[FunnelStep]
    report: Annotated[dict[str, Any], WithJsonSchema(engine_schema("GET /v1/report"))] | None
    """null while the engine does not answer."""
    alarms: list[Alarm]


class PartState(Reply):
    """Whether a part answers, and in how many milliseconds."""

    name: str
    state: Literal["ok", "unavailable"]
    ms: float
    message: str | None


class ChatNumbers(Reply):
    """The gateway's own numbers since its start."""

    open_sockets: float
    queued_turns: float
    exposures_waiting: float
    turns_answered: float
    turns_failed: float
    mean_turn_ms: float | None


class SystemState(Reply):
    """Each part's state, the policy and the language model in force, the gateway's numbers."""

    parts: list[PartState]
    policy: Annotated[dict[str, Any], WithJsonSchema(engine_schema("GET /v1/policy"))] | None
    language_model: str | None
    chat: ChatNumbers


class AuditEntryReply(Reply):
    """Who did what to what."""

    audit_id: int
    at: IsoTime
    name: str
    action: str
    subject: str
    details: dict[str, Any]


class AuditPage(Reply):
    """Entries, the newest first."""

    entries: list[AuditEntryReply]
    next_before: int | None
    """`before` of the next page; null on the last one."""
