"""The gate: what a candidate would have earned on the decisions that were made in its shadow.

A candidate is judged by decisions that were made after it, so that it cannot have learned from what it is judged by.
Each of them is put to the candidate again as it was asked then, and the probability with which it would have done what
was done weighs what came of it. The running policy's own earnings on the same decisions are the bar; it may have
learned meanwhile, and every decision was made by the version that ran at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from promo_engine.domain.decisions.offer_choice import NO_OFFER
from promo_engine.domain.learning.policy_versions import Snapshot
from promo_engine.domain.learning.rewards import SettledDecision
from promo_engine.evaluation import Estimate, LogError, RewardLog, doubly_robust, dr_os, ips, snips
from promo_engine.evaluation.bounds import value_lower, value_upper
from promo_engine.ports.models import OfferPolicy
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.decisions.reconstruct_decision import DecisionReconstructor, NotReconstructibleError

_PAGE = 500
_SHRINKAGE = 100.0


@dataclass(frozen=True)
class GateRules:
    """What the shop asks of a candidate. A decision earns 1 if its offer was accepted, else 0."""

    margin: float = 0.02
    """How far below the running policy's earnings the candidate's lower bound may lie: 0.02 is two acceptances in a
    hundred decisions."""
    alpha: float = 0.05
    """Probability that the lower bound is ever too high."""
    no_offer_value: float = 0.05
    """What a decision for no offer earns: an offer that fewer accept is not worth the interruption."""
    reward_window: timedelta = timedelta(minutes=30)
    """Younger decisions are not judged: those that were answered at once would count for more."""

    def __post_init__(self) -> None:
        if self.margin < 0 or not 0 < self.alpha < 1 or not 0 <= self.no_offer_value <= 1:
            raise ValueError("margin has to be 0 or more, alpha between 0 and 1, no_offer_value from 0 to 1")


@dataclass(frozen=True)
class Verdict:
    """Whether a candidate passes, and the numbers that say so. Values are earnings per decision."""

    passed: bool
    reason: str
    decisions: int = 0
    forgotten: int = 0
    """Decisions that could not be put together again, which count for neither."""
    effective_decisions: float = 0.0
    running: float | None = None
    running_standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    ips: float | None = None
    snips: float | None = None
    dr: float | None = None
    dr_os: float | None = None
    margin: float = 0.0
    alpha: float = 0.0

    def numbers(self) -> dict[str, Any]:
        """Return it for the record, as JSON."""
        return asdict(self)


@dataclass
class _Columns:
    rewards: list[float]
    propensities: list[float]
    target: list[float]
    expected: list[float]
    expected_of_target: list[float]


class Gate:
    """Judges candidates."""

    def __init__(
        self,
        storage: Storage,
        *,
        reconstructor: DecisionReconstructor,
        unpack: Callable[[bytes], OfferPolicy],
        rules: GateRules,
    ) -> None:
        self._storage = storage
        self._reconstructor = reconstructor
        self._unpack = unpack
        self._rules = rules

    async def judge(
        self, candidate: Snapshot, *, now: datetime, step: Callable[[int], None] = lambda _count: None
    ) -> Verdict:
        """Estimate a candidate from the decisions made since it was stored. `step` hears of each page's decisions."""
        try:
            policy = self._unpack(candidate.snapshot)
        except ValueError as error:
            return self._refusal(f"this version of the engine cannot use it: {error}")
        columns, forgotten, why = _Columns([], [], [], [], []), 0, ""
        after: tuple[datetime, str] | None = None
        seen: set[str] = set()
        while page := await self._page(candidate, after=after, until=now - 2 * self._rules.reward_window):
            settled = _settled(page)
            inputs = await self._reconstructor.questions([row.decision for row in settled])
            for row, question in zip(settled, inputs, strict=True):
                if row.decision.decision_id in seen:
                    return self._refusal(f"decision {row.decision.decision_id} stands twice in the log")
                seen.add(row.decision.decision_id)
                if isinstance(question, NotReconstructibleError):
                    forgotten, why = forgotten + 1, str(question)
                else:
                    self._add(columns, row, question.choose_with(policy).propensities)
            step(len(page))
            if len(settled) < len(page):
                break
            after = (page[-1].decision.decided_at, page[-1].decision.decision_id)
        if forgotten and not columns.rewards:
            return self._refusal(f"none of {forgotten} decisions can be put together again: {why}", forgotten=forgotten)
        return self._verdict(columns, forgotten)

    async def _page(
        self, candidate: Snapshot, *, after: tuple[datetime, str] | None, until: datetime
    ) -> list[SettledDecision]:
        async with self._storage.read() as unit:
            return await unit.decisions.settled(
                model_version=candidate.model_version,
                since=candidate.created_at,
                until=until,
                after=after,
                limit=_PAGE,
            )

    def _add(self, columns: _Columns, item: SettledDecision, would: Mapping[str, float]) -> None:
        decision, no_offer_value = item.decision, self._rules.no_offer_value
        expected = {**decision.expected_rewards, NO_OFFER: no_offer_value}
        done = NO_OFFER if decision.offer_id is None else decision.offer_id
        columns.rewards.append(no_offer_value if decision.offer_id is None else item.reward or 0.0)
        columns.propensities.append(decision.propensity)
        columns.target.append(would.get(done, 0.0))
        columns.expected.append(expected[done])
        columns.expected_of_target.append(sum(share * expected[arm] for arm, share in would.items()))

    def _verdict(self, columns: _Columns, forgotten: int) -> Verdict:
        rules = self._rules
        try:
            log = RewardLog.of(**vars(columns))
            running = ips(RewardLog(log.rewards, log.propensities, log.propensities))
            lower, upper = value_lower(log, alpha=rules.alpha), value_upper(log, alpha=rules.alpha)
            estimates: dict[str, Estimate] = {
                "ips": ips(log),
                "snips": snips(log),
                "dr": doubly_robust(log),
                "dr_os": dr_os(log, shrinkage=_SHRINKAGE),
            }
        except LogError as error:
            return self._refusal(str(error), forgotten=forgotten)
        bar = running.value - rules.margin
        passed = lower >= bar
        compared = "reaches" if passed else "does not reach"
        return Verdict(
            passed=passed,
            reason=f"its lower bound {lower:.4f} {compared} {bar:.4f}, "
            f"the running policy's {running.value:.4f} less the margin of {rules.margin:.4f}",
            decisions=len(log),
            forgotten=forgotten,
            effective_decisions=estimates["ips"].effective_sample_size,
            running=running.value,
            running_standard_error=running.standard_error if len(log) > 1 else None,
            lower=lower,
            upper=upper,
            margin=rules.margin,
            alpha=rules.alpha,
            **{name: estimate.value for name, estimate in estimates.items()},
        )

    def _refusal(self, reason: str, *, forgotten: int = 0) -> Verdict:
        return Verdict(False, reason, forgotten=forgotten, margin=self._rules.margin, alpha=self._rules.alpha)


def _settled(page: list[SettledDecision]) -> list[SettledDecision]:
    """The decisions before the first whose answer is still awaited: leaving out single ones would choose among them."""
    for position, row in enumerate(page):
        if row.decision.exposed_at is not None and row.decision.offer_id is not None and row.reward is None:
            return page[:position]
    return page
