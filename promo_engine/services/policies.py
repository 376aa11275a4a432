"""The policy that decides now, and its versions.

The database says which version is the newest; the process keeps that one unpacked. A snapshot's version counts over all
user models, so that no number ever means two policies.

Learning begins with the trained policy, which holds no rewards. It begins anew, still with the next number, when an
upgrade changed the policy's features and the newest snapshot no longer fits. Rewards of decisions from before the
beginning then teach nothing: their features are numbers of another meaning, even where there are as many of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.ports import OfferPolicy
from promo_engine.domain.unit_of_work import Snapshot, UnitOfWork, WaitingReward

_LOG = logging.getLogger(__name__)


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
        self._began_at = 0

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
        """Make sure that there is a policy: the trained one, if this user model has none yet, or none that fits."""
        newest = await unit.snapshots.newest(self.model_version)
        if newest is None or not self._fits(newest):
            await self.add(unit, initial, now=now)
        self._began_at = await unit.snapshots.newest_beginning(self.model_version) or 0

    def _fits(self, snapshot: Snapshot) -> bool:
        try:
            self._unpack(snapshot.snapshot)
        except ValueError as error:
            _LOG.warning(
                "policy version %s cannot be used (%s): learning begins anew with the trained policy, "
                "and rewards of earlier decisions teach nothing",
                snapshot.version,
                error,
            )
            return False
        return True

    async def waiting(self, unit: UnitOfWork, *, limit: int) -> list[WaitingReward]:
        """List and lock the matured rewards that this policy can learn from and does not hold, the oldest first."""
        return await unit.outcomes.waiting(model_version=self.model_version, since_version=self._began_at, limit=limit)

    async def count_waiting(self, unit: UnitOfWork) -> int:
        """Count what `waiting` would list without a limit."""
        return await unit.outcomes.count_waiting(model_version=self.model_version, since_version=self._began_at)

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
