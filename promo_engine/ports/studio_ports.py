"""The strategy studio as the engine shows it: its commands, the documents they left, and one that runs beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True)
class StudioCommand:
    """A command that may be started over HTTP."""

    name: str
    summary: str
    """What it does, in a line."""
    documents: tuple[str, ...]
    """What it leaves."""
    makes_plan: bool
    """Whether it takes a `plan_id`, which the engine gives it."""
    schema: Mapping[str, Any]
    """JSON Schema of what it can be told."""


@dataclass(frozen=True)
class JobRequest:
    """A command with what it is told, by the names of its schema."""

    command: str
    params: Mapping[str, Any]


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


class StudioCommands(Protocol):
    """The commands of the studio, each declared once beside what it runs."""

    def startable(self) -> Mapping[str, StudioCommand]:
        """Those that may be started over HTTP, by name."""
        ...

    def read_params(self, command: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Check what such a command is told and return it. Raises InvalidRequest with the field."""
        ...


@dataclass(frozen=True)
class ShopIdentity:
    """Whose sales the database holds."""

    fingerprint: str
    """The same while the shop grows, another for another shop; "" for a shop without orders."""
    currency: str
    """In which it sells most."""


class StudioDocuments(Protocol):
    """What commands left behind. A document says whose sales it is of; those of others are not there."""

    def made(self, *, shop: str) -> Mapping[str, datetime]:
        """When each document of the shop with this fingerprint was made, by name."""
        ...

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a command's document; None if it is not there. Raises Unavailable for one that cannot be read."""
        ...


class StudioJobs(Protocol):
    """One command at a time."""

    @property
    def newest(self) -> Job | None:
        """The job that runs, else the last one of this process."""
        ...

    async def start(self, job: Job, params: Mapping[str, Any]) -> Job:
        """Run the job's command with these params. Raises Conflict `job_running`."""
        ...

    async def cancel(self) -> Job | None:
        """End the job that runs, and wait until it is gone; None where none did."""
        ...
