"""Versions of the policy and of the user model: the engine keeps them; who moves one is in the audit log."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from common.bodies import Body, path_segment, read_body
from common.errors import InvalidRequest
from gateway import keys
from gateway.admin.access.guard import Caller
from gateway.conversations.audit import audit_log

HIGHEST = 2**31 - 1


class RollbackBody(Body):
    """Back to which version: null is the one before the last promotion."""

    to: Annotated[int, Field(ge=1, le=HIGHEST)] | None = None
    set_aside: bool = False


class ModelRollbackBody(Body):
    """The version that serves, so that a click sent twice moves once."""

    serving_version: Annotated[str, Field(min_length=1, max_length=64)]


async def list_policies(request: web.Request, _caller: Caller) -> web.Response:
    """Versions and what was done to them."""
    return web.json_response(await request.app[keys.ENGINE].policies())


async def judge(request: web.Request, _caller: Caller) -> web.Response:
    """What the gate says of a candidate: the off-policy estimates and their bounds."""
    return web.json_response(await request.app[keys.ENGINE].verdict(_version(request)))


async def promote(request: web.Request, caller: Caller) -> web.Response:
    """Bring a candidate into force if the gate lets it pass; else `moved` is null, and the verdict says why."""
    version = _version(request)
    answer = await request.app[keys.ENGINE].promote(version, actor=caller.name)
    passed = answer["moved"] is not None
    deed = caller.deed("policy_promote" if passed else "policy_refused", str(version), verdict=answer["verdict"])
    await request.app[keys.LOG].write(partial(audit_log.record, deed=deed))
    return web.json_response(answer)


async def roll_back(request: web.Request, caller: Caller) -> web.Response:
    """Bring an earlier version into force again."""
    body = await read_body(request, RollbackBody)
    moved = await request.app[keys.ENGINE].roll_back(to=body.to, set_aside=body.set_aside, actor=caller.name)
    deed = caller.deed("policy_roll_back", str(moved["version"]), **moved)
    await request.app[keys.LOG].write(partial(audit_log.record, deed=deed))
    return web.json_response(moved)


async def list_user_models(request: web.Request, _caller: Caller) -> web.Response:
    """Versions of the user model, and the one the engine runs with."""
    return web.json_response(await request.app[keys.ENGINE].user_models())


async def promote_user_model(request: web.Request, caller: Caller) -> web.Response:
    """Let a version of the user model serve."""
    moved = await request.app[keys.ENGINE].promote_user_model(path_segment(request, "model_version"))
    await _record_model(request, caller, "user_model_promote", moved)
    return web.json_response(moved)


async def roll_back_user_model(request: web.Request, caller: Caller) -> web.Response:
    """Let the version serve that did before."""
    body = await read_body(request, ModelRollbackBody)
    moved = await request.app[keys.ENGINE].roll_back_user_model(serving_version=body.serving_version)
    await _record_model(request, caller, "user_model_roll_back", moved)
    return web.json_response(moved)


async def _record_model(request: web.Request, caller: Caller, action: str, moved: dict[str, Any]) -> None:
    deed = caller.deed(action, moved["model_version"], before_version=moved["before_version"])
    await request.app[keys.LOG].write(partial(audit_log.record, deed=deed))


def _version(request: web.Request) -> int:
    text = request.match_info["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise InvalidRequest("invalid_request", "A version is a number.", field="version")
    return int(text)
