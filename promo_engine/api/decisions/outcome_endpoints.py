"""POST /v1/decisions/{decision_id}/exposure, POST /v1/decisions/{decision_id}/outcome."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Literal

from aiohttp import web
from pydantic import Field

from promo_engine.api.http.endpoint import Body, Endpoint, Id, Reply, path_id
from promo_engine.api.http.keys import CLOCK, HOSTED_CODES, METRICS, OUTCOMES
from promo_engine.domain.codes.codes import ENTROPY_BITS
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.services.checkout.hosted_code_service import HandOut


class ExposureBody(Body):
    """The conversation in which the offer was shown."""

    conversation_id: Id


class ExposureReply(Reply):
    """When the offer was first shown."""

    decision_id: str
    exposed_at: datetime


class OutcomeBody(Body):
    """The shopper's answer."""

    conversation_id: Id
    outcome: Literal["accepted", "declined"]


class OutcomeReply(Reply):
    """The answer as recorded; an acceptance brings its single-use code, once it works at the checkout."""

    decision_id: str
    outcome: OutcomeKind
    reward: float
    recorded_at: datetime
    code: str | None
    code_expires_at: datetime | None
    code_state: HandOut | None = Field(
        default=None,
        description="null without a code; pending: the shop has still to make it, ask again; failed: it did not",
    )


async def record_exposure(request: web.Request, body: ExposureBody) -> ExposureReply:
    """Record that the offer was shown; the first time stands."""
    decision_id = path_id(request, "decision_id")
    exposed_at = await request.app[OUTCOMES].expose(
        decision_id, conversation_id=body.conversation_id, now=request.app[CLOCK]()
    )
    return ExposureReply(decision_id=decision_id, exposed_at=exposed_at)


async def record_outcome(request: web.Request, body: OutcomeBody) -> OutcomeReply:
    """Record the shopper's answer."""
    outcome = await request.app[OUTCOMES].record(
        path_id(request, "decision_id"),
        conversation_id=body.conversation_id,
        answer=OutcomeKind.ACCEPTED if body.outcome == "accepted" else OutcomeKind.DECLINED,
        now=request.app[CLOCK](),
        entropy=secrets.randbits(ENTROPY_BITS),
    )
    request.app[METRICS].outcomes.labels(outcome.outcome).inc()
    return OutcomeReply.model_validate(outcome, from_attributes=True)


async def hand_out_code(request: web.Request, reply: OutcomeReply) -> OutcomeReply:
    """Give the code only if it works: at a hosted shop that is once the shop has made it."""
    if reply.code is None:
        return reply
    handed = await request.app[HOSTED_CODES].hand_out(reply.code)
    expires_at = None if handed.code is None else reply.code_expires_at
    return reply.model_copy(update={"code": handed.code, "code_expires_at": expires_at, "code_state": handed.state})


_ERRORS = (400, 403, 404, 409)
ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/decisions/{decision_id}/exposure",
        "Report that the offer was shown",
        record_exposure,
        ExposureReply,
        body=ExposureBody,
        errors=_ERRORS,
    ),
    Endpoint(
        "POST",
        "/v1/decisions/{decision_id}/outcome",
        "Report the shopper's answer",
        record_outcome,
        OutcomeReply,
        body=OutcomeBody,
        errors=_ERRORS,
        finish=hand_out_code,
    ),
)
