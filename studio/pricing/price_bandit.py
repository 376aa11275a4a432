"""How deep to discount a product: a bandit over price levels that starts from known elasticities, within guard rails.

Thompson sampling on ln demand, linear in ln price (a normal prior from the response model, updated after each week):
draw an elasticity and a level, take the allowed price with the most margin. Guard rails come first and are never
overruled: margin, change from last week, and one price for all customers of a week. Ferreira, Simchi-Levi, Wang 2018.

Promotions that want one slot are settled by Vickrey, Clarke and Groves: each pays what it takes from the others, so
that naming its true worth is best for each. For one slot that is the second price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from studio.data.shop_facts import ShopFacts
from studio.errors import StrategyError
from studio.response.response_model import ResponseModel

Floats = npt.NDArray[np.float64]
LEVELS = (0, 500, 1_000, 1_500, 2_000, 2_500, 3_000)
"""Discounts in basis points."""


@dataclass(frozen=True)
class GuardRails:
    """Raises StrategyError where no level could ever be allowed."""

    cost_cents: int
    regular_cents: int
    min_margin_basis_points: int = 500
    max_change_basis_points: int = 1_000
    """Of the regular price, from one week to the next."""

    def __post_init__(self) -> None:
        if not 0 < self.cost_cents < self.regular_cents:
            raise StrategyError(f"cost: {self.cost_cents} cents is not below the price of {self.regular_cents} cents")
        if not self.allowed(0).size:
            raise StrategyError(
                "the regular price itself leaves less than the least margin: the guard rails contradict"
            )

    def allowed(self, before: int) -> npt.NDArray[np.intp]:
        """Which levels may follow level `before` (an index)."""
        levels = np.array(LEVELS)
        price = self.regular_cents * (1 - levels / 10_000)
        margin = (price - self.cost_cents) / price >= self.min_margin_basis_points / 10_000
        near = np.abs(levels - LEVELS[before]) <= self.max_change_basis_points
        return np.flatnonzero(margin & near)

    def margins(self) -> Floats:
        """Margin of a piece at each level, in cents."""
        return np.asarray(self.regular_cents * (1 - np.array(LEVELS) / 10_000) - self.cost_cents)


def price_for_all(level: int, customers: Sequence[str], *, regular_cents: int) -> dict[str, int]:
    """One price for every customer of the week: parity holds because nothing about a customer is asked."""
    return dict.fromkeys(customers, regular_cents * (10_000 - LEVELS[level]) // 10_000)


@dataclass
class Bandit:
    """Bayesian regression of ln pieces on [1, ln price / regular price]; noise is that of a Poisson count and more."""

    rails: GuardRails
    mean: Floats
    """(2,): ln of a usual week's pieces, elasticity."""
    precision: Floats
    """(2, 2)"""
    noise: float = 0.15
    """Variance of ln pieces in a week."""
    level: int = 0
    generator: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    @classmethod
    def with_prior(cls, rails: GuardRails, *, pieces: float, elasticity: float, error: float, seed: int) -> Bandit:
        """Start from the response model's elasticity and a usual week's pieces."""
        precision = np.diag([1 / 0.2**2, 1 / max(error, 0.05) ** 2])
        mean = np.array([np.log(max(pieces, 0.5)), elasticity])
        return cls(rails, mean, precision, generator=np.random.default_rng(seed))

    def choose(self) -> int:
        """Return the level for the next week."""
        drawn = self.generator.multivariate_normal(self.mean, np.linalg.inv(self.precision))
        return self._best(drawn)

    def best(self) -> int:
        """Return the level that looks best now, without trying anything out: the greedy rival."""
        return self._best(self.mean)

    def learn(self, level: int, pieces: float) -> None:
        """Take in what a week at a level sold."""
        x = np.array([1.0, np.log(1 - LEVELS[level] / 10_000)])
        old = self.precision @ self.mean
        self.precision = self.precision + np.outer(x, x) / self.noise
        self.mean = np.linalg.solve(self.precision, old + x * np.log(pieces + 0.5) / self.noise)
        self.level = level

    def _best(self, belief: Floats) -> int:
        allowed = self.rails.allowed(self.level)
        demand = np.exp(belief[0] + belief[1] * np.log(1 - np.array(LEVELS) / 10_000))
        earned = self.rails.margins() * demand
        return int(allowed[np.argmax(earned[allowed])])


