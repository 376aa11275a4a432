"""The policy that decides now, and its versions.

The database says which version is the newest; the process keeps that one unpacked. A snapshot's version counts over all
user models, so that no number ever means two policies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.ports import OfferPolicy
from promo_engine.domain.unit_of_work import Snapshot, UnitOfWork


@dataclass(frozen=True)
class ActivePolicy:
    """A policy and the version under which it is stored."""

    version: int
    policy: OfferPolicy
    reward_count: int
    created_at: datetime


class PolicyShelf:
    """Holds the newest policy of one user model."""

    def __init__(self, *, model_version: str, unpack: Callable[[bytes], OfferPolicy]) -> None:
        self.model_version = model_version
        self._unpack = unpack
        self._active: ActivePolicy | None = None

    async def newest(self, unit: UnitOfWork) -> ActivePolicy:
        """Return the newest policy as `unit` sees it. `stock` has to have run before."""
        version = await unit.snapshots.newest_version(self.model_version)
        if self._active is None or self._active.version != version:
            snapshot = await unit.snapshots.newest(self.model_version)
            if snapshot is None:
                raise LookupError(f"no policy is stored for user model {self.model_version}")
            self._active = ActivePolicy(
                version=snapshot.version,
                policy=self._unpack(snapshot.snapshot),
                reward_count=snapshot.reward_count,
                created_at=snapshot.created_at,
            )
        return self._active

    async def stock(self, unit: UnitOfWork, *, initial: OfferPolicy, now: datetime) -> None:
        """Make sure that there is a policy: the trained one, if this user model has none yet."""
        if await unit.snapshots.newest_version(self.model_version) is None:
            await self.add(unit, initial, now=now)

    async def add(self, unit: UnitOfWork, policy: OfferPolicy, *, now: datetime) -> int:
        """Store the next version and return its number. It is in force once `unit` has committed."""
        version = await unit.snapshots.highest_version() + 1
        await unit.snapshots.add(
            Snapshot(
                version=version,
                model_version=self.model_version,
                snapshot=policy.to_bytes(),
                reward_count=policy.reward_count,
                created_at=now,
            )
        )
        return version
