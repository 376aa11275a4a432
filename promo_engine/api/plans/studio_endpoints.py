"""The strategy studio under /v1/strategy: what its commands found, the commands themselves, and plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import Field

from promo_engine.api.http.endpoint import Body, Endpoint, Query, Reply, path_id
from promo_engine.api.http.keys import PLANS, STUDIO
from promo_engine.api.promotions.promotion_endpoints import actor_of
from promo_engine.codecs.plan_codec import plan_to_json
from promo_engine.domain.offers.promotions import LifecycleState
from promo_engine.domain.plans.plans import PlanState, StoredPlan
from promo_engine.ports.studio_ports import JobRequest, JobState


class DocumentEntry(Reply):
    """A document: when it was made (null: not yet), and the command that makes it."""

    name: str
    command: str
    made_at: datetime | None


class DocumentsReply(Reply):
    """All documents there can be."""

    documents: list[DocumentEntry]


class DocumentReply(Reply):
    """What a command found: words, tables, and the data of its pictures, which differ by name.

    Amounts are in `currency`; `source` says of which orders it is.
    """

    name: str
    made_at: datetime
    currency: str
    source: str = ""
    title: str = ""
    lead: str = ""
    texts: list[str] = Field(default_factory=list)
    tables: list[dict[str, Any]] = Field(default_factory=list)
    data: dict[str, Any] = Field(default_factory=dict)


class CommandEntry(Reply):
    """A command that may be started: what it leaves, and the JSON Schema of what it can be told.

    Beside JSON Schema's own keywords a property may have `unit` (what its number counts) and `formerly` (an older name
    that is still taken).
    """

    name: str
    summary: str
    documents: list[str]
    makes_plan: bool
    params: dict[str, Any]


class CommandsReply(Reply):
    """All commands that may be started, by name, and the currency in which they count."""

    currency: str
    commands: list[CommandEntry]


class JobBody(Body, extra="allow"):
    """A command and, beside it, what it is told: GET /v1/strategy/commands has the schema of each command."""

    command: str = Field(min_length=1, max_length=32)


class JobReply(Reply, from_attributes=True):
    """A command that runs, or the last that did; `message` is what it said last."""

    job_id: str
    command: str
    state: JobState
    started_at: datetime
    started_by: str
    plan_id: str | None
    finished_at: datetime | None
    step: str | None
    done: int | None
    of: int | None
    message: str | None


class NewestJobReply(Reply):
    """Null until something was started since the engine runs."""

    job: JobReply | None


class PlansQuery(Query):
    """How many."""

    limit: int = Field(default=50, ge=1, le=200)


class PlanEntry(Reply):
    """A plan in a list. Money is cents of `currency`; what is expected is simulated."""

    plan_id: str
    state: PlanState
    goal: str | None
    currency: str
    budget_cents: int | None
    expected: dict[str, float]
    interval_cents: list[float]
    offers: int
    customers: int
    created_at: datetime
    created_by: str
    decided_at: datetime | None
    decided_by: str | None


class PlansReply(Reply):
    """Plans, the newest first."""

    plans: list[PlanEntry]


class StandingReply(Reply, from_attributes=True):
    """An offer of an approved plan, and what came of it so far."""

    offer_id: str
    state: LifecycleState
    exposures: int
    accepted: int
    redeemed: int


class PlanReply(PlanEntry):
    """A plan with everything but the names of its customers; `audiences` counts them by segment."""

    promotions: list[dict[str, Any]]
    offer_terms: list[dict[str, Any]]
    audiences: dict[str, int]
    holdout: dict[str, float]
    pacing: list[dict[str, Any]]
    stop_rules: dict[str, Any]
    reasons: list[str]
    origin: dict[str, Any] | None
    standing: list[StandingReply]


class StoppedPromotionReply(Reply, from_attributes=True):
    """A promotion that a stop rule ended, and why."""

    promotion_id: str
    reason: str


class WatchReply(Reply):
    """What the stop rules ended just now."""

    stopped: list[StoppedPromotionReply]


async def list_documents(request: web.Request) -> DocumentsReply:
    """List documents."""
    studio = request.app[STUDIO]
    made = await studio.made()
    return DocumentsReply(
        documents=[DocumentEntry(name=name, command=studio.made_by[name], made_at=at) for name, at in made.items()]
    )


async def show_document(request: web.Request) -> DocumentReply:
    """Return what a command left."""
    name = path_id(request, "name")
    return DocumentReply.model_validate(await request.app[STUDIO].document(name) | {"name": name})


async def list_commands(request: web.Request) -> CommandsReply:
    """List the commands that may be started."""
    return CommandsReply(
        currency=await request.app[STUDIO].currency(),
        commands=[
            CommandEntry(
                name=command.name,
                summary=command.summary,
                documents=list(command.documents),
                makes_plan=command.makes_plan,
                params=dict(command.schema),
            )
            for command in request.app[STUDIO].commands
        ],
    )


async def start_job(request: web.Request, body: JobBody) -> JobReply:
    """Start a command."""
    wanted = JobRequest(body.command, body.model_extra or {})
    return JobReply.model_validate(await request.app[STUDIO].start(wanted, actor=actor_of(request)))


async def show_job(request: web.Request) -> NewestJobReply:
    """Say what runs."""
    job = request.app[STUDIO].job
    return NewestJobReply(job=None if job is None else JobReply.model_validate(job))


async def cancel_job(request: web.Request) -> JobReply:
    """End what runs."""
    return JobReply.model_validate(await request.app[STUDIO].cancel())


async def list_plans(request: web.Request, query: PlansQuery) -> PlansReply:
    """List plans."""
    plans = await request.app[PLANS].newest(query.limit)
    currency = await request.app[STUDIO].currency()
    return PlansReply(plans=[PlanEntry(**_entry(plan, currency)) for plan in plans])


async def show_plan(request: web.Request) -> PlanReply:
    """Return one plan."""
    return await _reply(request, await request.app[PLANS].get(path_id(request, "plan_id")))


async def approve_plan(request: web.Request) -> PlanReply:
    """Put a plan live, all of it or nothing."""
    plans = request.app[PLANS]
    return await _reply(request, await plans.approve(path_id(request, "plan_id"), actor=actor_of(request)))


async def stop_plan(request: web.Request) -> PlanReply:
    """End what a plan put live."""
    plans = request.app[PLANS]
    return await _reply(request, await plans.stop(path_id(request, "plan_id"), actor=actor_of(request)))


async def watch_plan(request: web.Request) -> WatchReply:
    """Check the stop rules."""
    plans = request.app[PLANS]
    plan = await plans.get(path_id(request, "plan_id"))
    stopped = await plans.watch(plan.plan_id, actor=actor_of(request))
    return WatchReply(stopped=[StoppedPromotionReply.model_validate(promotion) for promotion in stopped])


async def _reply(request: web.Request, plan: StoredPlan) -> PlanReply:
    body = plan_to_json(plan.body)
    standing = await request.app[PLANS].standing(plan)
    return PlanReply(
        **_entry(plan, await request.app[STUDIO].currency()),
        promotions=list(body["promotions"]),
        offer_terms=list(body["offers"]),
        audiences={name: len(customers) for name, customers in body["audiences"].items()},
        holdout=_numbers(body.get("holdout", {})),
        pacing=list(body.get("pacing", [])),
        stop_rules=dict(body.get("stop_rules", {})),
        reasons=list(body.get("reasons", [])),
        origin=body.get("origin"),
        standing=[StandingReply.model_validate(offer) for offer in standing],
    )


def _entry(plan: StoredPlan, currency: str) -> dict[str, Any]:
    """`currency` is the shop's, for plans that do not say."""
    body = plan_to_json(plan.body)
    audiences: Sequence[Sequence[str]] = list(body.get("audiences", {}).values())
    return {
        "plan_id": plan.plan_id,
        "state": plan.state,
        "goal": body.get("goal"),
        "currency": body.get("currency", currency),
        "budget_cents": body.get("budget_cents"),
        "expected": _numbers(body.get("expected", {})),
        "interval_cents": list(body.get("interval_cents", [])),
        "offers": len(body.get("offers", [])),
        "customers": len(set().union(*audiences)),
        "created_at": plan.created_at,
        "created_by": plan.created_by,
        "decided_at": plan.decided_at,
        "decided_by": plan.decided_by,
    }


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


