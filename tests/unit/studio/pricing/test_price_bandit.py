from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.commands.campaign.price_command import add_slot
from studio.errors import StrategyError
from studio.pricing.price_bandit import (
    LEVELS,
    Bandit,
    GuardRails,
    Product,
    award_slot,
    price_for_all,
    simulate,
    slot_bids,
)
from studio.report.html_report import Report
from tests.support.small_studio import small_facts, small_response


@given(cost=st.integers(1, 94), seed=st.integers(0, 50), elasticity=st.floats(-5, -0.1))
@settings(max_examples=25, deadline=None)
def test_no_price_ever_leaves_the_guard_rails(cost: int, seed: int, elasticity: float) -> None:
    rails = GuardRails(cost_cents=cost, regular_cents=100)
    bandit = Bandit.with_prior(rails, pieces=50, elasticity=elasticity, error=0.5, seed=seed)
    draws, before = np.random.default_rng(seed), 0
    for _ in range(12):
        level = bandit.choose()
        price = 100 * (1 - LEVELS[level] / 10_000)
        assert (price - cost) / price >= 0.05 - 1e-9
        assert abs(LEVELS[level] - LEVELS[before]) <= 1_000
        bandit.learn(level, float(draws.poisson(50)))
        before = level


def test_all_customers_of_a_week_see_one_price() -> None:
    assert price_for_all(2, ["anna", "ben"], regular_cents=199) == {"anna": 179, "ben": 179}


def test_guard_rails_that_contradict_are_refused() -> None:
    with pytest.raises(StrategyError, match="not below the price"):
        GuardRails(cost_cents=100, regular_cents=100)
    with pytest.raises(StrategyError, match="contradict"):
        GuardRails(cost_cents=97, regular_cents=100)


def test_the_bandit_learns_what_the_prior_did_not_know() -> None:
    rails = GuardRails(cost_cents=40, regular_cents=100)
    products = [Product(rails, pieces=200, elasticity=-4.0, believed=-1.1, error=0.8) for _ in range(6)]
    regret = {rule.name: rule.total_cents for rule in simulate(products, weeks=52)}
    assert regret["bandit"] < 0.5 * regret["fixed price"]
    assert regret["bandit"] < 0.7 * regret["greedy"]


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 1_000), min_size=1), st.integers(0, 1_000))
def test_naming_ones_true_worth_is_best_for_each_promotion(worths: dict[str, int], lie: int) -> None:
    for name, worth in worths.items():
        honest, lying = award_slot(worths), award_slot(worths | {name: lie})
        gain = worth - honest.pays_cents if honest.winner == name else 0
        assert gain >= (worth - lying.pays_cents if lying.winner == name else 0)
        assert gain >= 0


def test_a_slot_stays_empty_below_the_reserve() -> None:
    assert award_slot({"a": 10}, reserve_cents=20).winner is None


def test_the_page_says_who_gets_the_slot_and_what_it_pays() -> None:
    model = small_response()
    facts = replace(small_facts(), margins={"COFFEE": 0.6, "SOFT DRINKS": 0.3})
    bids = slot_bids(facts, model)
    worth = [100_000 * (0.8**-2.0 * 0.4 - 0.6), 100_000 * (0.7**-2.0 * 0.3 - 0.6)]  # 20 % and 30 % off
    assert bids == {"COFFEE": round(max(worth)), "SOFT DRINKS": 0}
    report = Report("Prices", "…")
    add_slot(report, facts, model)
    assert "Coffee gets the week's one promotion" in report.blocks[1].text
    assert f"${bids['COFFEE'] / 100:,.2f} of margin" in report.blocks[1].text
    assert "It pays $0.01" in report.blocks[1].text
    assert slot_bids(small_facts(), model) == {"COFFEE": 0, "SOFT DRINKS": 0}, "with the margin that is assumed"
