"""The strategy studio: what its commands found, starting them, and plans. The engine keeps, checks and runs them."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web

from common.bodies import Body, read_body
from common.errors import NotFound
from gateway import keys
from gateway.admin.access.guard import Caller
from gateway.conversations.audit import audit_log


class JobBody(Body):
    """A command in the engine's words; the engine checks them."""

    command: str
    goal: str | None = None
    budget_cents: int | None = None
    days: int | None = None
    point: int | None = None


async def list_documents(request: web.Request, _caller: Caller) -> web.Response:
    """Which documents there are, and what makes those that are missing."""
    return web.json_response(await request.app[keys.ENGINE].strategy("GET", "documents"))


async def show_document(request: web.Request, _caller: Caller) -> web.Response:
    """What a command found."""
    return web.json_response(await request.app[keys.ENGINE].strategy("GET", "documents", _name(request, "name")))


async def show_job(request: web.Request, _caller: Caller) -> web.Response:
    """Which command runs, or ran last."""
    return web.json_response(await request.app[keys.ENGINE].strategy("GET", "job"))


async def start_job(request: web.Request, caller: Caller) -> web.Response:
    """Start a command beside the engine."""
    body = await read_body(request, JobBody)
    told = body.model_dump(exclude_none=True)
    job = await request.app[keys.ENGINE].strategy("POST", "job", body=told, actor=caller.name)
    await _record(request, caller, "strategy_run", body.command, told)
    return web.json_response(job, status=201)


async def cancel_job(request: web.Request, caller: Caller) -> web.Response:
    """End the command that runs."""
    job = await request.app[keys.ENGINE].strategy("DELETE", "job", actor=caller.name)
    await _record(request, caller, "strategy_cancel", str(job["command"]), {})
    return web.json_response(job)


async def list_plans(request: web.Request, _caller: Caller) -> web.Response:
    """Plans, the newest first."""
    return web.json_response(await request.app[keys.ENGINE].strategy("GET", "plans"))


async def show_plan(request: web.Request, _caller: Caller) -> web.Response:
    """One plan with everything but its customers' names."""
    return web.json_response(await request.app[keys.ENGINE].strategy("GET", "plans", _name(request, "plan_id")))


async def approve_plan(request: web.Request, caller: Caller) -> web.Response:
    """Put a plan live; a second approval is refused."""
    return await _act(request, caller, "approval", "plan_approve")


async def stop_plan(request: web.Request, caller: Caller) -> web.Response:
    """End what a plan put live."""
    return await _act(request, caller, "stop", "plan_stop")


async def watch_plan(request: web.Request, caller: Caller) -> web.Response:
    """Let a plan's stop rules look."""
    return await _act(request, caller, "watch", "plan_watch")


async def _act(request: web.Request, caller: Caller, step: str, deed: str) -> web.Response:
    plan_id = _name(request, "plan_id")
    done = await request.app[keys.ENGINE].strategy("POST", "plans", plan_id, step, actor=caller.name)
    await _record(request, caller, deed, plan_id, {"stopped": done["stopped"]} if step == "watch" else {})
    return web.json_response(done)


def _name(request: web.Request, key: str) -> str:
    """A name that stays one segment of the engine's path. Raises NotFound."""
    value = request.match_info[key]
    if "/" in value or value.strip(".") == "":
        raise NotFound("not_found", "There is nothing of that name.", field=key)
    return value


async def _record(request: web.Request, caller: Caller, action: str, subject: str, details: dict[str, Any]) -> None:
    await request.app[keys.LOG].write(partial(audit_log.record, deed=caller.deed(action, subject, **details)))