@dataclass(frozen=True)
class Regret:
    """Simulated: margin that a year lost beside the best fixed level, which nobody knew, in cents."""

    name: str
    total_cents: float
    curve: Floats
    """(weeks,), added up."""


@dataclass(frozen=True)
class Product:
    """A simulated product: what is true, and what is believed at first."""

    rails: GuardRails
    pieces: float
    elasticity: float
    believed: float
    error: float


def simulate(products: Sequence[Product], *, weeks: int = 52, seed: int = 1) -> list[Regret]:
    """Let four rules price the same products against the same Poisson demand."""
    curves: dict[str, Floats] = {}
    for rule in ("bandit", "greedy", "fixed price", "fixed 10 % off"):
        curve = np.zeros(weeks)
        for at, product in enumerate(products):
            curve += _play(product, rule, weeks=weeks, seed=seed * 10_000 + at)
        curves[rule] = curve
    return [Regret(rule, float(curve.sum()), curve.cumsum()) for rule, curve in curves.items()]


def _play(product: Product, rule: str, *, weeks: int, seed: int) -> Floats:
    bandit = Bandit.with_prior(
        product.rails, pieces=product.pieces, elasticity=product.believed, error=product.error, seed=seed
    )
    demand = product.pieces * np.exp(product.elasticity * np.log(1 - np.array(LEVELS) / 10_000))
    earned = product.rails.margins() * demand
    possible = earned[product.rails.margins() > 0].max()
    draws = np.random.default_rng(seed)
    lost = np.zeros(weeks)
    for week in range(weeks):
        level = {"fixed price": 0, "fixed 10 % off": 2}.get(rule)
        if level is None:
            level = bandit.choose() if rule == "bandit" else bandit.best()
        lost[week] = possible - earned[level]
        bandit.learn(level, float(draws.poisson(demand[level])))
    return lost


def slot_bids(facts: ShopFacts, model: ResponseModel, *, categories: int = 12) -> dict[str, int]:
    """What the week's one promotion is worth to each of the busiest categories: the margin that its best discount adds
    to a week, in cents; nothing where every discount loses margin."""
    bids = {}
    for at in np.argsort(-facts.weekly_cents[:, 0])[:categories]:
        name = facts.categories[at]
        margin, weekly = facts.margin(name), float(facts.weekly_cents[at, 0])
        gains = [
            weekly * (model.lift(name, off_basis_points=level) * (margin - level / 10_000) - margin) for level in LEVELS
        ]
        bids[name] = max(0, round(max(gains)))
    return bids


@dataclass(frozen=True)
class Awarded:
    """Which promotion gets the slot, and what it pays for it in cents."""

    winner: str | None
    pays_cents: int


def award_slot(bids: Mapping[str, int], *, reserve_cents: int = 0) -> Awarded:
    """Give one slot to the promotion that is worth the most; it pays what the others lose by it (VCG).

    Ties go to the first by name. Raises StrategyError for a bid below 0. No bid over the reserve: nobody gets it.
    """
    if any(bid < 0 for bid in bids.values()):
        raise StrategyError("bids: a promotion cannot be worth less than nothing")
    ranked = sorted(((bid, name) for name, bid in bids.items() if bid >= reserve_cents), key=lambda x: (-x[0], x[1]))
    if not ranked:
        return Awarded(None, 0)
    second = ranked[1][0] if len(ranked) > 1 else 0
    return Awarded(ranked[0][1], max(second, reserve_cents))
