"""Who plays in `benchmarks.policy.policy_regret`: the engine's policies and what one could install instead.

All see the same rows and learn after the same rounds. Rivals run with their own defaults unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from mabwiser.mab import MAB, LearningPolicy
from vowpalwabbit import pyvw

from benchmarks.policy.worlds import Question, World
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.policies.algorithms.linear import LinearPolicy


@dataclass(frozen=True, eq=False)
class Played:
    """One round that is over."""

    question: Question
    arm: int
    propensity: float
    reward: float
    weight: float = 1.0


class Player(Protocol):
    """Chooses and learns."""

    def pick(self, question: Question, chance: float) -> tuple[int, float]:
        """Return an arm and its probability; `chance` in [0, 1) is the luck of the draw."""
        ...

    def learn(self, played: Sequence[Played]) -> None:
        """Take in rounds whose rewards have become known."""
        ...


class Linear:
    """One of the engine's policies, asked for rows directly."""

    def __init__(self, policy: LinearPolicy) -> None:
        self.policy = policy

    def pick(self, question: Question, chance: float) -> tuple[int, float]:
        """Draw from the policy's distribution."""
        return drawn(self.policy.distribution(question.rows, blocks=question.blocks), chance)

    def learn(self, played: Sequence[Played]) -> None:
        """Fold rewards as the engine's learner does."""
        blocks = None
        if played[0].question.blocks is not None:
            blocks = np.array([play.question.blocks[play.arm] for play in played if play.question.blocks is not None])
        self.policy = self.policy.learn_rows(
            np.array([play.question.rows[play.arm] for play in played], dtype=np.float64),
            np.array([play.reward for play in played]),
            weights=np.array([play.weight for play in played]),
            blocks=blocks,
        )


class Served:
    """One of the engine's policies, asked as the engine asks: for a customer, a conversation and offers."""

    def __init__(self, policy: LinearPolicy) -> None:
        self.policy = policy

    def pick(self, question: Question, chance: float) -> tuple[int, float]:
        """Return the offer's place, or -1 for silence."""
        assert question.shop is not None
        forecast, context, of = question.shop
        offers = Candidates.all_of(of)
        choice = self.policy.choose(forecast=forecast, context=context, offers=offers, seed=int(chance * 2**53))
        return (-1 if choice.offer_id is None else of.offer_ids.index(choice.offer_id)), choice.propensity

    def learn(self, played: Sequence[Played]) -> None:
        """Fold rewards as the engine's learner does."""
        self.policy = self.policy.learn_rows(
            np.array([play.question.rows[play.arm] for play in played], dtype=np.float64),
            np.array([play.reward for play in played]),
            weights=np.array([play.weight for play in played]),
        )


def drawn(shares: np.ndarray, chance: float) -> tuple[int, float]:
    """The arm at this place of the distribution, and its share."""
    arm = min(int(np.searchsorted(np.cumsum(shares), chance, side="right")), len(shares) - 1)
    return arm, float(shares[arm])


class Uniform:
    """Any arm."""

    def pick(self, question: Question, chance: float) -> tuple[int, float]:
        """Draw evenly."""
        arms = len(question.value)
        return int(chance * arms), 1.0 / arms

    def learn(self, played: Sequence[Played]) -> None:
        """Nothing."""


class VowpalWabbit:
    """`--cb_explore_adf` with one way to explore."""

    def __init__(self, world: World, exploration: str, *, seed: int) -> None:
        arguments = f"--cb_explore_adf {exploration} {world.vw} --quiet --random_seed {seed + 1}"
        self._workspace = pyvw.Workspace(arguments)

    def pick(self, question: Question, chance: float) -> tuple[int, float]:
        """Draw from what it answers."""
        shares = np.asarray(self._workspace.predict(question.lines))
        return drawn(shares / shares.sum(), chance)

    def learn(self, played: Sequence[Played]) -> None:
        """One example a round, cost = -reward."""
        for play in played:
            lines = list(play.question.lines)
            lines[play.arm + 1] = f"{play.arm}:{-play.reward}:{play.propensity} {lines[play.arm + 1]}"
            self._workspace.learn(lines)


class MabWiser:
    """LinUCB or LinTS: ridge regression of its own for each arm on what is the same for all arms."""

    def __init__(self, world: World, policy: LearningPolicy, *, seed: int) -> None:
        self._mab = MAB(list(range(world.arms)), policy, seed=seed)
        self._fitted = False

    def pick(self, question: Question, chance: float) -> tuple[int, float]:
        """Let it choose, evenly before it knows anything; it tells no probability."""
        if not self._fitted:
            return int(chance * len(question.value)), 1.0
        return int(self._mab.predict(question.context[None].astype(np.float64))), 1.0

    def learn(self, played: Sequence[Played]) -> None:
        """One batch."""
        known = (
            [play.arm for play in played],
            [play.reward for play in played],
            np.array([play.question.context for play in played], dtype=np.float64),
        )
        if self._fitted:
            self._mab.partial_fit(*known)
        else:
            self._mab.fit(*known)
            self._fitted = True