ENDPOINTS = (
    Endpoint("GET", "/v1/strategy/documents", "List what studio commands found", list_documents, DocumentsReply),
    Endpoint(
        "GET",
        "/v1/strategy/documents/{name}",
        "Return what a studio command found",
        show_document,
        DocumentReply,
        errors=(400, 404, 503),
    ),
    Endpoint("GET", "/v1/strategy/commands", "List the studio's commands", list_commands, CommandsReply),
    Endpoint("GET", "/v1/strategy/job", "Say which studio command runs", show_job, NewestJobReply),
    Endpoint(
        "POST",
        "/v1/strategy/job",
        "Start a studio command beside the engine",
        start_job,
        JobReply,
        body=JobBody,
        errors=(400, 409),
        takes_key=False,  # one runs at a time: a second request is refused
    ),
    Endpoint(
        "DELETE",
        "/v1/strategy/job",
        "End the studio command that runs",
        cancel_job,
        JobReply,
        errors=(409,),
        takes_key=False,
    ),
    Endpoint(
        "GET", "/v1/strategy/plans", "List plans of campaigns", list_plans, PlansReply, query=PlansQuery, errors=(400,)
    ),
    Endpoint("GET", "/v1/strategy/plans/{plan_id}", "Return a plan", show_plan, PlanReply, errors=(400, 404)),
    Endpoint(
        "POST",
        "/v1/strategy/plans/{plan_id}/approval",
        "Put a plan live",
        approve_plan,
        PlanReply,
        errors=(400, 404, 409),
        takes_key=False,  # a second approval is refused
    ),
    Endpoint(
        "POST",
        "/v1/strategy/plans/{plan_id}/stop",
        "End what a plan put live",
        stop_plan,
        PlanReply,
        errors=(400, 404, 409),
        takes_key=False,
    ),
    Endpoint(
        "POST",
        "/v1/strategy/plans/{plan_id}/watch",
        "Check a plan's stop rules",
        watch_plan,
        WatchReply,
        errors=(400, 404),
        takes_key=False,
    ),
)
