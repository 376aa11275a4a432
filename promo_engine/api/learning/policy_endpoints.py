"""The policy's versions under /v1/policies: listed, judged, promoted past the gate, rolled back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import Field, model_validator

from promo_engine.api.http.endpoint import Body, Endpoint, Query, Reply
from promo_engine.api.http.keys import POLICIES
from promo_engine.api.http.schemas import line_of_branch
from promo_engine.api.promotions.promotion_endpoints import actor_of
from promo_engine.domain.errors import InvalidRequest
from promo_engine.domain.learning.policy_versions import PolicyOrigin, PolicyStatus

_HIGHEST = 2**31 - 1


class VersionsQuery(Query):
    """How many, and whether with every version that the learner made."""

    limit: int = Field(default=50, ge=1, le=500)
    learned: bool = False


class VersionReply(Reply, from_attributes=True):
    """A version; a line is a row of versions of which each learned from the one before."""

    version: int
    reward_count: int
    created_at: datetime
    status: PolicyStatus
    origin: PolicyOrigin
    parent_version: int | None
    line: int
    created_by: str

    @model_validator(mode="before")
    @classmethod
    def _line(cls, value: Any) -> Any:
        return line_of_branch(cls, value)


class ChangeReply(Reply, from_attributes=True):
    """Who did what to a version, or tried to, and on which numbers."""

    change_id: int
    action: str
    version: int
    before_version: int | None
    actor: str
    at: datetime
    numbers: dict[str, Any]


class VersionsReply(Reply):
    """Versions and what was done to them, both the newest first."""

    model_version: str
    versions: list[VersionReply]
    changes: list[ChangeReply]


class VerdictReply(Reply, from_attributes=True):
    """What the gate says of a candidate. Values are earnings per decision; an accepted offer earns 1."""

    passed: bool
    reason: str
    decisions: int
    forgotten: int
    effective_decisions: float
    running: float | None
    running_standard_error: float | None
    lower: float | None
    upper: float | None
    ips: float | None
    snips: float | None
    dr: float | None
    dr_os: float | None
    margin: float
    alpha: float


class MovedReply(Reply, from_attributes=True):
    """A version that came into force, and what that means for the rewards."""

    version: int
    before_version: int
    waiting: int
    set_aside: int


class PromotedReply(Reply):
    """`moved` is null if the gate refused; the verdict says why."""

    verdict: VerdictReply
    moved: MovedReply | None


class RollbackBody(Body):
    """Back to which version: null is the one before the last promotion."""

    to: int | None = Field(default=None, ge=1, le=_HIGHEST)
    set_aside: bool = Field(default=False, description="true: what was learned since then is to teach nothing")


async def list_policies(request: web.Request, query: VersionsQuery) -> VersionsReply:
    """List versions, and what was done to them."""
    versions = await request.app[POLICIES].versions(limit=query.limit, learned=query.learned)
    changes = await request.app[POLICIES].changes(limit=query.limit)
    return VersionsReply(
        model_version=request.app[POLICIES].model_version,
        versions=[VersionReply.model_validate(version) for version in versions],
        changes=[ChangeReply.model_validate(change) for change in changes],
    )


async def judge_policy(request: web.Request) -> VerdictReply:
    """Ask the gate, and change nothing."""
    return VerdictReply.model_validate(await request.app[POLICIES].judge(_version(request)))


async def promote_policy(request: web.Request) -> PromotedReply:
    """Bring a candidate into force if it passes the gate."""
    verdict, moved = await request.app[POLICIES].promote(_version(request), actor=actor_of(request))
    return PromotedReply(
        verdict=VerdictReply.model_validate(verdict),
        moved=None if moved is None else MovedReply.model_validate(moved),
    )


async def roll_back_policy(request: web.Request, body: RollbackBody) -> MovedReply:
    """Bring an earlier version into force again."""
    moved = await request.app[POLICIES].rollback(to=body.to, set_aside=body.set_aside, actor=actor_of(request))
    return MovedReply.model_validate(moved)


def _version(request: web.Request) -> int:
    """Read the number in the path. Raises InvalidRequest."""
    text = request.match_info["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= _HIGHEST):
        raise InvalidRequest("invalid_request", "A version is a number from 1 on.", field="version")
    return int(text)


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/policies", "List policy versions", list_policies, VersionsReply, query=VersionsQuery, errors=(400,)
    ),
    Endpoint(
        "GET",
        "/v1/policies/{version}/verdict",
        "Ask the gate about a candidate",
        judge_policy,
        VerdictReply,
        errors=(400, 404, 409),
    ),
    Endpoint(
        "POST",
        "/v1/policies/{version}/promotion",
        "Promote a candidate past the gate",
        promote_policy,
        PromotedReply,
        errors=(400, 404, 409),
        takes_key=False,  # the gate decides anew, and who is in force already is refused
    ),
    Endpoint(
        "POST",
        "/v1/policy-rollbacks",
        "Bring an earlier policy version back",
        roll_back_policy,
        MovedReply,
        body=RollbackBody,
        errors=(400, 404, 409),
    ),
)
