"""Decisions made again from their records: the same version, asked the same, has to say the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from promo_engine.domain.decisions.decisions import Decision
from promo_engine.ports.models import OfferPolicy
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.decisions.reconstruct_decision import DecisionReconstructor, NotReconstructibleError

_KEPT_POLICIES = 8


@dataclass(frozen=True)
class Replayed:
    """What came of asking again."""

    decision_id: str
    same_choice: bool
    largest_difference: float
    """Between a stored and a recomputed propensity."""
    forgotten: str | None = None
    """Why it could not be made again."""

    @property
    def same(self) -> bool:
        """To the last bit."""
        return self.same_choice and self.largest_difference == 0.0


class Replay:
    """Makes decisions again."""

    def __init__(
        self, storage: Storage, *, reconstructor: DecisionReconstructor, unpack: Callable[[bytes], OfferPolicy]
    ) -> None:
        self._storage = storage
        self._reconstructor = reconstructor
        self._unpack = unpack
        self._policies: OrderedDict[int, OfferPolicy] = OrderedDict()

    async def newest(self, limit: int) -> list[Replayed]:
        """Make the newest decisions again."""
        async with self._storage.read() as unit:
            decisions = await unit.decisions.newest(limit)
        return await self.again(decisions)

    async def again(self, decisions: Sequence[Decision]) -> list[Replayed]:
        """Make each of these decisions again."""
        questions = await self._reconstructor.questions(decisions)
        replayed = []
        for decision, question in zip(decisions, questions, strict=True):
            try:
                if isinstance(question, NotReconstructibleError):
                    raise question
                choice = question.choose_with(await self.policy(decision.policy_version))
            except NotReconstructibleError as reason:
                replayed.append(Replayed(decision.decision_id, False, float("inf"), str(reason)))
                continue
            arms = choice.propensities.keys() | decision.propensities.keys()
            difference = max(
                abs(choice.propensities.get(arm, 0.0) - decision.propensities.get(arm, 0.0)) for arm in arms
            )
            replayed.append(Replayed(decision.decision_id, choice.offer_id == decision.offer_id, difference))
        return replayed

    async def policy(self, version: int) -> OfferPolicy:
        """Return a stored version, ready to be asked. Raises NotReconstructibleError."""
        if version not in self._policies:
            async with self._storage.read() as unit:
                snapshot = await unit.snapshots.get(version)
            if snapshot is None:
                raise NotReconstructibleError(f"policy version {version} is not stored any more")
            try:
                self._policies[version] = self._unpack(snapshot.snapshot)
            except ValueError as error:
                raise NotReconstructibleError(f"policy version {version} cannot be used: {error}") from error
            if len(self._policies) > _KEPT_POLICIES:
                self._policies.popitem(last=False)
        self._policies.move_to_end(version)
        return self._policies[version]
