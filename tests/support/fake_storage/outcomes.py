"""Outcomes and what the learner made of them, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from promo_engine.domain.codes.codes import CodeState, HeldCode
from promo_engine.domain.decisions.decisions import REWARD_OF, Decision, OfferResults, Outcome, OutcomeKind
from promo_engine.domain.learning.policy_versions import Lineage
from promo_engine.domain.learning.reward_trust import Answers, Quarantined
from promo_engine.domain.learning.rewards import PendingReward
from promo_engine.domain.learning.training_example import TrainingExample
from tests.support.fake_storage.rows import ConstraintError, OutcomeRow, Rows


class FakeOutcomes:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def get(self, decision_id: str) -> Outcome | None:
        row = self._rows.outcomes.get(decision_id)
        if row is None:
            return None
        code = self._code_of(decision_id)
        return replace(
            row.outcome,
            learned_in_version=row.learned_in_version,
            code=None if code is None else code.code,
            code_expires_at=None if code is None else code.expires_at,
        )

    def _code_of(self, decision_id: str) -> HeldCode | None:
        return next((code for code in self._rows.codes.values() if code.decision_id == decision_id), None)

    async def add(self, outcome: Outcome, *, decision: Decision, held_cents: int = 0) -> None:
        if outcome.decision_id in self._rows.outcomes or outcome.code in self._rows.codes:
            raise ConstraintError(f"decision {outcome.decision_id} has an outcome, or the code is taken")
        self._rows.outcomes[outcome.decision_id] = OutcomeRow(outcome)
        if outcome.code is not None and outcome.code_expires_at is not None and decision.offer_id is not None:
            self._rows.codes[outcome.code] = HeldCode(
                code=outcome.code,
                decision_id=decision.decision_id,
                offer_id=decision.offer_id,
                promotion_id=self._rows.offers[decision.offer_id].offer.promotion_id,
                customer_id=decision.customer_id,
                state=CodeState.RESERVED,
                expires_at=outcome.code_expires_at,
                held_cents=held_cents,
            )

    def _unanswered(self, after: datetime | None, until: datetime) -> list[Decision]:
        return [
            decision
            for decision in self._rows.decisions.values()
            if decision.offer_id is not None
            and decision.decision_id not in self._rows.outcomes
            and decision.exposed_at is not None
            and decision.exposed_at <= until
            and (after is None or decision.exposed_at > after)
        ]

    async def count_unanswered(self, *, exposed_after: datetime | None, exposed_until: datetime) -> int:
        return len(self._unanswered(exposed_after, exposed_until))

    async def add_unanswered(self, *, exposed_after: datetime | None, exposed_until: datetime, at: datetime) -> int:
        found = self._unanswered(exposed_after, exposed_until)
        for decision in found:
            outcome = Outcome(decision.decision_id, OutcomeKind.UNANSWERED, REWARD_OF[OutcomeKind.UNANSWERED], at)
            self._rows.outcomes[decision.decision_id] = OutcomeRow(outcome)
        return len(found)

    async def waiting(
        self, *, model_version: str, since_version: int, until: datetime, limit: int
    ) -> list[PendingReward]:
        return self._rewards(self._waiting(model_version, since_version, until))[:limit]

    async def count_waiting(self, *, model_version: str, since_version: int, until: datetime) -> int:
        return len(self._waiting(model_version, since_version, until))

    def _waiting(self, model_version: str, since_version: int, until: datetime) -> list[str]:
        return [
            decision_id
            for decision_id, row in self._rows.outcomes.items()
            if row.learned_in_version is None
            and not row.set_aside
            and row.outcome.recorded_at <= until
            and self._rows.decisions[decision_id].model_version == model_version
            and self._rows.decisions[decision_id].policy_version >= since_version
        ]

    def _rewards(self, decision_ids: Iterable[str]) -> list[PendingReward]:
        found = [self._reward(decision_id) for decision_id in decision_ids]
        return sorted(found, key=lambda reward: (reward.recorded_at, reward.decision_id))

    def _reward(self, decision_id: str) -> PendingReward:
        row, decision = self._rows.outcomes[decision_id], self._rows.decisions[decision_id]
        return PendingReward(
            decision_id=decision_id,
            recorded_at=row.outcome.recorded_at,
            labelled=TrainingExample(features=tuple(decision.features), reward=row.outcome.reward),
            offer_id=str(decision.offer_id),
            conversation_id=decision.conversation_id,
            customer_id=decision.customer_id,
            exposed_at=decision.exposed_at or row.outcome.recorded_at,
            weight=row.weight,
            released=row.quarantine == "released",
            margin_cents=self._margin(decision_id),
        )

    def _margin(self, decision_id: str) -> float | None:
        code = self._code_of(decision_id)
        for redemption_id, costs in self._rows.redeemed_codes.items():
            redemption = self._rows.redemptions[redemption_id]
            if code is not None and code.code in costs and redemption.cancelled_at is None:
                return None if redemption.margin_cents is None else redemption.margin_cents / len(costs)
        return None

    async def mark_learned(self, decision_ids: Sequence[str], *, version: int) -> None:
        for decision_id in decision_ids:
            self._rows.outcomes[decision_id].learned_in_version = version

    async def learned_rewards(
        self, lineage: Lineage, *, after: tuple[datetime, str] | None, limit: int
    ) -> list[PendingReward]:
        held = self._versions(lineage)
        found = self._rewards(key for key, row in self._rows.outcomes.items() if row.learned_in_version in held)
        later = [reward for reward in found if after is None or (reward.recorded_at, reward.decision_id) > after]
        return later[:limit]

    def _versions(self, lineage: Lineage) -> set[int]:
        return {
            version
            for version, snapshot in self._rows.snapshots.items()
            if any(snapshot.branch == part.branch and version <= part.until_version for part in lineage)
        }

    async def change_lineage(self, *, before: Lineage, after: Lineage, set_aside: bool) -> tuple[int, int]:
        wanted = self._versions(after)
        given_up = self._versions(before) - wanted
        gone: set[str] = set()
        for decision_id, row in self._rows.outcomes.items():
            if row.learned_in_version in given_up:
                self._rows.learned_elsewhere.add((decision_id, int(row.learned_in_version or 0)))
                row.learned_in_version = None
                gone.add(decision_id)
        for decision_id, row in self._rows.outcomes.items():
            known = [version for key, version in self._rows.learned_elsewhere if key == decision_id]
            regained = wanted.intersection(known)
            if row.learned_in_version is None and regained:
                row.learned_in_version = max(regained)
                gone.discard(decision_id)
        if set_aside:
            for decision_id, version in self._rows.learned_elsewhere:
                if version in given_up and self._rows.outcomes[decision_id].learned_in_version is None:
                    self._rows.outcomes[decision_id].set_aside = True
        return (0, len(gone)) if set_aside else (len(gone), 0)

    async def set_weights(self, weights: Mapping[str, tuple[float, bool]]) -> None:
        for decision_id, (weight, held) in weights.items():
            row = self._rows.outcomes[decision_id]
            row.weight, row.quarantine = weight, "held" if held else row.quarantine

    async def answers(
        self, offer_ids: Collection[str], *, after: datetime, until: datetime, quarantined: bool
    ) -> dict[str, Answers]:
        shown: Counter[str] = Counter()
        accepted: Counter[str] = Counter()
        for decision in self._rows.decisions.values():
            row = self._rows.outcomes.get(decision.decision_id)
            if decision.offer_id is None or decision.offer_id not in offer_ids or decision.exposed_at is None:
                continue
            if not after < decision.exposed_at <= until:
                continue
            if not quarantined and row is not None and row.quarantine == "held":
                continue
            shown[decision.offer_id] += 1
            accepted[decision.offer_id] += row is not None and row.outcome.outcome is OutcomeKind.ACCEPTED
        return {offer_id: Answers(count, accepted[offer_id]) for offer_id, count in shown.items()}

    async def quarantined(self) -> list[Quarantined]:
        held: dict[str, list[Outcome]] = {}
        for decision_id, row in self._rows.outcomes.items():
            if row.quarantine == "held":
                held.setdefault(str(self._rows.decisions[decision_id].offer_id), []).append(row.outcome)
        return [
            Quarantined(
                offer_id,
                rewards=len(outcomes),
                accepted=sum(outcome.outcome is OutcomeKind.ACCEPTED for outcome in outcomes),
                since=min(outcome.recorded_at for outcome in outcomes),
                until=max(outcome.recorded_at for outcome in outcomes),
            )
            for offer_id, outcomes in sorted(held.items())
        ]

    async def release(self, offer_id: str) -> int:
        released = 0
        for decision_id, row in self._rows.outcomes.items():
            if row.quarantine == "held" and self._rows.decisions[decision_id].offer_id == offer_id:
                row.quarantine, row.weight, row.learned_in_version = "released", None, None
                released += 1
        return released

    async def results(self, *, exposed_since: datetime) -> list[OfferResults]:
        shown: dict[str, list[Decision]] = {}
        for decision in self._rows.decisions.values():
            exposed = decision.exposed_at is not None and decision.exposed_at >= exposed_since
            if exposed and decision.offer_id is not None:
                shown.setdefault(decision.offer_id, []).append(decision)
        return [self._results(offer_id, decisions) for offer_id, decisions in sorted(shown.items())]

    def _results(self, offer_id: str, decisions: Sequence[Decision]) -> OfferResults:
        rows = [self._rows.outcomes.get(decision.decision_id) for decision in decisions]
        kinds = Counter(row.outcome.outcome for row in rows if row is not None)
        codes = [self._code_of(decision.decision_id) for decision in decisions]
        return OfferResults(
            offer_id,
            exposures=len(decisions),
            accepted=kinds[OutcomeKind.ACCEPTED],
            declined=kinds[OutcomeKind.DECLINED],
            unanswered=kinds[OutcomeKind.UNANSWERED],
            redeemed=sum(code is not None and code.state is CodeState.REDEEMED for code in codes),
        )
