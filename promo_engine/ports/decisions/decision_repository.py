"""The repository of decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.decisions.decisions import Decision
from promo_engine.domain.learning.rewards import AnsweredOffers, SettledDecision, Treatment


class DecisionRepository(Protocol):
    """Decisions."""

    async def add(self, decisions: Sequence[Decision], *, states: Mapping[str, StoredState] | None = None) -> set[str]:
        """Store them; return the decision_ids of those whose conversation had no decision for the request yet.

        `states` by `state_hash` are kept beside them, so that what was decided on can be read again.
        """
        ...

    async def states(self, state_hashes: Collection[str]) -> dict[str, StoredState]:
        """Return the states that decisions were made on."""
        ...

    async def settled(
        self, *, model_version: str, since: datetime, until: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> list[SettledDecision]:
        """List the decisions of a policy made in (since, until], the earliest first, from the one after `after`.

        Without those that no policy made: holdout, and no eligible offer.
        """
        ...

    async def treatments(self, *, limit: int) -> list[Treatment]:
        """List what the newest decisions of a policy did for customers."""
        ...

    async def newest(self, limit: int) -> list[Decision]:
        """List decisions, the newest first."""
        ...

    async def get(self, decision_id: str, *, lock: bool = False) -> Decision | None:
        """Return one decision."""
        ...

    async def of_request(self, *, conversation_id: str, request_id: str) -> Decision | None:
        """Return the decision that this request got."""
        ...

    async def mark_exposed(self, decision_id: str, at: datetime) -> None:
        """Record that the offer was shown."""
        ...

    async def answered_offers(self, of: Sequence[tuple[str | None, str]]) -> list[AnsweredOffers]:
        """Return what each (customer_id, conversation_id) has answered, in that order."""
        ...
