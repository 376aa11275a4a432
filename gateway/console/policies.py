"""The policy's versions: the engine keeps them; who moves one is in both audit logs."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from gateway import keys
from gateway.bodies import Body, read_body
from gateway.console.guard import Caller
from gateway.errors import InvalidRequest
from gateway.log import deeds

HIGHEST = 2**31 - 1


class RollbackBody(Body):
    """Back to which version: null is the one before the last promotion."""

    to: Annotated[int, Field(ge=1, le=HIGHEST)] | None = None
    set_aside: bool = False


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
    await request.app[keys.LOG].write(partial(deeds.record, deed=deed))
    return web.json_response(answer)


async def roll_back(request: web.Request, caller: Caller) -> web.Response:
    """Bring an earlier version into force again."""
    body = await read_body(request, RollbackBody)
    moved = await request.app[keys.ENGINE].roll_back(to=body.to, set_aside=body.set_aside, actor=caller.name)
    deed = caller.deed("policy_roll_back", str(moved["version"]), **moved)
    await request.app[keys.LOG].write(partial(deeds.record, deed=deed))
    return web.json_response(moved)


def _version(request: web.Request) -> int:
    text = request.match_info["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise InvalidRequest("invalid_request", "A version is a number.", field="version")
    return int(text)
