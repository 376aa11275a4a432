"""Which discounts, for which segments: many good answers to three goals at once.

A portfolio says for each of the busiest categories how deep its discount is, and for each segment how much of it is
let in. Goals: revenue, margin and what customers gain. Under a budget, the stock of each category and fairness between
segments. All of it is simulated with the response model; the functions work on torch
tensors of many portfolios at once, so that gradients are there for the rival that wants them.

Searches: NSGA-II and NSGA-III (Deb et al. 2002; Deb and Jain 2014), against a genetic algorithm and a gradient search
that both work through many weightings of the goals. All get the same number of evaluations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.algorithms.soo.nonconvex.ga import GA
from pymoo.core.problem import Problem
from pymoo.indicators.hv import HV
from pymoo.optimize import minimize
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting
from pymoo.util.ref_dirs import get_reference_directions

from studio.data.shop_facts import SEGMENTS, ShopFacts
from studio.errors import StrategyError
from studio.response.response_model import ResponseModel
from studio.response.scoring import REACH

Floats = npt.NDArray[np.float64]
MAX_DISCOUNT = 0.4
GOALS = ("revenue", "margin", "customers' gain")
_POPULATION = 92
_DIRECTIONS = 12
"""Partitions of NSGA-III's directions: 91 for three goals."""
_WEIGHTINGS = 21


@dataclass(frozen=True)
class Constraints:
    """What a portfolio must keep to; money is cents a week."""

    budget_cents: int
    stock: float = 1.6
    """Pieces at hand of each category, as a multiple of its usual week."""
    fairness: float = 0.5
    """The worst-served segment's saving per customer, as a share of the best-served one's."""
    min_margin_cents: int | None = None
    """Margin must not fall by more than -min_margin_cents beside doing nothing."""


@dataclass(frozen=True)
class ParetoFront:
    """Portfolios of which none is better than another in everything."""

    decisions: Floats
    """(portfolios, variables)"""
    goals: Floats
    """(portfolios, 3), cents a week, more is better."""
    evaluations: int


