"""Versions of the policy, plans and kept replies, in memory."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

from promo_engine.domain.errors import Conflict
from promo_engine.domain.idempotency import KEPT_FOR, KeptReply
from promo_engine.domain.learning.policy_versions import (
    PolicyChange,
    PolicyOrigin,
    PolicyStatus,
    PolicyVersion,
    Snapshot,
)
from promo_engine.domain.plans.plans import PlanState, StoredPlan
from tests.support.fake_storage.rows import ConstraintError, ReplyRow, Rows


class FakeSnapshots:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def live(self, model_version: str) -> Snapshot | None:
        return next((found for found in self._of(model_version) if found.status is PolicyStatus.LIVE), None)

    async def live_version(self, model_version: str) -> int | None:
        live = await self.live(model_version)
        return None if live is None else live.version

    async def lock_live(self, model_version: str) -> PolicyVersion | None:
        live = await self.live(model_version)
        return None if live is None else _described(live)

    async def get(self, version: int) -> Snapshot | None:
        return self._rows.snapshots.get(version)

    async def describe(self, version: int) -> PolicyVersion | None:
        found = self._rows.snapshots.get(version)
        return None if found is None else _described(found)

    async def newest(self, model_version: str, *, limit: int, learned: bool = True) -> list[PolicyVersion]:
        return [
            _described(found)
            for found in reversed(self._of(model_version))
            if learned or found.branch == found.version or found.status is not PolicyStatus.RETIRED
        ][:limit]

    async def newest_of_branch(self, branch: int) -> int:
        return max(version for version, found in self._rows.snapshots.items() if found.branch == branch)

    async def newest_beginning(self, model_version: str) -> int | None:
        trained = [found.version for found in self._of(model_version) if found.origin is PolicyOrigin.TRAINED]
        return max(trained, default=None)

    async def highest_version(self) -> int:
        return max(self._rows.snapshots, default=0)

    async def add(self, snapshot: Snapshot) -> None:
        if snapshot.version in self._rows.snapshots:
            raise ConstraintError(f"there is a version {snapshot.version}")
        self._rows.snapshots[snapshot.version] = snapshot
        self._check(snapshot)

    async def set_status(self, version: int, status: PolicyStatus) -> None:
        self._rows.snapshots[version] = replace(self._rows.snapshots[version], status=status)
        self._check(self._rows.snapshots[version])

    def _check(self, changed: Snapshot) -> None:
        live = [found for found in self._of(changed.model_version) if found.status is PolicyStatus.LIVE]
        if len(live) > 1:
            raise ConstraintError(f"two versions of user model {changed.model_version} would be live")

    def _of(self, model_version: str) -> list[Snapshot]:
        return [found for _, found in sorted(self._rows.snapshots.items()) if found.model_version == model_version]

    async def record(self, change: PolicyChange) -> None:
        self._rows.policy_changes.append(replace(change, change_id=len(self._rows.policy_changes) + 1))

    async def changes(self, model_version: str, *, limit: int) -> list[PolicyChange]:
        own = [change for change in self._rows.policy_changes if change.model_version == model_version]
        return own[::-1][:limit]


def _described(snapshot: Snapshot) -> PolicyVersion:
    return PolicyVersion(**{field.name: getattr(snapshot, field.name) for field in fields(PolicyVersion)})


class FakePlans:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, plan: StoredPlan) -> None:
        if plan.plan_id in self._rows.plans:
            raise Conflict("plan_exists", f"There is a plan {plan.plan_id} already.")
        self._rows.plans[plan.plan_id] = plan

    async def get(self, plan_id: str, *, lock: bool = False) -> StoredPlan | None:
        return self._rows.plans.get(plan_id)

    async def page(self, *, limit: int) -> list[StoredPlan]:
        by_id = sorted(self._rows.plans.values(), key=lambda plan: plan.plan_id)
        return sorted(by_id, key=lambda plan: plan.created_at, reverse=True)[:limit]

    async def approved(self) -> list[StoredPlan]:
        return [plan for _, plan in sorted(self._rows.plans.items()) if plan.state is PlanState.APPROVED]

    async def save(self, plan: StoredPlan) -> None:
        stored = self._rows.plans[plan.plan_id]
        decided = replace(stored, state=plan.state, decided_at=plan.decided_at, decided_by=plan.decided_by)
        self._rows.plans[plan.plan_id] = decided


class FakeReplies:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def claim(self, key: str, *, request_hash: str, at: datetime) -> KeptReply | None:
        kept = self._rows.replies.get(key)
        if kept is None or kept.created_at <= at - KEPT_FOR:
            self._rows.replies[key] = ReplyRow(request_hash, at)
            return None
        return KeptReply(kept.request_hash, kept.reply or "")

    async def keep(self, key: str, *, reply: str) -> None:
        self._rows.replies[key].reply = reply

    async def prune(self, *, created_before: datetime) -> int:
        old = [key for key, row in self._rows.replies.items() if row.created_at <= created_before]
        for key in old:
            del self._rows.replies[key]
        return len(old)
