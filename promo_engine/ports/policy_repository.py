"""The storage of the policy's versions that the services need; a part of `unit_of_work.UnitOfWork`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class PolicyStatus(StrEnum):
    """Where a version stands."""

    CANDIDATE = "candidate"
    """Stored, and judged in the shadow of the live one from the decisions that are made after it. It never decides."""
    LIVE = "live"
    """Decides, and its next version will be live. One of each user model is."""
    RETIRED = "retired"
    """Was live."""


class PolicyOrigin(StrEnum):
    """Where a version came from."""

    TRAINED = "trained"
    """It is the first policy, without rewards; learning begins anew with it."""
    LEARNED = "learned"
    """It is its parent and the rewards of one more round."""
    PROPOSED = "proposed"
    """It was made elsewhere and holds the rewards that its parent holds."""


@dataclass(frozen=True)
class PolicyVersion:
    """What is known of a version beside the policy itself."""

    version: int
    model_version: str
    """Of the user model from whose outlooks it decides."""
    reward_count: int
    created_at: datetime
    status: PolicyStatus
    origin: PolicyOrigin
    parent_version: int | None
    """Whose rewards it holds, beside those it learned itself; None for a trained one."""
    line: int
    """The version with which its line began: a line is a row of versions of which each learned from the one before."""
    created_by: str


@dataclass(frozen=True)
class Snapshot(PolicyVersion):
    """One version of the policy, as bytes."""

    snapshot: bytes


@dataclass(frozen=True)
class LineageSegment:
    """The versions of a line up to one of them."""

    line: int
    until_version: int


Lineage = Sequence[LineageSegment]
"""A version and all before it whose rewards it holds: its own line, the one that this branched off, and so on."""


@dataclass(frozen=True)
class PolicyChange:
    """Who did what to a version, or tried to."""

    action: str
    """proposed, promoted, refused or rolled_back."""
    version: int
    before_version: int | None
    """What was in force."""
    model_version: str
    actor: str
    at: datetime
    numbers: Mapping[str, Any]
    """What it was decided on."""
    change_id: int = 0
    """Given by the storage; grows."""


class PolicyRepository(Protocol):
    """Versions of the policy, and the record of what was done to them."""

    async def live(self, model_version: str) -> Snapshot | None:
        """Return the version in force for this user model."""
        ...

    async def live_version(self, model_version: str) -> int | None:
        """Return the number of `live` without its bytes."""
        ...

    async def lock_live(self, model_version: str) -> PolicyVersion | None:
        """Return the version in force, which stays so until this unit ends."""
        ...

    async def get(self, version: int) -> Snapshot | None:
        """Return one version."""
        ...

    async def describe(self, version: int) -> PolicyVersion | None:
        """Return one version without its bytes."""
        ...

    async def newest(self, model_version: str, *, limit: int, learned: bool = True) -> list[PolicyVersion]:
        """List versions, the newest first; without `learned` only lines' beginnings and those in force or proposed."""
        ...

    async def newest_of_line(self, line: int) -> int:
        """Return the highest version of a line."""
        ...

    async def newest_beginning(self, model_version: str) -> int | None:
        """Return the newest trained version: there the learning of this user model last began."""
        ...

    async def highest_version(self) -> int:
        """Return the highest version of any user model; 0 before the first."""
        ...

    async def add(self, snapshot: Snapshot) -> None:
        """Store a new version."""
        ...

    async def set_status(self, version: int, status: PolicyStatus) -> None:
        """Move a version."""
        ...

    async def record(self, change: PolicyChange) -> None:
        """Append to the record of changes."""
        ...

    async def changes(self, model_version: str, *, limit: int) -> list[PolicyChange]:
        """List what was done, the newest first."""
        ...
