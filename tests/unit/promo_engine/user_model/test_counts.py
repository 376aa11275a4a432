"""Shrunken counts, how far a model looks ahead, and how long a list is judged."""

from __future__ import annotations

import numpy as np
import pytest

from promo_engine.user_model.counts.counts_fit import fit_counts
from promo_engine.user_model.counts.counts_model import CountsCustomerModel
from promo_engine.user_model.counts.empirical_bayes import rates_of, rates_of_catalogue
from promo_engine.user_model.horizons import USUAL, apart, horizons_of
from promo_engine.user_model.purchase_history import PurchaseHistory
from promo_engine.user_model.stepped_model import moment_of_day
from promo_engine.user_model.training.validation import list_depth, ranking_quality
from tests.support.simulated import simulated_history

HORIZONS = (7.0, 14.0, 28.0)


def drawn(*, strength: float, customers: int, baskets: int, share: float = 0.3) -> PurchaseHistory:
    """One category that each customer's baskets hold with a probability of the customer's own, beta around `share`."""
    random = np.random.default_rng(11)
    chance = random.beta(strength * share, strength * (1 - share), size=customers)
    held = random.random((customers, baskets)) < chance[:, None]
    customer, number = np.nonzero(held)
    return PurchaseHistory.build(
        customer_count=customers,
        category_count=1,
        basket_customer=np.repeat(np.arange(customers), baskets),
        basket_day=np.tile(np.arange(baskets) * 10.0, customers),
        step_basket=customer * baskets + number,
        step_category=np.zeros(len(customer), dtype=np.int64),
        step_quantity=np.ones(len(customer)),
        step_spend=np.ones(len(customer)),
    )


@pytest.mark.parametrize("strength", [2.0, 8.0, 64.0])
def test_the_strength_of_the_mean_is_found_again(strength: float) -> None:
    found = rates_of(drawn(strength=strength, customers=2000, baskets=20))
    assert strength / 1.5 <= found.strength <= strength * 1.5
    assert found.share == pytest.approx([0.3], abs=0.02)


def test_one_time_buyers_say_nothing_of_how_alike_customers_are() -> None:
    rates = rates_of(drawn(strength=8.0, customers=50, baskets=1))
    assert rates.strength == 8.0  # the guess
    assert 1.0 / 400.0 < rates.rate_shape / rates.rate_days < 1.0 / 10.0


def test_a_customer_is_between_the_own_counts_and_the_shops() -> None:
    history = drawn(strength=8.0, customers=200, baskets=20)
    model = fit_counts(history, products=[1], horizons_days=HORIZONS)
    held = np.bincount(history.basket_customer[history.step_basket], minlength=200) / 20.0
    at = moment_of_day(float(history.basket_day.max()))
    expected = np.array([model.forecast(state, at=at).next_basket_probability[0] for state in model.states(history)])
    mean = float(model.weights["share"][0])
    assert (np.minimum(held, mean) - 1e-6 <= expected).all()
    assert (expected <= np.maximum(held, mean) + 1e-6).all()
    assert model.forecast(model.initial_state(), at=at).next_basket_probability == pytest.approx((mean,))


def test_level_0_ranks_by_products_on_sale_and_expects_the_same_of_everybody() -> None:
    empty = simulated_history().select(before_day=-np.inf)
    model = fit_counts(empty, products=[5, 5, 9, *[0] * 9], horizons_days=HORIZONS)
    assert model.kind == "catalogue"
    at = moment_of_day(float(simulated_history().basket_day.max()))
    forecasts = [model.forecast(state, at=at) for state in model.states(simulated_history())]
    assert len({forecast.purchase_probability for forecast in forecasts}) == 1
    assert len({forecast.basket_count for forecast in forecasts}) > 1
    first, second, best, *rest = forecasts[0].ranking
    assert best > first == second > rest[0] == rest[-1] > 0.0


@pytest.mark.parametrize("count", [0, 1, 2, 300])
def test_a_catalogue_of_any_size_has_rates(count: int) -> None:
    share = rates_of_catalogue(np.arange(count)).share
    assert len(share) == count
    assert ((share > 0.0) & (share <= 0.5)).all()


def test_counts_of_a_shop_are_numbers_whatever_is_sent_back() -> None:
    history = simulated_history()
    model = CountsCustomerModel.of(rates_of(history), horizons_days=HORIZONS)
    back = PurchaseHistory.build(
        customer_count=1,
        category_count=12,
        basket_customer=np.zeros(1, np.int64),
        basket_day=np.array([3.0]),
        step_basket=np.zeros(1, np.int64),
        step_category=np.zeros(1, np.int64),
        step_quantity=np.array([-4.0]),
        step_spend=np.array([-900.0]),
    )
    [state] = model.states(back)
    assert np.isfinite(model.forecast(state, at=moment_of_day(9.0)).embedding).all()


@pytest.mark.parametrize(
    ("quartiles", "horizons"),
    [
        ((0.9, 2.2, 5.8), (7.0, 14.0, 28.0)),  # the imported year: several orders a week
        ((20.0, 25.0, 30.0), (20.0, 25.0, 30.0)),
        ((30.4, 61.0, 200.0), (30.0, 61.0, 90.0)),
        ((60.0, 100.0, 300.0), (60.0, 90.0)),
        ((120.0, 200.0, 300.0), (90.0,)),
    ],
)
def test_horizons_are_the_quartiles_of_the_gaps_within_a_week_and_a_quarter(
    quartiles: tuple[float, ...], horizons: tuple[float, ...]
) -> None:
    assert apart(quartiles) == horizons


def test_a_shop_without_gaps_looks_ahead_as_usual() -> None:
    assert horizons_of(drawn(strength=8.0, customers=50, baskets=1)) == USUAL
    assert horizons_of(drawn(strength=8.0, customers=50, baskets=30)) == (10.0, 20.0, 40.0)


@pytest.mark.parametrize(("categories", "depth"), [(1, 1), (2, 1), (5, 2), (9, 3), (10, 4), (28, 10), (300, 10)])
def test_lists_are_a_third_of_the_categories_and_ten_at_most(categories: int, depth: int) -> None:
    assert list_depth(categories) == depth


def test_a_list_is_never_longer_than_there_are_categories() -> None:
    recall, ndcg = ranking_quality(np.array([[0.2, 0.8]]), np.array([[True, True]]))[0]
    assert (recall, ndcg) == (1.0, pytest.approx(1.0))
