"""Decisions, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.decisions.decisions import Decision, NoOfferReason, OutcomeKind
from promo_engine.domain.decisions.offer_choice import NO_OFFER
from promo_engine.domain.learning.rewards import AnsweredOffers, SettledDecision, Treatment
from tests.support.fake_storage.rows import Rows


class FakeDecisions:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, decisions: Sequence[Decision], *, states: Mapping[str, StoredState] | None = None) -> set[str]:
        for name, stored in (states or {}).items():
            self._rows.decision_states.setdefault(name, stored)
        added: set[str] = set()
        for decision in decisions:
            earlier = await self.of_request(conversation_id=decision.conversation_id, request_id=decision.request_id)
            if earlier is None:
                self._rows.decisions[decision.decision_id] = decision
                added.add(decision.decision_id)
        return added

    async def states(self, state_hashes: Collection[str]) -> dict[str, StoredState]:
        kept = self._rows.decision_states
        return {name: kept[name] for name in state_hashes if name in kept}

    async def settled(
        self, *, model_version: str, since: datetime, until: datetime, after: tuple[datetime, str] | None, limit: int
    ) -> list[SettledDecision]:
        found = [
            decision
            for decision in self._rows.decisions.values()
            if decision.model_version == model_version and since < decision.decided_at <= until and by_policy(decision)
        ]
        ordered = sorted(found, key=_moment)
        page = [decision for decision in ordered if after is None or _moment(decision) > after][:limit]
        return [SettledDecision(decision, self._reward(decision)) for decision in page]

    def _reward(self, decision: Decision) -> float | None:
        row = self._rows.outcomes.get(decision.decision_id)
        return None if row is None else row.outcome.reward

    async def treatments(self, *, limit: int) -> list[Treatment]:
        found = [decision for decision in await self.newest(len(self._rows.decisions)) if by_policy(decision)]
        return [
            Treatment(
                demographics=self._rows.customers[decision.customer_id].demographics,
                exposure=1.0 - decision.propensities[NO_OFFER],
                value_cents=self._cost(decision),
                accepted=self._answered(decision, OutcomeKind.ACCEPTED),
            )
            for decision in found
            if decision.customer_id is not None
        ][:limit]

    def _cost(self, decision: Decision) -> int:
        return 0 if decision.offer_id is None else self._rows.offers[decision.offer_id].offer.unit_cost_cents

    def _answered(self, decision: Decision, kind: OutcomeKind) -> bool:
        row = self._rows.outcomes.get(decision.decision_id)
        return row is not None and row.outcome.outcome is kind

    async def newest(self, limit: int) -> list[Decision]:
        return sorted(self._rows.decisions.values(), key=_moment, reverse=True)[:limit]

    async def get(self, decision_id: str, *, lock: bool = False) -> Decision | None:
        return self._rows.decisions.get(decision_id)

    async def of_request(self, *, conversation_id: str, request_id: str) -> Decision | None:
        key = (conversation_id, request_id)
        found = (
            decision
            for decision in self._rows.decisions.values()
            if (decision.conversation_id, decision.request_id) == key
        )
        return next(found, None)

    async def mark_exposed(self, decision_id: str, at: datetime) -> None:
        self._rows.decisions[decision_id] = replace(self._rows.decisions[decision_id], exposed_at=at)

    async def answered_offers(self, of: Sequence[tuple[str | None, str]]) -> list[AnsweredOffers]:
        return [self._answers(customer_id, conversation_id) for customer_id, conversation_id in of]

    def _answers(self, customer_id: str | None, conversation_id: str) -> AnsweredOffers:
        here = [decision for decision in self._rows.decisions.values() if decision.conversation_id == conversation_id]
        held = {
            code.offer_id
            for code in self._rows.codes.values()
            if customer_id is not None and code.customer_id == customer_id
        }
        accepted = {str(decision.offer_id) for decision in here if self._answered(decision, OutcomeKind.ACCEPTED)}
        declined = {str(decision.offer_id) for decision in here if self._answered(decision, OutcomeKind.DECLINED)}
        return AnsweredOffers(accepted=frozenset(accepted | held), declined_here=frozenset(declined))


def by_policy(decision: Decision) -> bool:
    """Say whether a policy made it."""
    return decision.no_offer_reason in (None, NoOfferReason.POLICY_CHOSE_NO_OFFER)


def _moment(decision: Decision) -> tuple[datetime, str]:
    return decision.decided_at, decision.decision_id