class Portfolio:
    """The shop's numbers as tensors. Raises StrategyError where no portfolio could keep the constraints."""

    def __init__(
        self,
        facts: ShopFacts,
        model: ResponseModel,
        constraints: Constraints,
        *,
        categories: int = 20,
    ) -> None:
        self.check(constraints)
        model.need_price()
        order = np.argsort(-facts.weekly_cents[:, 0])[:categories]
        self.categories = tuple(facts.categories[at] for at in order)
        self.segments = SEGMENTS[1:]
        self.constraints = constraints
        self.sales = torch.tensor(facts.weekly_cents[order, 1:] * REACH["any"])
        self.customers = torch.tensor([float(max(facts.size(name), 1)) for name in self.segments])
        estimates = [model.estimate(name, "price").mean for name in self.categories]
        self.elasticity = torch.tensor(estimates, dtype=torch.float64).clamp(-5.0, -0.1)
        self.margin = torch.tensor([facts.margin(name) for name in self.categories], dtype=torch.float64)
        self.money = facts.money
        self.variables = len(self.categories) + len(self.segments)

    @staticmethod
    def check(constraints: Constraints) -> None:
        """Raise StrategyError for constraints that contradict themselves or each other."""
        if constraints.budget_cents <= 0:
            raise StrategyError("a budget of 0 leaves nothing to plan: every discount costs something")
        if constraints.stock < 1:
            raise StrategyError(f"stock: {constraints.stock:g} of a usual week would be sold out without any promotion")
        if not 0 <= constraints.fairness <= 1:
            raise StrategyError(f"fairness: {constraints.fairness:g} is not a share of 0 to 1")
        if constraints.min_margin_cents is not None and constraints.min_margin_cents > constraints.budget_cents:
            raise StrategyError(
                f"a margin of {constraints.min_margin_cents} cents more and {constraints.budget_cents} cents spent "
                "contradict each other: no effect in the data returns more than is spent"
            )

    def split(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return depths (B, C) and segment shares (B, S) of x (B, variables) in [0, 1]."""
        count = len(self.categories)
        return x[:, :count] * MAX_DISCOUNT, x[:, count:]

    def evaluate(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return goals (B, 3), more is better, and violations (B, constraints), at most 0 where kept."""
        depth, inclusion_rate = self.split(x)
        lift = torch.exp(self.elasticity * torch.log1p(-depth))  # (B, C)
        base = torch.einsum("cs,bs->bc", self.sales, inclusion_rate)  # of those who are included
        rest = self.sales.sum(dim=1) - base  # the discount does not reach them
        revenue = (base * (lift * (1 - depth) - 1)).sum(dim=1)
        given = base * lift * depth
        margin = (base * (lift * (self.margin - depth) - self.margin)).sum(dim=1)
        # Per customer.
        saved = torch.einsum("cs,bs,bc->bs", self.sales, inclusion_rate, lift * depth) / self.customers
        offered = depth.gt(0.02).double().sum(dim=1)
        attention = (inclusion_rate * self.customers).sum(dim=1) * offered * 0.2  # cents
        goals = torch.stack([revenue, margin, given.sum(dim=1) - attention], dim=1)
        constraints = self.constraints
        sold = (base * lift + rest) / self.sales.sum(dim=1).clamp(min=1e-9)
        violations = [
            given.sum(dim=1) / constraints.budget_cents - 1,
            (sold / constraints.stock - 1).amax(dim=1),
            constraints.fairness - (saved.amin(dim=1) + 1e-3) / (saved.amax(dim=1) + 1e-3),
        ]
        if constraints.min_margin_cents is not None:
            violations.append((constraints.min_margin_cents - goals[:, 1]) / constraints.budget_cents)
        return goals, torch.stack(violations, dim=1)

    def kept(self, x: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return goals and which portfolios keep every constraint."""
        goals, violations = self.evaluate(torch.from_numpy(x))
        return goals.numpy(), (violations <= 1e-6).all(dim=1).numpy()

    def pareto_front(self, x: Floats, *, evaluations: int) -> ParetoFront:
        """Sort out who is dominated. Raises StrategyError if nothing keeps the constraints."""
        goals, kept = self.kept(x)
        if not kept.any():
            raise StrategyError("no portfolio that was tried keeps all constraints together; loosen one of them")
        x, goals = x[kept], goals[kept]
        first = NonDominatedSorting().do(-goals, only_non_dominated_front=True)
        return ParetoFront(x[first], goals[first], evaluations)


class _Pymoo(Problem):  # type: ignore[misc]  # pymoo publishes no types
    def __init__(self, portfolio: Portfolio, weights: Floats | None = None, scale: Floats | None = None) -> None:
        limits = 4 if portfolio.constraints.min_margin_cents is not None else 3
        goals = 3 if weights is None else 1
        super().__init__(n_var=portfolio.variables, n_obj=goals, n_ieq_constr=limits, xl=0.0, xu=1.0)
        self.portfolio, self.weights, self.scale = portfolio, weights, scale

    def _evaluate(self, x: Floats, out: dict[str, Any], *_args: object, **_named: object) -> None:
        goals, violations = self.portfolio.evaluate(torch.from_numpy(x))
        found = -goals.numpy()
        out["F"] = found if self.weights is None else (found / self.scale) @ self.weights
        out["G"] = violations.numpy()


def nsga2(portfolio: Portfolio, *, evaluations: int, seed: int) -> ParetoFront:
    """NSGA-II."""
    return _evolve(portfolio, NSGA2(pop_size=_POPULATION, sampling=_start(portfolio, seed)), evaluations, seed)


def nsga3(portfolio: Portfolio, *, evaluations: int, seed: int) -> ParetoFront:
    """NSGA-III, with evenly spread directions."""
    directions = get_reference_directions("das-dennis", 3, n_partitions=_DIRECTIONS)
    algorithm = NSGA3(ref_dirs=directions, pop_size=_POPULATION, sampling=_start(portfolio, seed))
    return _evolve(portfolio, algorithm, evaluations, seed)


def genetic(portfolio: Portfolio, *, evaluations: int, seed: int) -> ParetoFront:
    """A genetic algorithm for each of 21 weightings of the goals; together they make a front."""
    found = []
    each = evaluations // _WEIGHTINGS
    for at, weights in enumerate(_weightings()):
        algorithm = GA(pop_size=20, sampling=_start(portfolio, seed + at)[:20])
        problem = _Pymoo(portfolio, weights, goal_scale(portfolio))
        result = minimize(problem, algorithm, ("n_eval", each), seed=seed + at)
        found.append(np.atleast_2d(result.pop.get("X")))
    return portfolio.pareto_front(np.concatenate(found), evaluations=evaluations)


def gradient(portfolio: Portfolio, *, evaluations: int, seed: int) -> ParetoFront:
    """Adam on each weighting, with what breaks a constraint as a penalty; each step is one evaluation."""
    steps = evaluations // _WEIGHTINGS
    scale = torch.from_numpy(goal_scale(portfolio))
    weights = torch.from_numpy(np.array(_weightings()))
    start = torch.from_numpy(_start(portfolio, seed)[:_WEIGHTINGS]).clamp(0.02, 0.98)
    raw = torch.logit(start).requires_grad_(True)
    optimiser = torch.optim.Adam([raw], lr=0.1)
    seen = []
    for step in range(steps):
        x = torch.sigmoid(raw)
        seen.append(x.detach().numpy().copy())
        goals, violations = portfolio.evaluate(x)
        strictness = 1 + 20 * step / steps
        loss = -((goals / scale) * weights).sum() + strictness * violations.clamp(min=0).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return portfolio.pareto_front(np.concatenate(seen), evaluations=evaluations)


def seeded(portfolio: Portfolio, *, evaluations: int, seed: int) -> ParetoFront:
    """NSGA-III from where half of the evaluations took the gradient search; the front is of both."""
    half = evaluations // 2
    first = gradient(portfolio, evaluations=half, seed=seed)
    spread = np.linspace(0, len(first.decisions) - 1, _POPULATION).astype(int)
    start = first.decisions[np.argsort(-first.goals[:, 0])][spread]
    directions = get_reference_directions("das-dennis", 3, n_partitions=_DIRECTIONS)
    algorithm = NSGA3(ref_dirs=directions, pop_size=_POPULATION, sampling=start)
    second = _evolve(portfolio, algorithm, evaluations - half, seed)
    return portfolio.pareto_front(np.concatenate([first.decisions, second.decisions]), evaluations=evaluations)


SEARCHES: Mapping[str, Callable[..., ParetoFront]] = {
    "NSGA-II": nsga2, "NSGA-III": nsga3, "genetic, weighted": genetic, "gradient, weighted": gradient,
    "gradient, then NSGA-III": seeded,
}  # fmt: skip


def goal_scale(portfolio: Portfolio) -> Floats:
    """What a typical portfolio moves of each goal, in cents: the yardstick of weights and hypervolumes."""
    goals, _ = portfolio.kept(np.random.default_rng(0).random((500, portfolio.variables)) * 0.3)
    scale: Floats = np.maximum(np.abs(goals).max(axis=0), 1.0)
    return scale


def hypervolume(pareto_front: ParetoFront, portfolio: Portfolio) -> float:
    """Volume between the front and a point that is worse than doing nothing by one yardstick in every goal."""
    return float(HV(ref_point=np.ones(3))(-pareto_front.goals / goal_scale(portfolio)))


def _start(portfolio: Portfolio, seed: int) -> Floats:
    """Small portfolios first: most large ones break the budget. The first does nothing at all."""
    generator = np.random.default_rng(seed)
    size = generator.random((_POPULATION, 1)) ** 2
    start = generator.random((_POPULATION, portfolio.variables)) * size
    start[:, -len(portfolio.segments) :] = generator.random((_POPULATION, 1))
    start[0] = 0
    return np.asarray(start)


def _weightings() -> list[Floats]:
    return list(get_reference_directions("das-dennis", 3, n_partitions=5))


def _evolve(portfolio: Portfolio, algorithm: Any, evaluations: int, seed: int) -> ParetoFront:
    result = minimize(_Pymoo(portfolio), algorithm, ("n_eval", evaluations), seed=seed)
    return portfolio.pareto_front(np.atleast_2d(result.pop.get("X")), evaluations=evaluations)
