"""POST /v1/turns, GET /v1/live: what the bot understands goes in, what is seen as it happens comes out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aiohttp import web
from pydantic import Field

from promo_engine.api.decisions.decision_endpoints import Label
from promo_engine.api.http.endpoint import Body, Endpoint, Reply
from promo_engine.api.http.keys import MONITORING
from promo_engine.domain.customers.live_events import Signal
from promo_engine.services.monitoring.monitoring_service import WITHIN_S, ChatTurn

MAX_TURNS = 1_000


class TurnBody(Body):
    """What the bot understood of one message of a shopper."""

    intent: Label | None = None
    sentiment: Literal["negative", "neutral", "positive"] | None = Field(
        default=None, description="null where it was not judged, as with a button"
    )


class TurnsBody(Body):
    """Turns of any conversations."""

    turns: list[TurnBody] = Field(min_length=1, max_length=MAX_TURNS)


class TurnsReply(Reply):
    """How many were heard."""

    heard: int


class SegmentMoveReply(Reply):
    """A customer changed the segment."""

    at: datetime
    customer_id: str
    before: str
    after: str


class LiveAlarmReply(Reply):
    """Something is not as it was."""

    at: datetime
    signal: Signal
    text: str


class LiveStopReply(Reply):
    """A stop rule ended a promotion of a plan."""

    at: datetime
    plan_id: str
    promotion_id: str
    reason: str


class LiveReply(Reply):
    """What was seen since this process started, the newest first."""

    ready: bool = Field(description="false for a few seconds after the start, and while watching fails")
    failure: str | None
    heard: int = Field(description="purchases, answers and turns taken in")
    slowest_s: float = Field(description="the longest that one of them waited for its effect")
    within_s: float = Field(description="how long it may take")
    segments: dict[str, int] = Field(description="customers by segment")
    moves: list[SegmentMoveReply]
    alarms: list[LiveAlarmReply]
    stopped: list[LiveStopReply]


async def take_in_turns(request: web.Request, body: TurnsBody) -> TurnsReply:
    """Hear what the bot understood."""
    turns = [ChatTurn(turn.intent, turn.sentiment) for turn in body.turns]
    request.app[MONITORING].on_chat_turns(turns)
    return TurnsReply(heard=len(turns))


async def read_live(request: web.Request) -> LiveReply:
    """Tell what was seen."""
    status = request.app[MONITORING].status
    return LiveReply(
        ready=status.ready,
        failure=status.failure,
        heard=status.heard,
        slowest_s=round(status.slowest_s, 3),
        within_s=WITHIN_S,
        segments=dict(status.segments),
        moves=[
            SegmentMoveReply(at=move.at, customer_id=move.customer_id, before=move.before, after=move.after)
            for move in reversed(status.moves)
        ],
        alarms=[LiveAlarmReply(**vars(alarm)) for alarm in reversed(status.alarms)],
        stopped=[LiveStopReply(**vars(stop)) for stop in reversed(status.stopped)],
    )


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/turns",
        "Report what the bot understood",
        take_in_turns,
        TurnsReply,
        body=TurnsBody,
        errors=(400,),
        takes_key=False,  # a turn that is heard twice moves an average by one in hundreds
    ),
    Endpoint("GET", "/v1/live", "Read segments, alarms and stopped plans as they happen", read_live, LiveReply),
)
