"""The storage of the policy's versions that the services need; a part of `unit_of_work.UnitOfWork`."""

from __future__ import annotations

from typing import Protocol

from promo_engine.domain.learning.policy_versions import (
    PolicyChange,
    PolicyStatus,
    PolicyVersion,
    Snapshot,
)


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
        """List versions, the newest first; without `learned` only branches' beginnings and those in force or
        proposed."""
        ...

    async def newest_of_branch(self, branch: int) -> int:
        """Return the highest version of a branch."""
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
