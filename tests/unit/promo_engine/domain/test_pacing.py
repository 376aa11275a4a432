"""The penalty on cost, tried on simulated shoppers: spend follows the plan, ample budgets are free, caps hold."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import pi, sin

import pytest

from promo_engine.domain.offers.limits import Commitment, Limits, reason_against_spending
from promo_engine.domain.offers.pacing import PacingState, next_pacing, planned_cents

START = datetime(2026, 11, 1, tzinfo=UTC)
LIFE = timedelta(days=28)
COST = 80


@dataclass
class Simulated:
    """Shoppers who come in a daily rhythm and each expect a reward between 0 and 1; silence is worth 0.1."""

    budget_cents: int
    shoppers_per_hour: float
    seed: int
    penalties: list[float] = field(default_factory=list)
    leads: list[float] = field(default_factory=list)
    committed: Commitment = field(default_factory=Commitment)

    def run(self, *, surge: float = 1.0) -> None:
        """Play the whole life in steps of a quarter of an hour; traffic is `surge` times higher in the second week."""
        chance = random.Random(self.seed)
        state: PacingState | None = None
        for step in range(LIFE // timedelta(minutes=15)):
            at = START + timedelta(minutes=15) * (step + 1)
            state = self._measure(state, at)
            self.penalties.append(state.penalty)
            self.leads.append((self.committed.cents - state.planned_cents) / self.budget_cents)
            rhythm = 1 + 0.8 * sin(2 * pi * step / 96)
            week = surge if 7 <= step / 96 < 14 else 1.0
            for _ in range(round(self.shoppers_per_hour / 4 * rhythm * week * chance.uniform(0.6, 1.4))):
                self.ask(chance, state.penalty)

    def _measure(self, before: PacingState | None, at: datetime) -> PacingState:
        return next_pacing(
            before,
            self.committed,
            budget_cents=self.budget_cents,
            unit_cost_cents=COST,
            starts_at=START,
            ends_at=START + LIFE,
            at=at,
        )

    def ask(self, chance: random.Random, penalty: float) -> None:
        expected = chance.betavariate(2, 3)
        limits = Limits(budget_cents=self.budget_cents)
        full = reason_against_spending(limits, self.committed, unit_cost_cents=COST)
        if full is None and expected - penalty * COST > 0.1 and chance.random() < expected:
            held = self.committed
            self.committed = Commitment(held.spent_cents, held.reserved_cents + COST, held.uses + 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("surge", [0.6, 1.0, 3.0])
def test_simulated_spend_stays_near_the_plan(seed: int, surge: float) -> None:
    """Unpaced, this traffic would want two to three times the budget."""
    shop = Simulated(budget_cents=500_000, shoppers_per_hour=60, seed=seed)
    shop.run(surge=surge)
    after_a_day = shop.leads[96:]
    assert max(map(abs, after_a_day)) < 0.03
    assert abs(shop.committed.cents / shop.budget_cents - 1) < 0.02
    assert shop.committed.cents <= shop.budget_cents


def test_a_simulated_promotion_with_an_ample_budget_costs_nothing() -> None:
    shop = Simulated(budget_cents=50_000_000, shoppers_per_hour=60, seed=4)
    shop.run(surge=3.0)
    assert set(shop.penalties) == {0.0}
    assert shop.committed.cents > 0


def test_a_simulated_run_without_pacing_would_spend_all_far_too_soon() -> None:
    """What the penalty is there to prevent: so the test above can fail."""
    shop = Simulated(budget_cents=500_000, shoppers_per_hour=60, seed=1)
    chance = random.Random(1)
    hours = 0
    while shop.committed.cents + COST <= shop.budget_cents:
        hours += 1
        for _ in range(60):
            shop.ask(chance, 0.0)
    assert hours < LIFE / timedelta(hours=1) / 1.5
    assert shop.committed.cents <= shop.budget_cents


def test_the_plan_is_spent_evenly() -> None:
    def at(moment: datetime) -> int:
        return planned_cents(budget_cents=1001, starts_at=START, ends_at=START + LIFE, at=moment)

    assert [at(START + LIFE * share) for share in (-0.5, 0.0, 0.5, 1.0, 2.0)] == [0, 0, 500, 1001, 1001]


def test_without_a_budget_or_a_cost_there_is_no_penalty() -> None:
    committed = Commitment(spent_cents=900, reserved_cents=100, uses=10)
    window = {"starts_at": START, "ends_at": START + LIFE, "at": START + LIFE / 4}
    assert next_pacing(None, committed, budget_cents=None, unit_cost_cents=COST, **window).penalty == 0
    assert next_pacing(None, committed, budget_cents=0, unit_cost_cents=COST, **window).penalty == 0
    assert next_pacing(None, committed, budget_cents=1000, unit_cost_cents=0, **window).penalty == 0
    assert next_pacing(None, committed, budget_cents=1000, unit_cost_cents=COST, **window).penalty > 0


def test_a_clock_that_stands_or_goes_back_moves_nothing_but_the_proportional_part() -> None:
    committed = Commitment(reserved_cents=500)

    def after(previous: PacingState | None, at: datetime) -> PacingState:
        return next_pacing(
            previous, committed, budget_cents=1000, unit_cost_cents=COST, starts_at=START, ends_at=START + LIFE, at=at
        )

    first = after(None, START + LIFE / 4)
    again = after(first, START + LIFE / 4)
    earlier = after(first, START)
    assert (again.penalty, again.integral, earlier.integral) == (first.penalty, first.integral, first.integral)
