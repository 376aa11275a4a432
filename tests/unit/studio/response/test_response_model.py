import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.conditional_models import ConditionalPoisson

from studio.errors import StrategyError
from studio.response.category_fit import fit_category, moves_as_one
from studio.response.poisson import NotIdentifiedError, fit_counts
from studio.response.product_panel import Panel
from studio.response.response_model import ResponseModel, fit_response, pool, shrink

WEEKS = 51


def made_panel(*, families: int = 40, elasticity: float = -1.5, coupon: float = 0.8, categories: int = 2) -> Panel:
    """Weekly pieces drawn from known effects, with a level of each family and seasons in each week."""
    generator = np.random.default_rng(5)
    shape = (families, WEEKS)
    log_price = 5 + generator.normal(size=(families, 1)) + 0.2 * generator.normal(size=shape)
    held = (generator.random(shape) < 0.2) * generator.random(shape)
    level = generator.normal(3, 1, size=(families, 1)) + 0.2 * np.sin(np.arange(WEEKS) / 8)
    units = generator.poisson(np.exp(level + elasticity * (log_price - 5) + coupon * held)).astype(float)
    names = [f"C{row % categories}" for row in range(families)]
    about = pd.DataFrame(
        {"category": names, "product_type": names, "units": units.sum(axis=1), "revenue_cents": units.sum(axis=1)}
    )
    return Panel(about, units, log_price, held, baskets=np.full(WEEKS, 1000.0))


def test_counts_are_fitted_as_statsmodels_fits_them() -> None:
    generator = np.random.default_rng(3)
    covariates = generator.normal(size=(30, 12, 2))
    counts = generator.poisson(np.exp(1 + covariates @ [0.5, -0.3])).astype(float)
    ours = fit_counts(counts, covariates, offset=np.zeros(12), draws=200, seed=1)
    theirs = ConditionalPoisson(counts.ravel(), covariates.reshape(-1, 2), groups=np.repeat(range(30), 12)).fit(disp=0)
    assert ours.coefficients == pytest.approx(theirs.params, abs=1e-3)
    assert ours.standard_errors == pytest.approx(theirs.bse, rel=0.5)


def test_a_column_that_explains_everything_or_too_few_rows_are_refused() -> None:
    with pytest.raises(NotIdentifiedError, match="fewer than two"):
        fit_counts(np.zeros((5, 4)), np.ones((5, 4, 1)), offset=np.zeros(4), draws=5, seed=1)


@pytest.fixture(scope="module")
def model() -> ResponseModel:
    return fit_response(made_panel(), draws=60)


def test_known_effects_are_found_and_promotions_ahead_show_none(model: ResponseModel) -> None:
    low, high = model.pooled["price"].interval
    assert low < -1.5 < high
    assert high - low < 0.5
    low, high = model.pooled["coupon"].interval
    assert low < 0.8 < high
    for name in ("price", "coupon"):
        control = model.control[name]
        assert abs(control.mean) < 3 * control.error
        assert abs(control.mean) < 0.1


def test_a_category_never_seen_gets_what_all_say_with_a_wider_interval(model: ResponseModel) -> None:
    unknown, pooled = model.estimate("NOWHERE", "price"), model.pooled["price"]
    assert unknown.raw is None
    assert unknown.mean == pooled.mean
    assert unknown.error >= pooled.error


def test_a_deeper_discount_sells_more_and_the_model_survives_storing(model: ResponseModel) -> None:
    lifts = [model.lift("C0", off_basis_points=depth) for depth in (0, 1000, 3000)]
    assert lifts[0] == 1.0 < lifts[1] < lifts[2]
    assert ResponseModel.from_json(model.to_json()) == model


def test_noisy_estimates_are_pulled_further_than_sure_ones() -> None:
    pooled = pool([(-1.0, 0.2), (-1.4, 0.2), (-0.4, 0.2), (-2.0, 0.2)])
    sure, noisy = shrink((-3.0, 0.05), pooled), shrink((-3.0, 2.0), pooled)
    assert abs(sure.mean + 3.0) < 0.1 < abs(noisy.mean + 3.0)
    assert noisy.error < 2.0


def moved_as_one(*, elasticity: float, pieces: float = 60.0, weeks: int = 150) -> Panel:
    """Six categories whose prices go down as a whole in some weeks, with seasons and a shop that grows."""
    generator = np.random.default_rng(11)
    families, categories = 36, 6
    ratio = np.where(
        generator.random((categories, weeks)) < 0.15, generator.choice([0.9, 0.8, 0.7], (categories, weeks)), 1.0
    )
    category = np.arange(families) % categories
    log_price = generator.normal(8, 0.5, (families, 1)) + np.log(ratio)[category]
    season = 0.5 * np.cos(2 * np.pi * np.arange(weeks) / 52.1775 + category[:, None])
    level = np.log(pieces * categories / families) + np.linspace(0, 1, weeks) + season
    units = generator.poisson(np.exp(level + elasticity * np.log(ratio)[category])).astype(float)
    names = [f"C{number}" for number in category]
    sums = units.sum(axis=1)
    about = pd.DataFrame({"category": names, "product_type": names, "units": sums, "revenue_cents": sums})
    return Panel(about, units, log_price, np.zeros(units.shape), baskets=units.sum(axis=0))


def test_a_shop_that_lowers_whole_categories_is_compared_over_its_weeks() -> None:
    panel = moved_as_one(elasticity=-1.6)
    assert moves_as_one(panel.of_category("C0"))
    assert not moves_as_one(made_panel().of_category("C0"))
    model = fit_response(panel)
    price = model.pooled["price"]
    assert abs(price.mean + 1.6) < min(3 * price.error, 0.15)
    assert model.pooled["price"].known
    control = model.control["price"]
    assert abs(control.mean) < min(3 * control.error, 0.15)


def test_weeks_without_a_sale_show_no_price_and_bend_nothing() -> None:
    model = fit_response(moved_as_one(elasticity=-1.6, pieces=1.5, weeks=300))
    price = model.pooled["price"]
    assert abs(price.mean + 1.6) < 3 * price.error < 1.0


def test_intervals_of_whole_categories_hold_the_truth_as_often_as_they_say() -> None:
    held = 0
    for seed in range(40):
        panel = moved_as_one(elasticity=-1.2)
        generator = np.random.default_rng(seed)
        units = generator.poisson(panel.units.mean(axis=1, keepdims=True) * np.exp(-1.2 * _ratio(panel))).astype(float)
        part = Panel(panel.families, units, panel.log_price, panel.coupon, panel.baskets).of_category("C0")
        value, error = fit_category(part, np.full(units.shape[1], 500.0), lead=8)[0]["price"]
        held += abs(value + 1.2) < 1.96 * error
    assert 33 <= held <= 40


def _ratio(panel: Panel) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(panel.log_price - np.median(panel.log_price, axis=1, keepdims=True))


def test_prices_that_never_moved_are_not_known_and_nothing_is_planned_on_them() -> None:
    model = fit_response(still_prices())
    assert not model.pooled["price"].known
    with pytest.raises(StrategyError, match=r"not known for this shop.*two are needed"):
        model.need_price()


def still_prices() -> Panel:
    panel = moved_as_one(elasticity=0.0, weeks=60)
    usual = np.broadcast_to(np.median(panel.log_price, axis=1, keepdims=True), panel.log_price.shape)
    return Panel(panel.families, panel.units, np.asarray(usual), panel.coupon, panel.baskets)
