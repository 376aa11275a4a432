"""Versions of the policy and of the user model: the engine keeps them; who moves one is in the audit log."""

from __future__ import annotations

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from common.bodies import Body, path_segment
from common.errors import InvalidRequest
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.audit_record import record

HIGHEST = 2**31 - 1


class RollbackBody(Body):
    """Back to which version; null is the version before the last promotion."""

    to: Annotated[int, Field(ge=1, le=HIGHEST)] | None = None
    set_aside: bool = False


class ModelRollbackBody(Body):
    """The version that serves, so that a click sent twice moves once."""

    serving_version: Annotated[str, Field(min_length=1, max_length=64)]


async def list_policies(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """Versions of the policy and what was done to them."""
    return await request.app[keys.ENGINE].policies()


async def show_verdict(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """What the gate says of a candidate: the off-policy estimates and their bounds."""
    return await request.app[keys.ENGINE].verdict(_version(request))


async def promote_policy(request: web.Request, caller: Caller) -> dict[str, Any]:
    """Bring a candidate into force if it passes the gate; else `moved` is null and the verdict says why."""
    version = _version(request)
    answer = await request.app[keys.ENGINE].promote(version, actor=caller.name)
    action = "policy_refused" if answer["moved"] is None else "policy_promote"
    await record(request, caller.entry(action, str(version), verdict=answer["verdict"]))
    return answer


async def roll_back_policy(request: web.Request, caller: Caller, body: RollbackBody) -> dict[str, Any]:
    """Bring an earlier version of the policy into force again."""
    moved = await request.app[keys.ENGINE].roll_back(to=body.to, set_aside=body.set_aside, actor=caller.name)
    await record(request, caller.entry("policy_roll_back", str(moved["version"]), **moved))
    return moved


async def list_user_models(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """Versions of the user model, and the version the engine runs with."""
    return await request.app[keys.ENGINE].user_models()


async def promote_user_model(request: web.Request, caller: Caller) -> dict[str, Any]:
    """Let a version of the user model serve."""
    moved = await request.app[keys.ENGINE].promote_user_model(path_segment(request, "model_version"))
    await _record_model(request, caller, "user_model_promote", moved)
    return moved


async def roll_back_user_model(request: web.Request, caller: Caller, body: ModelRollbackBody) -> dict[str, Any]:
    """Let the version of the user model serve that did before."""
    moved = await request.app[keys.ENGINE].roll_back_user_model(serving_version=body.serving_version)
    await _record_model(request, caller, "user_model_roll_back", moved)
    return moved


async def _record_model(request: web.Request, caller: Caller, action: str, moved: dict[str, Any]) -> None:
    entry = caller.entry(action, moved["model_version"], before_version=moved["before_version"])
    await record(request, entry)


def _version(request: web.Request) -> int:
    text = request.match_info["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise InvalidRequest("invalid_request", "A version is a number.", field="version")
    return int(text)
