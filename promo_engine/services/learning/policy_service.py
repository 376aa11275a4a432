"""Versions of the policy as their keepers move them: proposed, promoted past the gate, rolled back; all on record.

What a version holds of the rewards follows from its lineage. When another version comes into force, the rewards that it
does not hold wait for the learner again, unless they are set aside; what it holds already is not learned twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.domain.learning.objective import Objective
from promo_engine.domain.learning.policy_versions import (
    Lineage,
    PolicyChange,
    PolicyOrigin,
    PolicyStatus,
    PolicyVersion,
    Snapshot,
)
from promo_engine.domain.learning.reward_trust import Quarantined
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.ports.models import OfferPolicy
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.learning.policy_store import ActivePolicy, PolicyStore, lineage_of
from promo_engine.services.learning.release_gate import Gate, Verdict

_REWARDS_AT_ONCE = 1000
"""Rewards that a proposal learns at once, as many as the learner takes at once."""


@dataclass(frozen=True)
class VersionChange:
    """A version that came into force, and what that means for the rewards."""

    version: int
    before_version: int
    waiting: int
    """Rewards that the version before had learned and this one has not: the learner learns them again."""
    set_aside: int
    """Those of them that are to teach nothing."""


class PolicyService:
    """Keeps the versions of one user model. `actor` is who asks, for the record."""

    def __init__(
        self,
        storage: Storage,
        *,
        store: PolicyStore,
        objective: Objective,
        gate: Gate,
        clock: Callable[[], datetime],
    ) -> None:
        self._storage = storage
        self._store = store
        self._model_version = store.model_version
        self._unpack = store.unpack
        self._objective = objective
        self._gate = gate
        self._clock = clock

    @property
    def model_version(self) -> str:
        """Version of the user model that these policies read."""
        return self._model_version

    def unpack(self, snapshot: bytes) -> OfferPolicy:
        """Read a policy. Raises ValueError for one that this version of the engine cannot use."""
        return self._unpack(snapshot)

    async def stock(self, initial: OfferPolicy) -> None:
        """Store the trained policy as the next version, unless this user model has one that can be used."""
        async with self._storage.write() as unit:
            await self._store.stock(unit, initial=initial, now=self._clock())

    async def in_force(self) -> tuple[ActivePolicy, int]:
        """Return the policy that the next decision will use, and how many rewards it does not hold yet."""
        async with self._storage.read() as unit:
            active = await self._store.newest(unit)
            return active, await self._store.count_waiting(unit, until=self._clock() - self._objective.wait)

    async def versions(self, *, limit: int, learned: bool = False) -> list[PolicyVersion]:
        """List versions, the newest first; without `learned` only beginnings of branches, candidates and the
        live one."""
        async with self._storage.read() as unit:
            return await unit.snapshots.newest(self._model_version, limit=limit, learned=learned)

    async def changes(self, *, limit: int) -> list[PolicyChange]:
        """List what was done to versions, the newest first."""
        async with self._storage.read() as unit:
            return await unit.snapshots.changes(self._model_version, limit=limit)

    async def propose(
        self,
        policy: OfferPolicy,
        *,
        actor: str,
        step: Callable[[int], None] = lambda _count: None,
        refit: Callable[[OfferPolicy, Sequence[TrainingExample]], OfferPolicy] | None = None,
    ) -> PolicyVersion:
        """Store a candidate: `policy` after all the rewards that the live version holds.

        `refit` is given all of them at once, for policies that learn more than weights from a log. Raises what it
        raises, Conflict `holds_rewards` if `policy` has learned already, `no_policy` if none is live.
        """
        if policy.reward_count:
            raise Conflict(
                "holds_rewards",
                f"It holds {policy.reward_count} rewards, and nobody knows which; propose one that has learned none.",
            )
        async with self._storage.read() as unit:
            version = await unit.snapshots.live_version(self._model_version)
            if version is None:
                raise _no_policy()
            lineage = await lineage_of(unit, version)
        learned = await self._taught(policy, lineage, step=step, refit=refit)
        async with self._storage.write() as unit:
            # Versions are numbered in order: whoever makes one waits for the others.
            await unit.snapshots.lock_live(self._model_version)
            number = await unit.snapshots.highest_version() + 1
            candidate = Snapshot(
                version=number,
                model_version=self._model_version,
                snapshot=learned.to_bytes(),
                reward_count=learned.reward_count,
                created_at=self._clock(),
                status=PolicyStatus.CANDIDATE,
                origin=PolicyOrigin.PROPOSED,
                parent_version=version,
                branch=number,
                created_by=actor,
            )
            await unit.snapshots.add(candidate)
            await self._record(unit, "proposed", number, before=version, actor=actor, numbers={})
        return candidate

    async def _taught(
        self,
        policy: OfferPolicy,
        lineage: Lineage,
        *,
        step: Callable[[int], None],
        refit: Callable[[OfferPolicy, Sequence[TrainingExample]], OfferPolicy] | None,
    ) -> OfferPolicy:
        log: list[TrainingExample] = []
        after: tuple[datetime, str] | None = None
        while True:
            async with self._storage.read() as unit:
                learned_rewards = await unit.outcomes.learned_rewards(lineage, after=after, limit=_REWARDS_AT_ONCE)
            if not learned_rewards:
                return policy if refit is None else refit(policy, log)
            labelled = [learned_reward.to_example(self._objective) for learned_reward in learned_rewards]
            if refit is None:
                policy = policy.learn(labelled)
            else:
                log += labelled
            after = (learned_rewards[-1].recorded_at, learned_rewards[-1].decision_id)
            step(len(learned_rewards))

    async def judge(self, version: int, *, step: Callable[[int], None] = lambda _count: None) -> Verdict:
        """Ask the gate, and change nothing. Raises NotFound and Conflict `not_a_candidate`."""
        return await self._gate.judge(await self._candidate(version), now=self._clock(), step=step)

    async def promote(
        self, version: int, *, actor: str, step: Callable[[int], None] = lambda _count: None
    ) -> tuple[Verdict, VersionChange | None]:
        """Bring a candidate into force if it passes the gate; else None, and the refusal is recorded with its numbers.

        Raises NotFound `unknown_version`, Conflict `not_a_candidate` and `no_policy`.
        """
        verdict = await self.judge(version, step=step)
        async with self._storage.write() as unit:
            live = await self._locked(unit)
            _require_candidate(await self._version(unit, version))  # somebody may have been quicker
            if not verdict.passed:
                await self._record(
                    unit, "refused", version, before=live.version, actor=actor, numbers=verdict.numbers()
                )
                return verdict, None
            moved = await self._bring(unit, version, live, set_aside=False)
            numbers = verdict.numbers() | {"waiting": moved.waiting}
            await self._record(unit, "promoted", version, before=live.version, actor=actor, numbers=numbers)
        return verdict, moved

    async def rollback(self, *, to: int | None, set_aside: bool, actor: str) -> VersionChange:
        """Bring an earlier version into force; None is the one that was in force before the last promotion.

        `set_aside` keeps what was learned since then from teaching anything. Raises NotFound `unknown_version`,
        Conflict `nothing_to_roll_back`, `not_retired`, `before_the_beginning`, `cannot_be_used` and `no_policy`.
        """
        async with self._storage.write() as unit:
            live = await self._locked(unit)
            version = await self._before_promotion(unit) if to is None else to
            await self._require_usable(unit, version)
            moved = await self._bring(unit, version, live, set_aside=set_aside)
            numbers = {"waiting": moved.waiting, "set_aside": moved.set_aside}
            await self._record(unit, "rolled_back", version, before=live.version, actor=actor, numbers=numbers)
        return moved

    async def quarantined(self) -> list[Quarantined]:
        """Count by offer the rewards that came in a burst and teach nothing."""
        async with self._storage.read() as unit:
            return await unit.outcomes.quarantined()

    async def release(self, offer_id: str) -> int:
        """Let an offer's quarantined rewards be learned; return how many."""
        async with self._storage.write() as unit:
            await self._locked(unit)
            return await unit.outcomes.release(offer_id)

    async def _bring(self, unit: UnitOfWork, version: int, live: PolicyVersion, *, set_aside: bool) -> VersionChange:
        await unit.snapshots.set_status(live.version, PolicyStatus.RETIRED)
        await unit.snapshots.set_status(version, PolicyStatus.LIVE)
        waiting, aside = await unit.outcomes.change_lineage(
            before=await lineage_of(unit, live.version), after=await lineage_of(unit, version), set_aside=set_aside
        )
        return VersionChange(version, live.version, waiting, aside)

    async def _before_promotion(self, unit: UnitOfWork) -> int:
        moves = [
            change
            for change in await unit.snapshots.changes(self._model_version, limit=1000)
            if change.action in _MOVES
        ]
        if not moves or moves[0].action != "promoted" or moves[0].before_version is None:
            raise Conflict("nothing_to_roll_back", "The last change was no promotion; say which version is wanted.")
        return moves[0].before_version

    async def _require_usable(self, unit: UnitOfWork, version: int) -> None:
        snapshot = await self._version(unit, version)
        if snapshot.status is not PolicyStatus.RETIRED:
            raise Conflict("not_retired", f"Version {version} is {snapshot.status}; only a retired one can come back.")
        began_at = await unit.snapshots.newest_beginning(self._model_version) or 0
        if version < began_at:
            raise Conflict(
                "before_the_beginning", f"Learning began anew with version {began_at}; version {version} has no sequel."
            )
        try:
            self._unpack(snapshot.snapshot)
        except ValueError as error:
            raise Conflict("cannot_be_used", f"Version {version} cannot be used: {error}.") from error

    async def _candidate(self, version: int) -> Snapshot:
        async with self._storage.read() as unit:
            snapshot = await self._version(unit, version)
        _require_candidate(snapshot)
        return snapshot

    async def _version(self, unit: UnitOfWork, version: int) -> Snapshot:
        snapshot = await unit.snapshots.get(version)
        if snapshot is None or snapshot.model_version != self._model_version:
            raise NotFound("unknown_version", f"There is no version {version} of user model {self._model_version}.")
        return snapshot

    async def _locked(self, unit: UnitOfWork) -> PolicyVersion:
        live = await unit.snapshots.lock_live(self._model_version)
        if live is None:
            raise _no_policy()
        return live

    async def _record(
        self, unit: UnitOfWork, action: str, version: int, *, before: int, actor: str, numbers: dict[str, Any]
    ) -> None:
        await unit.snapshots.record(
            PolicyChange(
                action=action,
                version=version,
                before_version=before,
                model_version=self._model_version,
                actor=actor,
                at=self._clock(),
                numbers=numbers,
            )
        )


_MOVES = frozenset({"promoted", "rolled_back"})


def _require_candidate(snapshot: PolicyVersion) -> None:
    if snapshot.status is not PolicyStatus.CANDIDATE:
        raise Conflict(
            "not_a_candidate", f"Version {snapshot.version} is {snapshot.status}; only a candidate can be promoted."
        )


def _no_policy() -> Conflict:
    return Conflict("no_policy", "There is no policy yet; the first `promobot serve` after training stores one.")
