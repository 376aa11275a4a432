"""The strategy studio as the engine shows it: documents that its commands left, and commands that run beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

DOCUMENTS: Mapping[str, str] = {
    "preparation": "prepare",
    "customers": "customers",
    "customer-cards": "customers",
    "products": "products",
    "forecast": "forecast",
    "stock": "stock",
    "staffing": "staffing",
    "response": "response",
    "generation": "generate",
    "optimisation": "optimise",
    "measurement": "measure",
    "pricing": "price",
    "replay": "replay",
    "privacy": "privacy",
    "federation": "federate",
}
"""Every document there can be, and the command that makes it. Nothing else is ever read."""
PLAN = "plan"
COMMANDS = tuple(dict.fromkeys((*DOCUMENTS.values(), PLAN)))
"""What may be run for somebody who asks over HTTP."""


@dataclass(frozen=True)
class JobRequest:
    """A command with what it is told; None leaves a choice to the command."""

    command: str
    goal: str | None = None
    budget_cents: int | None = None
    """Of the whole plan, or of a week where a front is asked for."""
    days: int | None = None
    point: int | None = None
    """A portfolio of the front."""


class JobState(StrEnum):
    """Where a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Job:
    """A command that runs beside the engine, or the last one that did."""

    job_id: str
    command: str
    state: JobState
    started_at: datetime
    started_by: str
    plan_id: str | None = None
    """The plan it makes."""
    finished_at: datetime | None = None
    step: str | None = None
    """What it is at, in its own words."""
    done: int | None = None
    of: int | None = None
    """How far the step is."""
    message: str | None = None
    """The last thing it said; where it failed, the reason."""


class StudioDocuments(Protocol):
    """What commands left behind."""

    def made(self) -> Mapping[str, datetime]:
        """When each document that is there was made, by name."""
        ...

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a document of DOCUMENTS; None if it is not there. Raises Unavailable for one that cannot be read."""
        ...


class StudioJobs(Protocol):
    """One command at a time."""

    @property
    def newest(self) -> Job | None:
        """The job that runs, else the last one of this process."""
        ...

    async def start(self, words: list[str], *, job: Job) -> Job:
        """Run `promobot strategy` with these words. Raises Conflict `job_running`."""
        ...

    async def cancel(self) -> Job | None:
        """End the job that runs, and wait until it is gone; None where none did."""
        ...
