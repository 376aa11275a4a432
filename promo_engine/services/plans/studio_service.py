"""The strategy studio for people who look at it over HTTP: what commands found, and starting them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from promo_engine.domain.errors import Conflict, InvalidRequest, NotFound
from promo_engine.ports.studio_ports import (
    Job,
    JobRequest,
    JobState,
    ShopIdentity,
    StudioCommand,
    StudioCommands,
    StudioDocuments,
    StudioJobs,
)


class StudioService:
    """Reads documents and runs commands. `jobs` is None where the engine is several processes, which share no job."""

    def __init__(
        self,
        *,
        commands: StudioCommands,
        documents: StudioDocuments,
        jobs: StudioJobs | None,
        shop: Callable[[], Awaitable[ShopIdentity]],
        clock: Callable[[], datetime],
    ) -> None:
        self._shop = shop
        self._commands = commands
        self._documents = documents
        self.jobs = jobs
        self._clock = clock
        self._made_by = {name: command.name for command in self.commands for name in command.documents}

    @property
    def commands(self) -> list[StudioCommand]:
        """Those that may be started."""
        return list(self._commands.startable().values())

    @property
    def made_by(self) -> Mapping[str, str]:
        """The command that makes each document; nothing else is ever read."""
        return self._made_by

    async def made(self) -> dict[str, datetime | None]:
        """When each document of this shop was made; None for one that is not there."""
        there = await asyncio.to_thread(self._documents.made, shop=(await self._shop()).fingerprint)
        return {name: there.get(name) for name in self._made_by}

    async def document(self, name: str) -> dict[str, Any]:
        """Return a document of this shop.

        Raises NotFound `unknown_document`, or `no_document` or `other_shop` with the command that makes it.
        """
        if name not in self._made_by:
            raise NotFound("unknown_document", f"There is no document {name!r}.", field="name")
        found = await asyncio.to_thread(self._documents.read, name)
        command = f"promobot strategy {self._made_by[name]}"
        if found is None:
            raise NotFound("no_document", f"Nothing was made yet. This makes it: {command}", field="name")
        if found.get("shop") != (await self._shop()).fingerprint:
            said = f"What there is was made from other sales than this shop's. This makes it anew: {command}"
            raise NotFound("other_shop", said, field="name")
        return found

    async def currency(self) -> str:
        """The currency in which commands count."""
        return (await self._shop()).currency

    @property
    def job(self) -> Job | None:
        """The job that runs, else the last one."""
        return None if self.jobs is None else self.jobs.newest

    async def start(self, request: JobRequest, *, actor: str) -> Job:
        """Start a command. Raises InvalidRequest for what it does not take, Conflict `job_running` or `no_jobs`."""
        command = self._commands.startable().get(request.command)
        if command is None:
            allowed = ", ".join(self._commands.startable())
            raise InvalidRequest("invalid_request", f"command: allowed are {allowed}.", field="command")
        params = self._commands.read_params(command.name, request.params)
        if self.jobs is None:
            raise Conflict(
                "no_jobs",
                "This engine is several processes and runs no commands for others. On its machine, run: "
                f"promobot strategy {command.name}",
            )
        now = self._clock()
        plan_id = f"plan-{now:%Y%m%d-%H%M%S}" if command.makes_plan else None
        if plan_id is not None:
            params["plan_id"] = plan_id
        job = Job(uuid4().hex, command.name, JobState.RUNNING, now, actor, plan_id=plan_id)
        return await self.jobs.start(job, params)

    async def cancel(self) -> Job:
        """End the job that runs. Raises Conflict `no_job`."""
        ended = None if self.jobs is None else await self.jobs.cancel()
        if ended is None:
            raise Conflict("no_job", "Nothing is running.")
        return ended
