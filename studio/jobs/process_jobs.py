"""Studio commands beside a running engine: `ports.studio_ports.StudioJobs` with one process at a time.

A process of its own, because a command keeps a core busy for a minute or two and chats must not wait for it; it runs at
a lower priority than they do. It is the very command a person types, so there is one way to make everything. Its
progress is lines of JSON on its stdout. State is in memory: a job does not outlive the engine.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from promo_engine.domain.errors import Conflict
from promo_engine.ports.studio_ports import Job, JobState
from studio.progress import read_progress

_LOG = logging.getLogger(__name__)
_PROMOBOT = (sys.executable, "-m", "promo_engine.cli", "strategy")
_NICENESS = 10
_LONGEST_LINE = 1 << 20
_GONE_WITHIN_S = 60.0
"""After a kill, which nothing can refuse; only what holds a dead command's output open takes longer."""


class CommandJobs:
    """Runs commands with `environment` added to this process's own.

    A cancelled command that is not gone after `patience_s` seconds is killed.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        clock: Callable[[], datetime],
        command: tuple[str, ...] = _PROMOBOT,
        patience_s: float = 5.0,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._command = command
        self._patience_s = patience_s
        self._job: Job | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._cancelled = False

    @property
    def newest(self) -> Job | None:
        """The job that runs, else the last one."""
        return self._job

    async def start(self, job: Job, params: Mapping[str, Any]) -> Job:
        """Run the job's command with these params, which it gets as JSON. Raises Conflict `job_running`."""
        if self._job is not None and self._job.state is JobState.RUNNING:
            raise Conflict(
                "job_running",
                f"{self._job.started_by} has started {self._job.command} and it is not done; one runs at a time.",
            )
        self._job = job  # before the first await: nobody starts a second one meanwhile
        self._cancelled = False
        context = {"PROMOBOT_PROGRESS": "json", "PROMOBOT_ACTOR": job.started_by, "PYTHONUNBUFFERED": "1"}
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                job.command,
                "--json",
                json.dumps(params),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **self._environment, **context},
                limit=_LONGEST_LINE,
            )
        except BaseException:
            self._job = replace(job, state=JobState.FAILED, finished_at=self._clock(), message="It did not start.")
            raise
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICENESS)
        self._reader = asyncio.create_task(self._follow(self._process), name="studio job")
        return self._job

    async def wait(self) -> Job | None:
        """Return once nothing runs, with the last job."""
        if self._reader is not None:
            await asyncio.wait({self._reader})
        return self._job

    async def cancel(self) -> Job | None:
        """End the command that runs, and wait until it is gone; None where none did."""
        if self._job is None or self._job.state is not JobState.RUNNING or self._process is None:
            return None
        self._cancelled = True
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        if self._reader is not None:
            done, _ = await asyncio.wait({self._reader}, timeout=self._patience_s)
            if not done:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                await asyncio.wait({self._reader}, timeout=_GONE_WITHIN_S)
        return self._job

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        assert self._job is not None
        try:
            async for line in process.stdout:
                self._read(line.decode(errors="replace").strip())
        except ValueError:  # a line longer than any command writes
            _LOG.warning("The studio command %s writes too long lines; it is not followed.", self._job.command)
        code = await process.wait()
        ended = JobState.DONE if code == 0 else JobState.FAILED
        state = JobState.CANCELLED if self._cancelled else ended
        self._job = replace(self._job, state=state, finished_at=self._clock())

    def _read(self, line: str) -> None:
        assert self._job is not None
        if step := read_progress(line):
            done, total, title = step
            self._job = replace(self._job, step=title, done=done, of=total)
        elif line:
            self._job = replace(self._job, message=line.removeprefix("promobot: ")[:500])
