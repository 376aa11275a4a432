"""Why a decision was as it was: what spoke for the chosen offer and against it, beside the next best one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from promo_engine.domain.decisions.decisions import Decision
from promo_engine.domain.errors import Conflict, NotFound
from promo_engine.ports.models import Attribution
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.decisions.reconstruct_decision import DecisionReconstructor, NotReconstructibleError
from promo_engine.services.decisions.replay_decision import Replay

_NAMED = 3
"""Reasons that the text names on each side; all of them are in the list."""
_WORTH_NAMING = 0.0005
"""Of expected reward: what rounds to 0.000 is no reason."""


@dataclass(frozen=True)
class Contribution:
    """How much more, or less, one thing spoke for the chosen offer than for the runner-up, in expected reward."""

    name: str
    value: float


@dataclass(frozen=True)
class Explanation:
    """What moved a decision."""

    decision_id: str
    offer_id: str | None
    """What was chosen; None is no offer, and then the runner-up is explained."""
    runner_up: str | None
    """The best of the others by expected reward less pacing penalty; None if there was no other."""
    propensity: float
    difference: float
    """Expected reward of the chosen offer less that of the runner-up: the sum of all contributions."""
    penalty_difference: float
    """What more pacing took off the chosen offer, in units of reward."""
    reasons: tuple[Contribution, ...]
    """In words, the weightiest first."""
    features: tuple[Contribution, ...]
    """The same, feature by feature."""
    text: str


class Explainer:
    """Explains decisions."""

    def __init__(
        self, storage: Storage, *, reconstructor: DecisionReconstructor, replay: Replay, attribution: Attribution | None
    ) -> None:
        self._storage = storage
        self._reconstructor = reconstructor
        self._replay = replay
        self._attribution = attribution

    async def explain(self, decision_id: str) -> Explanation:
        """Explain one decision. Raises NotFound `unknown_decision` and Conflict `cannot_be_explained` with why."""
        async with self._storage.read() as unit:
            decision = await unit.decisions.get(decision_id)
        if decision is None:
            raise NotFound("unknown_decision", f"There is no decision {decision_id}.", field="decision_id")
        (question,) = await self._reconstructor.questions([decision])
        try:
            if isinstance(question, NotReconstructibleError):
                raise question
            if self._attribution is None:
                raise ValueError("this engine has no attribution")
            policy = await self._replay.policy(decision.policy_version)
            added = self._attribution.contributions(
                policy, forecast=question.forecast, context=question.context, candidates=question.candidates
            )
        except (NotReconstructibleError, ValueError) as error:
            raise Conflict("cannot_be_explained", f"Decision {decision_id} cannot be explained: {error}.") from error
        return _explained(decision, added, self._attribution.in_words)


def _explained(
    decision: Decision,
    added: Mapping[str, Mapping[str, float]],
    in_words: Callable[[Mapping[str, float]], Mapping[str, float]],
) -> Explanation:
    chosen, runner_up = decision.offer_id, _runner_up(decision)
    penalties = decision.pacing_penalties or {}
    own = added[chosen] if chosen is not None else {}
    other = added[runner_up] if runner_up is not None else {}
    features = {name: own.get(name, 0.0) - other.get(name, 0.0) for name in own or other}
    reasons = _sorted(in_words(features))
    difference = sum(features.values())
    penalty_difference = penalties.get(chosen or "", 0.0) - penalties.get(runner_up or "", 0.0)
    return Explanation(
        decision_id=decision.decision_id,
        offer_id=chosen,
        runner_up=runner_up,
        propensity=decision.propensity,
        difference=difference,
        penalty_difference=penalty_difference,
        reasons=reasons,
        features=_sorted(features),
        text=_text(decision, runner_up, difference, penalty_difference, reasons),
    )


def _runner_up(decision: Decision) -> str | None:
    penalties = decision.pacing_penalties or {}
    worth = {arm: expected - penalties.get(arm, 0.0) for arm, expected in decision.expected_rewards.items()}
    others = [arm for arm in worth if arm != decision.offer_id]
    return max(others, key=lambda arm: (worth[arm], arm), default=None)


def _sorted(values: Mapping[str, float]) -> tuple[Contribution, ...]:
    ordered = sorted(values.items(), key=lambda value: (-abs(value[1]), value[0]))
    return tuple(Contribution(name, value) for name, value in ordered if value != 0.0)


def _text(
    decision: Decision,
    runner_up: str | None,
    difference: float,
    penalty_difference: float,
    reasons: tuple[Contribution, ...],
) -> str:
    said = []
    chance = f"with a probability of {decision.propensity:.1%}"
    if decision.offer_id is None:
        said.append(f"No offer was drawn {chance}.")
        said.append(f"The best offer, {runner_up}, was expected to be accepted {-difference:.1%} of the time.")
        for_it, against = _named(reasons, sign=-1, of=-1), _named(reasons, sign=1, of=-1)
    else:
        expected = decision.expected_rewards[decision.offer_id]
        said.append(
            f"{decision.offer_id} was drawn {chance}; it was expected to be accepted {expected:.1%} of the time."
        )
        if runner_up is None:
            said.append("No other offer was eligible.")
        else:
            compared = "more" if difference >= 0 else "less"
            said.append(f"That is {abs(difference):.1%} {compared} than the next best, {runner_up}.")
        if difference - penalty_difference < 0:
            said.append("It was drawn to learn how good it is.")
        for_it, against = _named(reasons, sign=1, of=1), _named(reasons, sign=-1, of=1)
    said += [f"For it: {for_it}."] if for_it else []
    said += [f"Against it: {against}."] if against else []
    return " ".join(said)


def _named(reasons: tuple[Contribution, ...], *, sign: int, of: int) -> str:
    """Name the weightiest reasons of one sign; `of` is -1 where they are told from the runner-up's side."""
    counted = [reason for reason in reasons if reason.value * sign >= _WORTH_NAMING][:_NAMED]
    return ", ".join(f"{reason.name} ({reason.value * of:+.3f})" for reason in counted)
