"""The repository of outcomes and their rewards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from promo_engine.domain.decisions.decisions import Decision, OfferResults, Outcome
from promo_engine.domain.learning.policy_versions import Lineage
from promo_engine.domain.learning.reward_trust import Answers, Quarantined
from promo_engine.domain.learning.rewards import PendingReward


class OutcomeRepository(Protocol):
    """Outcomes and the codes of accepted offers."""

    async def get(self, decision_id: str) -> Outcome | None:
        """Return the decision's outcome with its code."""
        ...

    async def add(self, outcome: Outcome, *, decision: Decision, held_cents: int = 0) -> None:
        """Store an outcome and, if it has one, its code, which holds so much of the accounts."""
        ...

    async def count_unanswered(self, *, exposed_after: datetime | None, exposed_until: datetime) -> int:
        """Count the unanswered offers exposed in (after, until]; `None` counts from the beginning."""
        ...

    async def add_unanswered(self, *, exposed_after: datetime | None, exposed_until: datetime, at: datetime) -> int:
        """Give what `count_unanswered` counts the outcome `silent`; return how many."""
        ...

    async def waiting(
        self, *, model_version: str, since_version: int, until: datetime, limit: int
    ) -> list[PendingReward]:
        """List and lock rewards recorded until a moment that no snapshot holds, the oldest first.

        Only those of decisions by policy version `since_version` or a later one: older features mean something else.
        """
        ...

    async def count_waiting(self, *, model_version: str, since_version: int, until: datetime) -> int:
        """Count what `waiting` would list without a limit."""
        ...

    async def mark_learned(self, decision_ids: Sequence[str], *, version: int) -> None:
        """Record which snapshot holds these rewards."""
        ...

    async def learned_rewards(
        self, lineage: Lineage, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[PendingReward]:
        """List the rewards that the last version of a lineage holds, the oldest first."""
        ...

    async def set_weights(self, weights: Mapping[str, tuple[float, bool]]) -> None:
        """Store by decision_id what a reward counts and whether it is quarantined."""
        ...

    async def answers(
        self, offer_ids: Collection[str], *, after: datetime, until: datetime, quarantined: bool
    ) -> dict[str, Answers]:
        """Count exposures in (after, until] and their acceptances by offer_id, with or without quarantined ones."""
        ...

    async def quarantined(self) -> list[Quarantined]:
        """Count what is held back, by offer_id."""
        ...

    async def release(self, offer_id: str) -> int:
        """Let an offer's quarantined rewards wait for the learner again; return how many."""
        ...

    async def results(self, *, exposed_since: datetime) -> list[OfferResults]:
        """Count what became of every offer that was exposed since then, by offer_id."""
        ...

    async def change_lineage(self, *, before: Lineage, after: Lineage, set_aside: bool) -> tuple[int, int]:
        """Let the rewards that the version in force holds be those of `after`, whose last version it is from now on.

        What `before` had learned and `after` has not waits again, or is set aside for good. Return how many do either.
        """
        ...
