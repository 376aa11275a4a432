"""The strategy studio for people who look at it over HTTP: what commands found, and starting them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from promo_engine.domain.errors import Conflict, InvalidRequest, NotFound
from promo_engine.ports.studio_ports import (
    COMMANDS,
    DOCUMENTS,
    PLAN,
    Job,
    JobRequest,
    JobState,
    StudioDocuments,
    StudioJobs,
)

_TAKES = {
    PLAN: {"goal", "budget_cents", "days", "point"},
    "optimise": {"budget_cents"},
}
"""What a command may be told; the others take nothing."""


class Studio:
    """Reads documents and runs commands. `jobs` is None where the engine is several processes, which share no job."""

    def __init__(self, *, documents: StudioDocuments, jobs: StudioJobs | None, clock: Callable[[], datetime]) -> None:
        self._documents = documents
        self._jobs = jobs
        self._clock = clock

    async def made(self) -> dict[str, datetime | None]:
        """When each document was made; None for one that is not there."""
        there = await asyncio.to_thread(self._documents.made)
        return {name: there.get(name) for name in DOCUMENTS}

    async def document(self, name: str) -> dict[str, Any]:
        """Return a document. Raises NotFound `unknown_document`, or `no_document` with the command that makes it."""
        if name not in DOCUMENTS:
            raise NotFound("unknown_document", f"There is no document {name!r}.", field="name")
        found = await asyncio.to_thread(self._documents.read, name)
        if found is None:
            command = f"promobot strategy {DOCUMENTS[name]}"
            raise NotFound("no_document", f"Nothing was made yet. This makes it: {command}", field="name")
        return found

    @property
    def job(self) -> Job | None:
        """The job that runs, else the last one."""
        return None if self._jobs is None else self._jobs.newest

    async def start(self, order: JobRequest, *, actor: str) -> Job:
        """Start a command. Raises InvalidRequest for what it does not take, Conflict `job_running` or `no_jobs`."""
        if order.command not in COMMANDS:
            raise InvalidRequest("invalid_request", f"command: allowed are {', '.join(COMMANDS)}.", field="command")
        told = {name: value for name, value in vars(order).items() if name != "command" and value is not None}
        for name in told:
            if name not in _TAKES.get(order.command, set()):
                raise InvalidRequest("invalid_request", f"{name}: {order.command} does not take it.", field=name)
        if self._jobs is None:
            raise Conflict(
                "no_jobs",
                "This engine is several processes and runs no commands for others. On its machine, run: "
                f"promobot strategy {order.command}",
            )
        now = self._clock()
        plan_id = f"plan-{now:%Y%m%d-%H%M%S}" if order.command == PLAN else None
        words = [order.command]
        for name, value in told.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        if plan_id is not None:
            words += ["--plan-id", plan_id]
        job = Job(uuid4().hex, order.command, JobState.RUNNING, now, actor, plan_id=plan_id)
        return await self._jobs.start(words, job=job)

    async def cancel(self) -> Job:
        """End the job that runs. Raises Conflict `no_job`."""
        ended = None if self._jobs is None else await self._jobs.cancel()
        if ended is None:
            raise Conflict("no_job", "Nothing is running.")
        return ended
