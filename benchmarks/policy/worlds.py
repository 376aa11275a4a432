"""Where the policies of `benchmarks.policy.policy_regret` play: classified data and a simulated shop.

Every world asks one question a round and knows what each arm is worth on average. The same seed gives the same
questions and the same luck to every policy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.offers.candidates import OfferSet

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.intp]
MOST_ROUNDS = 1500
"""Of one set of classified data: enough for every policy to have settled."""


@dataclass(frozen=True, eq=False)
class Question:
    """One round: A arms."""

    value: Floats
    """(A,) mean reward of each arm, which no policy sees."""
    rows: Singles
    """(A, D) features of each arm."""
    context: Singles
    """What is the same for all arms."""
    blocks: Ints | None = None
    """(A,) the block of weights of each arm; None if rows alone tell the arms apart."""
    shop: tuple[CustomerForecast, ConversationContext, OfferSet] | None = None
    """What the engine's policies are asked in the simulated shop, where the rows are made of it."""
    lines: list[str] = field(default_factory=list)
    """For Vowpal Wabbit: what is shared, and one line an arm."""


class World(Protocol):
    """Questions of one seed."""

    arms: int
    columns: int
    blocks: int
    rounds: int
    delay: int
    """Rounds until a reward is known."""
    vw: str
    """Arguments that tell Vowpal Wabbit which features to combine."""

    def question(self, number: int) -> Question:
        """Return the round's question."""
        ...


class Classified:
    """Classified data as bandit feedback: an arm a class, reward 1 for the right one (Bietti et al., 2021).

    Columns are scaled to mean 0 and deviation 1. Each row is asked once, in an order of the seed's.
    """

    delay, vw = 0, "-q xa --ignore_linear x"

    def __init__(self, features: Floats, labels: Ints, *, seed: int) -> None:
        scaled = (features - features.mean(axis=0)) / np.maximum(features.std(axis=0), 1e-9)
        self._features = np.column_stack([np.ones(len(scaled)), scaled]).astype(np.float32)
        self._labels = labels
        self._order = np.random.default_rng(seed).permutation(len(labels))[:MOST_ROUNDS]
        self.rounds, self.columns = len(self._order), self._features.shape[1]
        self.arms = self.blocks = int(labels.max()) + 1

    def question(self, number: int) -> Question:
        """Ask for the class of the next row."""
        position = self._order[number]
        row = self._features[position]
        return Question(
            value=(np.arange(self.arms) == self._labels[position]).astype(np.float64),
            rows=np.tile(row, (self.arms, 1)),
            context=row,
            blocks=np.arange(self.arms),
            lines=["shared |x " + named(row), *(f"|a a{arm}" for arm in range(self.arms))],
        )


def named(row: Singles, names: Sequence[str] | None = None) -> str:
    """Text of a row's columns that are not 0."""
    places = np.flatnonzero(row).tolist()
    values = row[places].tolist()
    if names is None:
        return " ".join(f"f{position}:{value:.4g}" for position, value in zip(places, values, strict=True))
    return " ".join(f"{names[position]}:{value:.4g}" for position, value in zip(places, values, strict=True))


def classified_sets() -> dict[str, Callable[[], tuple[Floats, Ints]]]:
    """Public sets that ship inside scikit-learn and river: read with `()`, features and classes from 0."""
    return {
        "iris": lambda: datasets.load_iris(return_X_y=True),
        "wine": lambda: datasets.load_wine(return_X_y=True),
        "breast_cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
        "digits": lambda: datasets.load_digits(return_X_y=True),
        "phishing": lambda: _river("Phishing"),
        "bananas": lambda: _river("Bananas"),
        "image_segments": lambda: _river("ImageSegments"),
    }


def _river(name: str) -> tuple[Floats, Ints]:
    from river import datasets as streams  # noqa: PLC0415  takes seconds to import

    pairs = list(getattr(streams, name)())
    columns = sorted(pairs[0][0])
    _, labels = np.unique([str(label) for _, label in pairs], return_inverse=True)
    return np.array([[float(row[column]) for column in columns] for row, _ in pairs]), labels
