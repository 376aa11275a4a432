"""Sums over the record, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from promo_engine.domain.codes.codes import CodeState
from promo_engine.domain.codes.redemptions import Redemption
from promo_engine.domain.decisions.decisions import Decision, NoOfferReason, OutcomeKind
from promo_engine.domain.decisions.funnel import (
    BranchSteps,
    DaySpending,
    DaySteps,
    DecisionNote,
    Enrolment,
    OfferMoney,
    RedemptionNote,
)
from tests.support.fake_storage.rows import Rows


class FakeReports:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def days(self, *, since: datetime) -> list[DaySteps]:
        by_day: dict[date, list[Decision]] = {}
        for decision in self._by_a_policy(since):
            by_day.setdefault(decision.decided_at.astimezone(UTC).date(), []).append(decision)
        return [DaySteps(day=day, **self._steps(found)) for day, found in sorted(by_day.items())]

    async def branches(self, *, model_version: str, since: datetime) -> list[BranchSteps]:
        by_branch: dict[int, list[Decision]] = {}
        for decision in self._by_a_policy(since):
            snapshot = self._rows.snapshots.get(decision.policy_version)
            if snapshot is not None and decision.model_version == model_version:
                by_branch.setdefault(snapshot.branch, []).append(decision)
        return [self._branch(branch, found) for branch, found in sorted(by_branch.items(), reverse=True)]

    def _branch(self, branch: int, found: Sequence[Decision]) -> BranchSteps:
        answered = [decision for decision in found if decision.decision_id in self._rows.outcomes]
        expected = [
            decision.expected_rewards[decision.offer_id or ""]
            for decision in answered
            if decision.exposed_at is not None and (decision.offer_id or "") in decision.expected_rewards
        ]
        return BranchSteps(
            branch=branch,
            first_version=min(decision.policy_version for decision in found),
            last_version=max(decision.policy_version for decision in found),
            first_at=min(decision.decided_at for decision in found),
            last_at=max(decision.decided_at for decision in found),
            expected=sum(expected) / len(expected) if expected else None,
            answered=len(answered),
            **self._steps(found),
        )

    def _by_a_policy(self, since: datetime) -> list[Decision]:
        return [
            decision
            for decision in self._rows.decisions.values()
            if decision.decided_at >= since
            and not decision.holdout
            and decision.no_offer_reason is not NoOfferReason.NO_ELIGIBLE_OFFER
        ]

    def _steps(self, found: Sequence[Decision]) -> dict[str, Any]:
        ids = {decision.decision_id for decision in found}
        outcomes = [row.outcome.outcome for decision_id, row in self._rows.outcomes.items() if decision_id in ids]
        codes = [code for code in self._rows.codes.values() if code.decision_id in ids]
        return {
            "decisions": len(found),
            "offered": sum(decision.offer_id is not None for decision in found),
            "exposed": sum(decision.exposed_at is not None for decision in found),
            "accepted": outcomes.count(OutcomeKind.ACCEPTED),
            "redeemed": sum(code.state is CodeState.REDEEMED for code in codes),
        }

    async def enrolments(self, *, since: datetime, until: datetime, outcome_days: int) -> list[Enrolment]:
        first: dict[str, list[Decision]] = {}
        for decision in self._rows.decisions.values():
            if decision.customer_id is not None and decision.decided_at >= since:
                first.setdefault(decision.customer_id, []).append(decision)
        period = timedelta(days=outcome_days)
        found = []
        for customer_id, decisions in first.items():
            at = min(decision.decided_at for decision in decisions)
            if at < until:
                holdout = any(decision.holdout for decision in decisions)
                spent, before = (self._spent(customer_id, begin, begin + period) for begin in (at, at - period))
                found.append(Enrolment(customer_id, at, holdout, spent, before))
        return sorted(found, key=lambda enrolment: (enrolment.enrolled_at, enrolment.customer_id))

    def _spent(self, customer_id: str, since: datetime, until: datetime) -> int:
        own = (order for order in self._rows.orders.values() if order.customer_id == customer_id)
        return sum(order.total_cents for order in own if since <= order.placed_at < until)

    async def decision_notes(self, *, after: str, limit: int) -> list[DecisionNote]:
        found = [decision for _, decision in sorted(self._rows.decisions.items()) if decision.decision_id > after]
        return [
            DecisionNote(decision.decision_id, decision.conversation_id, version, branch=self._branch_of(version))
            for decision in found[:limit]
            for version in [decision.policy_version]
        ]

    def _branch_of(self, version: int) -> int:
        snapshot = self._rows.snapshots.get(version)
        return version if snapshot is None else snapshot.branch

    async def redemption_notes(self, *, since: datetime, limit: int) -> list[RedemptionNote]:
        found = [
            RedemptionNote(redemption.redemption_id, self._conversation_of(code), redemption.redeemed_at)
            for redemption, code, _ in self._used()
            if redemption.redeemed_at >= since
        ]
        return sorted(found, key=lambda note: (note.redeemed_at, note.redemption_id))[:limit]

    def _conversation_of(self, code: str) -> str:
        return self._rows.decisions[self._rows.codes[code].decision_id].conversation_id

    def _used(self) -> Iterable[tuple[Redemption, str, int]]:
        """Redemptions that stand, with each code and its cents."""
        for redemption_id, costs in self._rows.redeemed_codes.items():
            redemption = self._rows.redemptions[redemption_id]
            if redemption.cancelled_at is None:
                for code, cents in costs.items():
                    yield redemption, code, cents

    async def money(self, *, since: datetime) -> list[OfferMoney]:
        used: dict[str, list[tuple[int, float | None]]] = {}
        for redemption, code, cents in self._used():
            if redemption.redeemed_at >= since:
                share = None
                if redemption.margin_cents is not None:
                    share = redemption.margin_cents / len(self._rows.redeemed_codes[redemption.redemption_id])
                used.setdefault(self._rows.codes[code].offer_id, []).append((cents, share))
        found = []
        for offer_id, codes in sorted(used.items()):
            margins = [margin for _, margin in codes if margin is not None]
            margin_cents = round(sum(margins)) if margins else None
            cost_cents = sum(cents for cents, _ in codes)
            found.append(OfferMoney(offer_id, len(codes), cost_cents, margin_cents=margin_cents, costed=len(margins)))
        return found

    async def spending(self, promotion_id: str) -> list[DaySpending]:
        by_day: dict[date, int] = {}
        for redemption, code, cents in self._used():
            if self._rows.codes[code].promotion_id == promotion_id:
                day = redemption.redeemed_at.astimezone(UTC).date()
                by_day[day] = by_day.get(day, 0) + cents
        return [DaySpending(day, cents) for day, cents in sorted(by_day.items())]
