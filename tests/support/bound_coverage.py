"""How often anytime-valid bounds hold, at every time of a run together, on numbers that are simulated.

Many runs are computed at once. A bound has held in a run if the truth was never outside of it after any row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from promo_engine.evaluation.betting import betting_lower, betting_upper
from promo_engine.evaluation.empirical_bernstein import bernstein_lower, bernstein_upper

Floats = NDArray[np.float64]
_SLICE = 250
"""Runs computed at once: a few MB of numbers."""


def _coin(chance: float) -> Callable[[np.random.Generator, tuple[int, int]], tuple[Floats, Floats, float]]:
    def draw(generator: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats, float]:
        numbers = (generator.random(shape) < chance).astype(np.float64)
        return numbers, 1.0 - numbers, chance

    return draw


def _beta(generator: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats, float]:
    numbers = generator.beta(1.0, 4.0, size=shape)
    return numbers, 1.0 - numbers, 0.2


def _weighted(
    pays: tuple[float, ...],
) -> Callable[[np.random.Generator, tuple[int, int]], tuple[Floats, Floats, float]]:
    """Importance-weighted rewards of a policy that does mostly what the logging one, which learns, does rarely."""
    paid, judged = np.array(pays), np.array([0.05, 0.15, 0.80])
    before, after = np.array([0.80, 0.15, 0.05]), np.array([0.40, 0.20, 0.40])

    def draw(generator: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats, float]:
        learnt = np.linspace(0.0, 1.0, shape[1])[:, None]
        chance = before * (1.0 - learnt) + after * learnt  # (rows, actions)
        action = (generator.random(shape)[..., None] > chance.cumsum(axis=1)[:, :-1]).sum(axis=-1)
        weight = judged[action] / chance[np.arange(shape[1]), action]
        reward = (generator.random(shape) < paid[action]).astype(np.float64)
        return weight * reward, weight * (1.0 - reward), float(judged @ paid)

    return draw


_DRAWS = {
    "coin_50": _coin(0.5),
    "coin_10": _coin(0.1),
    "coin_01": _coin(0.01),
    "beta": _beta,
    "weighted_20": _weighted((0.05, 0.10, 0.20)),
    "weighted_01": _weighted((0.02, 0.015, 0.01)),
}
SCENARIOS = tuple(_DRAWS)
"""Outcomes in [0, 1], then importance-weighted rewards with weights up to 16."""


def coverage(
    scenario: str,
    *,
    runs: int,
    rows: int,
    alpha: float,
    seed: int,
    naive: bool = False,
    step: Callable[[int], None] = lambda _runs: None,
) -> Mapping[str, float]:
    """The share of runs in which a two-sided interval at level alpha held throughout, by the kind of bound.

    `naive` is the textbook interval with the normal distribution, looked at after every row: what not to do.
    """
    generator = np.random.default_rng(seed)
    held: dict[str, int] = {}
    for start in range(0, runs, _SLICE):
        some = min(_SLICE, runs - start)
        numbers, mirrored, truth = _DRAWS[scenario](generator, (some, rows))
        weighted = scenario.startswith("weighted")
        for name, inside in _inside(numbers, mirrored, truth, alpha=alpha, weighted=weighted, naive=naive).items():
            held[name] = held.get(name, 0) + int(inside.sum())
        step(some)
    return {name: count / runs for name, count in held.items()}


def _inside(
    numbers: Floats, mirrored: Floats, truth: float, *, alpha: float, weighted: bool, naive: bool
) -> dict[str, NDArray[np.bool_]]:
    if naive:
        return {"naive": _naive(numbers, truth)}
    side = alpha / 2
    if weighted:  # from above through the rewards that were missed, as bounds.py does
        upper = 1.0 - betting_lower(mirrored, alpha=side)
        highest = 1.0 - bernstein_lower(mirrored, alpha=side)[:, -1]
    else:
        upper = betting_upper(numbers, alpha=side)
        highest = bernstein_upper(numbers, alpha=side)[:, -1]
    return {
        "betting": (betting_lower(numbers, alpha=side) <= truth) & (upper >= truth),
        "bernstein": (bernstein_lower(numbers, alpha=side)[:, -1] <= truth) & (highest >= truth),
    }


def _naive(numbers: Floats, truth: float) -> NDArray[np.bool_]:
    seen = np.arange(1, numbers.shape[1] + 1)
    mean = numbers.cumsum(axis=1) / seen
    deviation = np.sqrt(np.maximum((numbers**2).cumsum(axis=1) / seen - mean**2, 0.0) / seen)
    from_here = seen >= 30  # where the textbook trusts it
    inside: NDArray[np.bool_] = np.abs(mean - truth) <= 1.96 * deviation
    held: NDArray[np.bool_] = np.logical_and.reduce(inside[:, from_here], axis=1)
    return held
