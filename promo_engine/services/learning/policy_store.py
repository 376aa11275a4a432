"""The policy that decides now, and its versions.

The database says which version is live; the process keeps that one unpacked. A version's number counts over all user
models, so that no number ever means two policies. A version that learned from the newest of a branch is the next of
that branch; one that learned from an older version, after somebody went back to it, begins a branch of its own.

Learning begins with the trained policy, which holds no rewards. It begins anew, still with the next number, when an
upgrade changed the policy's features and the live version no longer fits. Rewards of decisions from before the
beginning then teach nothing: their features are numbers of another meaning, even where there are as many of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.learning.policy_versions import (
    Lineage,
    LineageSegment,
    PolicyOrigin,
    PolicyStatus,
    PolicyVersion,
    Snapshot,
)
from promo_engine.domain.learning.rewards import PendingReward
from promo_engine.ports.models import OfferPolicy
from promo_engine.ports.unit_of_work import UnitOfWork

_LOG = logging.getLogger(__name__)
ENGINE = "engine"
"""Who made the versions that the engine makes by itself."""


@dataclass(frozen=True)
class ActivePolicy:
    """A policy and the version under which it is stored."""

    version: int
    policy: OfferPolicy
    reward_count: int
    created_at: datetime


class PolicyStore:
    """Holds the live policy of one user model."""

    def __init__(self, *, model_version: str, unpack: Callable[[bytes], OfferPolicy]) -> None:
        self.model_version = model_version
        self.unpack = unpack
        self._active: ActivePolicy | None = None
        self._began_at = 0

    async def newest(self, unit: UnitOfWork) -> ActivePolicy:
        """Return the live policy as `unit` sees it. `stock` has to have run before."""
        version = await unit.snapshots.live_version(self.model_version)
        if self._active is None or self._active.version != version:
            snapshot = await unit.snapshots.live(self.model_version)
            if snapshot is None:
                raise LookupError(f"no policy is stored for user model {self.model_version}")
            self._active = ActivePolicy(
                version=snapshot.version,
                policy=self.unpack(snapshot.snapshot),
                reward_count=snapshot.reward_count,
                created_at=snapshot.created_at,
            )
        return self._active

    async def stock(self, unit: UnitOfWork, *, initial: OfferPolicy, now: datetime) -> None:
        """Make sure that there is a policy: the trained one, if this user model has none yet, or none that fits."""
        live = await unit.snapshots.live(self.model_version)
        if live is None or not self._fits(live):
            if live is not None:
                await unit.snapshots.set_status(live.version, PolicyStatus.RETIRED)
            await self._store(unit, initial, parent=None, now=now)
        self._began_at = await unit.snapshots.newest_beginning(self.model_version) or 0

    def _fits(self, snapshot: Snapshot) -> bool:
        try:
            self.unpack(snapshot.snapshot)
        except ValueError as error:
            _LOG.warning(
                "policy version %s cannot be used (%s): learning begins anew with the trained policy, "
                "and rewards of earlier decisions teach nothing",
                snapshot.version,
                error,
            )
            return False
        return True

    async def waiting(self, unit: UnitOfWork, *, until: datetime, limit: int) -> list[PendingReward]:
        """List and lock the rewards that this policy can learn from and does not hold, the oldest first."""
        return await unit.outcomes.waiting(
            model_version=self.model_version, since_version=self._began_at, until=until, limit=limit
        )

    async def count_waiting(self, unit: UnitOfWork, *, until: datetime) -> int:
        """Count what `waiting` would list without a limit."""
        return await unit.outcomes.count_waiting(
            model_version=self.model_version, since_version=self._began_at, until=until
        )

    async def hold(self, unit: UnitOfWork) -> None:
        """Let nobody else bring a version into force before `unit` ends."""
        await unit.snapshots.lock_live(self.model_version)

    async def add(self, unit: UnitOfWork, policy: OfferPolicy, *, now: datetime) -> int:
        """Store what the live version has learned and return its number. It is live once `unit` has committed."""
        live = await unit.snapshots.lock_live(self.model_version)
        if live is None:
            raise LookupError(f"no policy is stored for user model {self.model_version}")
        await unit.snapshots.set_status(live.version, PolicyStatus.RETIRED)
        return await self._store(unit, policy, parent=live, now=now)

    async def _store(
        self, unit: UnitOfWork, policy: OfferPolicy, *, parent: PolicyVersion | None, now: datetime
    ) -> int:
        version = await unit.snapshots.highest_version() + 1
        goes_on = parent is not None and await unit.snapshots.newest_of_branch(parent.branch) == parent.version
        await unit.snapshots.add(
            Snapshot(
                version=version,
                model_version=self.model_version,
                snapshot=policy.to_bytes(),
                reward_count=policy.reward_count,
                created_at=now,
                status=PolicyStatus.LIVE,
                origin=PolicyOrigin.TRAINED if parent is None else PolicyOrigin.LEARNED,
                parent_version=None if parent is None else parent.version,
                branch=parent.branch if parent is not None and goes_on else version,
                created_by=ENGINE,
            )
        )
        return version


async def lineage_of(unit: UnitOfWork, version: int) -> Lineage:
    """Return the versions whose rewards this one holds. Raises LookupError if a version is missing."""
    segments: list[LineageSegment] = []
    at: int | None = version
    while at is not None:
        item = await _described(unit, at)
        segments.append(LineageSegment(item.branch, at))
        at = (await _described(unit, item.branch)).parent_version
    return segments


async def _described(unit: UnitOfWork, version: int) -> PolicyVersion:
    item = await unit.snapshots.describe(version)
    if item is None:
        raise LookupError(f"policy version {version} is not stored")
    return item
