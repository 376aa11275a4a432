"""The strategy studio: documents of its commands, the job that runs, and plans.

The engine keeps, checks and runs them.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from common.bodies import Body, path_segment
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.audit_record import record
from gateway.admin.marketing.job_check import check_params


class JobBody(Body, extra="allow"):
    """A command and, beside it, what it is told; the engine publishes the schema of each command."""

    command: str


async def list_commands(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """The commands that may be started, each with the schema of what it can be told."""
    return await request.app[keys.ENGINE].strategy("GET", "commands")


async def list_documents(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """Which documents there are, and what makes those that are missing."""
    return await request.app[keys.ENGINE].strategy("GET", "documents")


async def show_document(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """What a command found."""
    return await request.app[keys.ENGINE].strategy("GET", "documents", path_segment(request, "name"))


async def show_job(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """Which command runs, or ran last."""
    return await request.app[keys.ENGINE].strategy("GET", "job")


async def start_job(request: web.Request, caller: Caller, body: JobBody) -> dict[str, Any]:
    """Start a command beside the engine."""
    await _check(request, body)
    wanted = body.model_dump(exclude_none=True)
    job = await request.app[keys.ENGINE].strategy("POST", "job", body=wanted, actor=caller.name)
    await record(request, caller.entry("strategy_run", body.command, **wanted))
    return job


async def _check(request: web.Request, body: JobBody) -> None:
    """Check what the command is told; a command that there is not is the engine's to refuse. Raises InvalidRequest."""
    listed = await request.app[keys.ENGINE].strategy("GET", "commands")
    schemas = {command["name"]: command["params"] for command in listed["commands"]}
    if body.command in schemas:
        check_params(schemas[body.command], body.model_extra or {})


async def cancel_job(request: web.Request, caller: Caller) -> dict[str, Any]:
    """End the command that runs."""
    job = await request.app[keys.ENGINE].strategy("DELETE", "job", actor=caller.name)
    await record(request, caller.entry("strategy_cancel", str(job["command"])))
    return job


async def list_plans(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """Plans, the newest first."""
    return await request.app[keys.ENGINE].strategy("GET", "plans")


async def show_plan(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """One plan with everything but its customers' names."""
    return await request.app[keys.ENGINE].strategy("GET", "plans", path_segment(request, "plan_id"))


async def approve_plan(request: web.Request, caller: Caller) -> dict[str, Any]:
    """Put a plan live; a second approval is refused."""
    return await _act(request, caller, "approval", "plan_approve")


async def stop_plan(request: web.Request, caller: Caller) -> dict[str, Any]:
    """End what a plan put live."""
    return await _act(request, caller, "stop", "plan_stop")


async def check_stop_rules(request: web.Request, caller: Caller) -> dict[str, Any]:
    """Check the stop rules of a plan now; promotions that break one are stopped."""
    return await _act(request, caller, "watch", "plan_watch")


async def _act(request: web.Request, caller: Caller, step: str, action: str) -> dict[str, Any]:
    plan_id = path_segment(request, "plan_id")
    result = await request.app[keys.ENGINE].strategy("POST", "plans", plan_id, step, actor=caller.name)
    details = {"stopped": result["stopped"]} if step == "watch" else {}
    await record(request, caller.entry(action, plan_id, **details))
    return result
